"""The forms that a trace can be taken along in: for each its conversion, its type and its file name."""

import json
from collections.abc import Callable
from typing import NamedTuple

from signal_inspector.exporting import chrome, mermaid, paper, snippet, speedscope, svg


class Format(NamedTuple):
    """
    A form of a trace.

    Attributes:
        convert (callable): takes a ``Trace`` and its title (str), and returns the text of the file.
        content_type (str): the type of that, as HTTP names it.
        ending (str): of the file's name.
        is_shown (bool): whether a browser shows it, to be copied; else it stores the file.
        follows (bool): whether the conversion takes as a third argument each ``Part`` that other processes did.
    """

    convert: Callable
    content_type: str
    ending: str
    is_shown: bool = False
    follows: bool = False

    def text(self, trace, title, parts=()):
        """Return a trace with its parts as the text of the file."""
        return self.convert(trace, title, parts) if self.follows else self.convert(trace, title)


def _json(trace, title):
    return json.dumps(trace.as_data())


FORMATS = {
    # Shown by a browser, a page would have its style forbidden by the Content-Security-Policy of the site.
    "html": Format(paper.convert, "text/html; charset=utf-8", "html", follows=True),
    "svg": Format(svg.convert, "image/svg+xml", "svg"),
    "mermaid": Format(mermaid.convert, "text/plain; charset=utf-8", "mmd", is_shown=True),
    "speedscope": Format(speedscope.convert, "application/json", "speedscope.json"),
    # speedscope would take a name that ends in .chrome.json for a profile of another kind.
    "chrome": Format(chrome.convert, "application/json", "trace-events.json", follows=True),
    "json": Format(_json, "application/json", "json"),
    "test": Format(snippet.convert, "text/plain; charset=utf-8", "py", is_shown=True),
}
