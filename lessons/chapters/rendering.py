"""A chapter as HTML: with links that lead to other chapters and to receivers."""

from functools import lru_cache

from django.urls import reverse
from django.utils.safestring import mark_safe
from markdown_it.token import Token

from lessons.chapters.explained import note
from lessons.chapters.library import IMAGES, NAMES
from lessons.chapters.markdown import parse, to_html


def html_of(chapter, receivers):
    """
    Return a chapter as safe HTML.

    Args:
        chapter (Chapter): the chapter.
        receivers (dict): dotted names by what stands in the text; empty where their pages may not be seen.
    """
    return _html(chapter.name, chapter.path, chapter.text, tuple(sorted(receivers.items())))


@lru_cache(maxsize=100)
def _html(name, path, text, receivers):
    tokens = parse(text)
    for token in tokens:
        if token.type == "inline":
            token.children = _linked(token.children, path, dict(receivers))
    html = to_html(tokens).replace("</h1>", f"</h1>{note(name, tokens)}", 1)
    return mark_safe(html)  # noqa: S308 - html is off, and the rest is escaped


def _linked(children, path, receivers):
    """Return inline tokens with links that lead somewhere on this site; those that would not are text."""
    found, open_links = [], []
    for token in children:
        if token.type == "link_open":
            address = address_of(token.attrs["href"], path)
            open_links.append(address)
            token.attrSet("href", address)
            found += [token] if address else []
        elif token.type == "link_close":
            found += [token] if open_links.pop() else []
        elif token.type == "image":
            token.attrSet("src", address_of(token.attrs["src"], path))
            token.attrSet("loading", "lazy")
            found.append(token)
        elif token.type == "code_inline" and token.content in receivers and not open_links:
            found += _link_to(receivers[token.content], token)
        else:
            found.append(token)
    return found


def _link_to(name, token):
    opening = Token("link_open", "a", 1, attrs={"href": reverse("signal_inspector:receiver", query={"name": name})})
    return [opening, token, Token("link_close", "a", -1)]


def address_of(href, path):
    """
    Return where a link of a chapter leads: to a chapter, a picture, another site; "" for a file of the source.

    Args:
        href (str): the link.
        path (Path): the file that it stands in.
    """
    if href.startswith(("https://", "http://", "mailto:", "#")):
        return href
    target, _hash, anchor = href.partition("#")
    target = (path.parent / target).resolve()
    if target in NAMES:
        return reverse("lessons:chapter", args=[NAMES[target]]) + (f"#{anchor}" if anchor else "")
    if target.parent == IMAGES:
        return reverse("lessons:image", args=[target.name])
    return ""
