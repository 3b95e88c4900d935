"""All questions in their order, and what their snippets print in this process."""

from functools import cache

from lessons.code import block_of
from lessons.questions import calling, shop, using
from lessons.questions.asking import run
from lessons.running.apart import models_of
from signal_inspector.connected import inventory

QUESTIONS = (*calling.QUESTIONS, *using.QUESTIONS)
MODULES = {calling.__name__, using.__name__}


@cache
def printed():
    """
    Return what each snippet prints, as a dict by the name of its question. They are run once in a process.

    Raises:
        Busy: where others are running their lessons for too long.
    """
    found = {question.name: run(question, models_of(shop)) for question in QUESTIONS}
    _take_away_their_own()
    return found


def _take_away_their_own():
    """Disconnect what listens to signals that a snippet has made: a cache of Django's keeps receivers while DEBUG."""
    for _name, signal, entry in inventory.connections()[0]:
        if not entry.dead and getattr(entry.receiver, "__module__", None) in MODULES:
            signal.disconnect(entry.receiver, dispatch_uid=entry.dispatch_uid)


def model_code():
    """Return the models that the snippets use, as safe HTML."""
    return block_of(models_of(shop))
