"""The addresses of the project: the only urlconf that names every app."""

from django.apps import apps
from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import include, path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from django.views.static import serve

urlpatterns = [
    # The admin's own page for it counts no wrong passwords; this one hides it.
    path(
        "admin/password_change/",
        RedirectView.as_view(pattern_name="password_change", http_method_names=["get", "post"]),
    ),
    path("admin/", admin.site.urls),
    path("", include("users.urls")),
    *([path("", include("activity.urls"))] if apps.is_installed("activity") else []),
    *([path("learn/", include("lessons.urls"))] if apps.is_installed("lessons") else []),
    *([path("signals/", include("signal_inspector.urls"))] if apps.is_installed("signal_inspector") else []),
    # While DEBUG; else the web server's task.
    *static(settings.MEDIA_URL, view=require_safe(serve), document_root=settings.MEDIA_ROOT),
]

handler400 = "userprofile_project.errors.bad_request"
handler403 = "userprofile_project.errors.permission_denied"
handler404 = "userprofile_project.errors.page_not_found"
handler500 = "userprofile_project.errors.server_error"
