"""A question, and how its snippet is shown and run."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from types import CodeType

from django.utils.functional import Promise

from lessons.code import block
from lessons.running.turns import alone, set_up
from signal_inspector.reading.parsing import parse

OWN = "lessons."


@dataclass(frozen=True)
class Question:
    """
    A question about signals.

    Attributes:
        title (str): the question.
        answer (str): two sentences.
        chapter (tuple): the name of a chapter and an anchor in it.
        snippet (function): gets a ``print``, and uses it.
        exhibit (str): the name of an exhibit that shows more, "" for none.
        page (str): the url name of a page of the inspector that answers it too, "" for none.
    """

    title: Promise
    answer: Promise
    chapter: tuple
    snippet: Callable
    exhibit: str = ""
    page: str = ""

    @property
    def name(self):
        """The name of the snippet, which is the anchor in the page."""
        return self.snippet.__name__

    @property
    def code(self):
        """The snippet as safe HTML, with what it imports."""
        return block("\n\n".join(filter(None, (imports_of(self.snippet), body_of(self.snippet)))))


def question(questions, title, answer, chapter, **others):
    """Return a decorator that adds a question to a list, with the function as its snippet."""

    def decorate(snippet):
        questions.append(Question(title, answer, chapter, snippet, **others))
        return snippet

    return decorate


def body_of(function):
    """Return the text of a function's body, as it stands in its file."""
    lines, _number = inspect.getsourcelines(function)
    tree = parse(textwrap.dedent("".join(lines)))
    first = tree.body[0].body[0]
    number = min([first.lineno, *(each.lineno for each in getattr(first, "decorator_list", ()))])
    return textwrap.dedent("".join(lines[number - 1 :]))


def imports_of(function):
    """Return the imports that a function's body needs, of those in its file; the models are shown by themselves."""
    used = set(function.__code__.co_names).union(*(code.co_names for code in _codes_in(function.__code__)))
    found = []
    for node in parse(inspect.getsource(inspect.getmodule(function))).body:
        if isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "module", "").startswith(OWN):
            node.names = [each for each in node.names if (each.asname or each.name) in used]
            found += [ast.unparse(node)] if node.names else []
    return "\n".join(found)


def _codes_in(code):
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes_in(each)


def run(question, models):
    """
    Run the snippet of a question.

    Args:
        question (Question): the question.
        models (list): those that the snippet uses.

    Returns:
        What it printed (str), with the exception that ended it, if one did.

    Raises:
        Busy: where others are running their lessons for too long.
    """
    printed = []
    with alone(), set_up(models):
        try:
            # In an empty context: the record of a request would be in the way of what a snippet tells of Django.
            Context().run(question.snippet, lambda *values: printed.append(" ".join(map(str, values))))
        except Exception as error:  # whatever it is, it is what the snippet did
            printed.append(f"{type(error).__name__}: {error}")
    return "\n".join(printed)
