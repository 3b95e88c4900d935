"""The chapters: which there are, in which order, and the search in their titles."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from lessons.chapters.markdown import headings_of, parse

ROOT = Path(settings.BASE_DIR)
SIGNALS = ("lesson", "order", "models", "requests", "databases", "working", "pitfalls")
PROJECT = ("map", "limits", "architecture", "signal-inspector", "benchmarks", "deployment")
IMAGES = ROOT / "docs" / "images"

# By the name in the address.
PATHS = {
    "signals": ROOT / "docs" / "signals" / "README.md",
    **{name: ROOT / "docs" / "signals" / f"{name}.md" for name in SIGNALS},
    "readme": ROOT / "README.md",
    **{name: ROOT / "docs" / f"{name}.md" for name in PROJECT},
}
NAMES = {path: name for name, path in PATHS.items()}
TITLES = {"signals": _("Signals, by question"), "readme": _("This project")}
MOST_FOUND = 100


class Chapter:
    """
    A chapter.

    Attributes:
        name (str): its name in the address.
        path (Path): its file.
        text (str): its Markdown.
        headings (list): each ``Heading``; the first is the title.
    """

    def __init__(self, name):
        """Read a chapter by its name."""
        self.name = name
        self.path = PATHS[name]
        self.text, self.headings = _read(self.path, self.path.stat().st_mtime_ns)

    @property
    def title(self):
        """What it is called here: mostly what stands above it."""
        return TITLES.get(self.name) or (self.headings[0].title if self.headings else self.name)

    @property
    def sections(self):
        """The headings of the second level."""
        return [heading for heading in self.headings if heading.level == 2]


@lru_cache(maxsize=100)
def _read(path, _changed):
    text = path.read_text(encoding="utf-8")
    return text, headings_of(parse(text))


def chapters():
    """Return each ``Chapter`` whose file is there: a server may be without the documentation."""
    return [Chapter(name) for name, path in PATHS.items() if path.is_file()]


def chapter_named(name):
    """Return a ``Chapter``, None if there is none."""
    return Chapter(name) if name in PATHS and PATHS[name].is_file() else None


def search(words):
    """
    Return the headings in which all words stand, in any case, as pairs: the ``Chapter`` and the ``Heading``.

    Args:
        words (str): what somebody looks for.
    """
    wanted = words.lower().split()
    found = [
        (chapter, heading)
        for chapter in chapters()
        for heading in chapter.headings
        if wanted and all(word in heading.title.lower() for word in wanted)
    ]
    return found[:MOST_FOUND]
