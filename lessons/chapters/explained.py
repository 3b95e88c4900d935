"""The functions that code in the chapters uses without a word, and where the chapters explain them."""

import re

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

# By the name of a function: the chapter that explains it, and the anchor of the section.
EXPLAINED = {
    "sent": ("signals", "how-to-read-these-pages"),
    "story": ("signals", "how-to-read-these-pages"),
    "muted": ("working", "muting-and-recording"),
}


def used(tokens):
    """Return the names of those functions that blocks of Python among some tokens call, in the order above."""
    code = "\n".join(token.content for token in tokens if token.type == "fence" and token.info.strip() == "python")
    return [name for name in EXPLAINED if re.search(rf"(?<![\w.]){name}\(", code)]


def note(chapter, tokens):
    """
    Return a line, as safe HTML, with links to where the functions of a chapter's code are explained; "" for none.

    Args:
        chapter (str): the name of the chapter, which needs no link to itself.
        tokens (list): its Markdown.
    """
    names = [name for name in used(tokens) if EXPLAINED[name][0] != chapter]
    if not names:
        return ""
    links = [(reverse("lessons:chapter", args=EXPLAINED[name][:1]), EXPLAINED[name][1], name) for name in names]
    shown = format_html_join(", ", '<a href="{}#{}"><code>{}()</code></a>', links)
    return format_html(
        '<p class="quiet">{} {}</p>', _("Helpers in the code of this page, with links to what they do:"), shown
    )
