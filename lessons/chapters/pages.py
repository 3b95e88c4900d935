"""The pages of the documentation."""

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lessons.chapters import library
from lessons.chapters.receivers import receivers_for
from lessons.chapters.rendering import html_of

PICTURES = {".png": "image/png", ".svg": "image/svg+xml", ".webp": "image/webp"}


@require_safe
def chapter(request, name):
    """Show a chapter."""
    shown = library.chapter_named(name)
    if shown is None:
        raise Http404
    names = [each.name for each in library.chapters()]
    place = names.index(name)
    following = [library.Chapter(each) for each in names[place + 1 : place + 2]]
    context = {
        "chapter": shown,
        "html": html_of(shown, receivers_for(request.user)),
        "next": following[0] if following else None,
    }
    return render(request, "lessons/chapter.html", context)


@require_safe
def image(request, name):
    """Send a picture of the documentation."""
    path = library.IMAGES / name
    if path.parent != library.IMAGES or path.suffix not in PICTURES or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type=PICTURES[path.suffix])
