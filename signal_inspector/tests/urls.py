"""A site for the tests: pages of every kind that send a signal, and the inspector's own."""

from django.contrib.auth.models import Group
from django.db import transaction
from django.dispatch import Signal
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.urls import include, path

told = Signal()

PAGE = "<!DOCTYPE html><html lang=en><head><title>A page</title></head><body><p>Grüße</p></body></html>"


def page(request):
    told.send("page")
    return HttpResponse(PAGE)


async def async_page(request):
    await told.asend("page")
    return HttpResponse(PAGE)


def group(request):
    """Make a group, and remember something for after the commit."""
    with transaction.atomic():
        Group.objects.create(name="Editors")
        transaction.on_commit(lambda: told.send("group"))
    return HttpResponseRedirect("/page/")


def stream(request):
    def parts():
        yield b"<body>"
        told.send("stream")
        yield b"</body>"

    return StreamingHttpResponse(parts())


async def async_stream(request):
    async def parts():
        yield b"<body>"
        await told.asend("stream")
        yield b"</body>"

    return StreamingHttpResponse(parts())


def file(request):
    return FileResponse([b"<body></body>"], content_type="text/html")


def fails(request):
    told.send("fails")
    raise RuntimeError


def packed(request):
    return HttpResponse(PAGE, headers={"Content-Encoding": "br"})


def utf16(request):
    return HttpResponse(PAGE, content_type="text/html; charset=utf-16")


def latin(request):
    return HttpResponse(PAGE, content_type="text/html; charset=iso-8859-1")


def fragment(request):
    return HttpResponse("<p>No body here</p>")


def tagged(request):
    return HttpResponse(PAGE, headers={"ETag": '"1"', "Content-Length": len(PAGE.encode())})


urlpatterns = [
    path("page/", page),
    path("async/", async_page),
    path("group/", group),
    path("stream/", stream),
    path("async-stream/", async_stream),
    path("file/", file),
    path("fails/", fails),
    path("packed/", packed),
    path("utf16/", utf16),
    path("latin/", latin),
    path("fragment/", fragment),
    path("tagged/", tagged),
    path("json/", lambda request: JsonResponse({"body": "</body>"})),
    path("static/x.css", page),
    path("health/", page),
    path("login/", page, name="login"),
    path("signals/", include("signal_inspector.urls")),
]
