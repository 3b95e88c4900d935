"""Python code as HTML, in colours that a style sheet gives."""

import inspect

from django.utils.html import format_html, format_html_join

from signal_inspector.reading.colours import coloured
from signal_inspector.reading.parsing import tried


def block(text, python=True):
    """
    Return a block of code as safe HTML. It can be focused, since it scrolls.

    Args:
        text (str): the code.
        python (bool): whether to colour it.
    """
    lines = coloured(text.splitlines(keepends=True)) if python else [[("", line)] for line in text.splitlines()]
    shown = format_html_join("\n", "{}", ((_line(line),) for line in lines))
    return format_html('<pre class="code" tabindex="0"><code>{}</code></pre>', shown)


def _line(pieces):
    return format_html_join("", "{}", ((_piece(kind, text),) for kind, text in pieces))


def _piece(kind, text):
    return format_html('<span class="code-{}">{}</span>', kind, text) if kind else text


def block_of(definitions):
    """Return the code of functions and classes, as it stands in their files, as one block; "" for none."""
    return block("\n\n".join(tried(inspect.getsource, each) for each in definitions)) if definitions else ""
