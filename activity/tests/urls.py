"""The site, with pages that fail."""

from django.contrib.auth import authenticate, get_user_model, login
from django.http import HttpResponse
from django.urls import include, path

User = get_user_model()


def fail(request, **kwargs):
    raise RuntimeError("token=top-secret\nERROR forged line")


async def fail_async(request):
    raise RuntimeError


def fail_who(request):
    """Fail, knowing who is there."""
    raise RuntimeError(str(request.user))


async def fail_who_async(request):
    raise RuntimeError(str(await request.auser()))


def write_and_fail(request):
    """Fail after a row, a login and a failed login."""
    User.objects.create_user("ghost")
    login(request, User.objects.get(username="ada"), backend="django.contrib.auth.backends.ModelBackend")
    authenticate(request, username="ada", password="wrong")
    raise RuntimeError


def succeed(request):
    return HttpResponse("fine")


urlpatterns = [
    path("fails/", fail),
    path("fails/<token>/", fail),
    path("fails-async/", fail_async),
    path("fails-who/", fail_who),
    path("fails-who-async/", fail_who_async),
    path("writes-and-fails/", write_and_fail),
    path("succeeds/", succeed),
    path("", include("userprofile_project.urls")),
    path("", include("activity.urls")),
]
