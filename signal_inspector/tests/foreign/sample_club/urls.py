from django.http import HttpResponse
from django.urls import include, path, re_path

PAGE = "<!DOCTYPE html><html lang=en><head><title>Club</title></head><body><p>%s</p></body></html>"

urlpatterns = [
    path("signals/", include("signal_inspector.urls")),
    re_path("^", lambda request: HttpResponse(PAGE % request.user.is_authenticated)),
]
