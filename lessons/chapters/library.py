"""The chapters: which there are, in which order, and what stands under their headings."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from markdown_it.token import Token

from lessons.chapters.markdown import code_of, headings_of, parse, text_of

ROOT = Path(settings.BASE_DIR)
SIGNALS = ("lesson", "order", "models", "requests", "databases", "working", "durable", "pitfalls")
PROJECT = (
    "map",
    "limits",
    "architecture",
    "signal-inspector",
    "integrations",
    "comparison",
    "benchmarks",
    "deployment",
)
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
ASKS = "signals"  # the chapter whose paragraphs each begin with a question in bold


class Chapter:
    """
    A chapter.

    Attributes:
        name (str): its name in the address.
        path (Path): its file.
        text (str): its Markdown.
        headings (list): each ``Heading``; the first is the title.
        parts (list): of all of the chapter a ``Heading``, a question or "", and the prose and the code below that.
    """

    def __init__(self, name):
        """Read a chapter by its name."""
        self.name = name
        self.path = PATHS[name]
        self.text, self.headings, self.parts = _read(self.path, self.path.stat().st_mtime_ns, name == ASKS)

    @property
    def title(self):
        """What it is called here: mostly what stands above it."""
        return TITLES.get(self.name) or (self.headings[0].title if self.headings else self.name)

    @property
    def sections(self):
        """The headings of the second level."""
        return [heading for heading in self.headings if heading.level == 2]


@lru_cache(maxsize=100)
def _read(path, _changed, asks):
    text = path.read_text(encoding="utf-8")
    tokens = parse(text)
    headings = headings_of(tokens)
    return text, headings, [*_parts(tokens, headings, asks)]


def _parts(tokens, headings, asks):
    """Yield the ``parts`` of a chapter."""
    starts = [place for place, token in enumerate(tokens) if token.type == "heading_open"]
    for heading, start, end in zip(headings, starts, [*starts[1:], len(tokens)], strict=True):
        below, rest = tokens[start + 3 : end], []  # the heading itself is three tokens
        for token in below:
            question = _question(token) if asks else ""
            if question:
                yield heading, question, text_of([token]).removeprefix(question).strip(), ""
            else:
                rest.append(token)
        yield heading, "", text_of(rest), code_of(rest)


def _question(token):
    """Return what stands in bold at the beginning of a paragraph."""
    children = [child for child in token.children or () if child.content or child.type != "text"]
    if not children or children[0].type != "strong_open":
        return ""
    end = next(place for place, child in enumerate(children) if child.type == "strong_close")
    return text_of([Token("inline", "", 0, children=children[:end])])


def chapters():
    """Return each ``Chapter`` whose file is there: a server may be without the documentation."""
    return [Chapter(name) for name, path in PATHS.items() if path.is_file()]


def chapter_named(name):
    """Return a ``Chapter``, None if there is none."""
    return Chapter(name) if name in PATHS and PATHS[name].is_file() else None
