"""All questions in their order, and what their snippets print in this process."""

import gc
from functools import cache

from lessons.code import block_of
from lessons.questions import calling, shop, using
from lessons.questions.asking import run
from lessons.running.apart import models_of

QUESTIONS = (*calling.QUESTIONS, *using.QUESTIONS)


@cache
def printed():
    """
    Return what each snippet prints, as a dict by the name of its question. They are run once in a process.

    Raises:
        Busy: where others are running their lessons for too long.
    """
    found = {question.name: run(question, models_of(shop)) for question in QUESTIONS}
    gc.collect()  # the errors of a snippet hold its signals, which would be listed as connected ones
    return found


def model_code():
    """Return the models that the snippets use, as safe HTML."""
    return block_of(models_of(shop))
