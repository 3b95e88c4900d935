"""The search of the lessons: questions, exhibits and chapters, each part of a text at most once."""

import re
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from lessons import listing
from lessons.chapters import library
from lessons.questions import answers
from lessons.questions.asking import body_of

QUESTION, EXHIBIT, SECTION = range(3)  # in this order they are shown
MOST = 40
WORD = re.compile(r"\w(?:[\w.-]*\w)?")  # without the marks around it
OWNING = re.compile(r"['’]s?(?!\w)")  # of "m2m_changed's", of "receivers'"
AROUND = 80  # characters of an excerpt, before what was found and behind it


@dataclass
class Part:
    """
    A part of the lessons that can be found.

    Attributes:
        kind (int): one of those above.
        title (str): its title.
        text (str), code (str): what stands below.
        where (str): what it belongs to.
        address (str): where it is.
    """

    kind: int
    title: str
    text: str
    where: str
    address: str
    code: str = ""


@dataclass
class Hit:
    """
    A part in which something was found.

    Attributes:
        part (Part): the part.
        excerpt (tuple): the text before what was found, that, and the text behind it.
    """

    part: Part
    excerpt: tuple


def search(words):
    """
    Return the ``Hit`` list of the parts in which all words stand, and how many there are beyond those.

    Whole words come before parts of words, and what stands in code alone comes last; then questions before exhibits
    and those before chapters, titles before texts.

    Args:
        words (str): what somebody looks for, in any case, with any punctuation.
    """
    wanted = [re.escape(word) for word in WORD.findall(OWNING.sub("", words))]
    whole, within = ([re.compile(form.format(word), re.IGNORECASE) for word in wanted] for form in (r"\b{}\b", "{}"))
    found = []
    for place, part in enumerate(parts()) if wanted else ():
        prose = f"{part.title} {part.text}"
        for rank, patterns, text in ((0, whole, prose), (1, within, prose), (2, within, f"{prose} {part.code}")):
            if _all(patterns, text):
                shown = part.text if rank < 2 else part.code
                order = (rank, part.kind, not _all(patterns, part.title), place)
                found.append((order, Hit(part, _excerpt(shown, patterns))))
                break
    hits = [hit for _order, hit in sorted(found, key=lambda pair: pair[0])]
    return hits[:MOST], len(hits[MOST:])


def _all(patterns, text):
    return all(pattern.search(text) for pattern in patterns)


def _excerpt(text, patterns):
    """Return the text around what is found of some patterns: of the first one of them that stands in it."""
    match = next(filter(None, (pattern.search(text) for pattern in patterns)), None)
    start, end = match.span() if match else (0, 0)
    before, after = text[:start], text[end:]
    if len(before) > AROUND:
        before = f"…{before[-AROUND:].partition(' ')[2]}"
    room = 2 * AROUND - min(start, AROUND)
    if len(after) > room:
        after = f"{after[:room].rpartition(' ')[0]}…"
    return before, text[start:end], after


def parts():
    """Yield each ``Part``. Files are read again only where they have changed."""
    questions = reverse("lessons:questions")
    for each in answers.QUESTIONS:
        code = " ".join(body_of(each.snippet).split())
        yield Part(QUESTION, str(each.title), str(each.answer), _("Question"), f"{questions}#{each.name}", code)
    for each in listing.EXHIBITS.values():
        address = reverse("lessons:exhibit", args=[each.name])
        yield Part(EXHIBIT, str(each.title), f"{each.question} {each.see}", _("Exhibit"), address)
    for chapter in library.chapters():
        page = reverse("lessons:chapter", args=[chapter.name])
        for heading, question, text, code in chapter.parts:
            kind, address = QUESTION if question else SECTION, f"{page}#{heading.anchor}"
            yield Part(kind, question or heading.title, text, str(chapter.title), address, code)
