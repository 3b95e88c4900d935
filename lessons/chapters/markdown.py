"""Markdown as tokens and as HTML. What the text holds of HTML is shown as text, and nothing has a style of its own."""

import re
from itertools import pairwise
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML

from lessons.code import block

COMMENT = re.compile(r"\s*<!--.*-->\s*", re.DOTALL)


class Renderer(RendererHTML):
    """Renders blocks of code and tables as this site's style sheet knows them."""

    def fence(self, tokens, idx, options, env):
        """Return a block of code, in colours where it is Python."""
        return block(tokens[idx].content, python=tokens[idx].info.strip() == "python")

    def code_block(self, tokens, idx, options, env):
        """Return an indented block of code."""
        return block(tokens[idx].content, python=False)

    def table_open(self, tokens, idx, options, env):
        """Open a table, in a box that scrolls."""
        return '<div class="scrolls" tabindex="0"><table>'

    def table_close(self, tokens, idx, options, env):
        """Close both."""
        return "</table></div>"


_parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=Renderer).enable("table")


class Heading(NamedTuple):
    """
    A heading.

    Attributes:
        level (int): from 1.
        title (str): its text, without marks.
        anchor (str): as GitHub makes it.
    """

    level: int
    title: str
    anchor: str


def parse(text):
    """Return the tokens of a text, without comments, and with an ``id`` on each heading."""
    tokens = _without_empty_heads(_without_comments(_parser.parse(text)))
    seen = {}
    for token, content in pairwise(tokens):
        if token.type == "heading_open":
            anchor = slug(plain(content))
            times = seen[anchor] = seen.get(anchor, -1) + 1
            token.attrSet("id", f"{anchor}-{times}" if times else anchor)
        elif token.type in ("th_open", "td_open"):
            token.attrs.pop("style", None)  # an alignment, which no policy would let through
    return tokens


def to_html(tokens):
    """Return tokens as HTML."""
    return _parser.renderer.render(tokens, _parser.options, {})


def headings_of(tokens):
    """Return each ``Heading`` of some tokens."""
    return [
        Heading(int(token.tag[1]), plain(content), token.attrs["id"])
        for token, content in pairwise(tokens)
        if token.type == "heading_open"
    ]


def plain(token):
    """Return the text of an inline token without marks."""
    return "".join(child.content for child in token.children or () if child.type in ("text", "code_inline"))


def text_of(tokens):
    """Return the prose of tokens of any kind, with one space where there is any."""
    parts = []
    for token in tokens:
        if token.type == "inline":
            parts += [" " if child.type in ("softbreak", "hardbreak") else child.content for child in token.children]
            parts.append(" ")
    return " ".join("".join(parts).split())


def code_of(tokens):
    """Return the blocks of code among tokens, on one line."""
    return " ".join(" ".join(token.content for token in tokens if token.type in ("fence", "code_block")).split())


def slug(title):
    """Return the anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _without_comments(tokens):
    kept, place = [], 0
    while place < len(tokens):
        if tokens[place].type == "paragraph_open" and COMMENT.fullmatch(tokens[place + 1].content):
            place += 3
        else:
            kept.append(tokens[place])
            place += 1
    return kept


def _without_empty_heads(tokens):
    """Return tokens without the head of each table whose head says nothing: Markdown knows no table without one."""
    kept, head = [], []
    for token in tokens:
        if token.type == "thead_open" or head:
            head.append(token)
        else:
            kept.append(token)
        if token.type == "thead_close":
            kept += head if any(each.content for each in head) else []
            head = []
    return kept
