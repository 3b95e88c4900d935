"""Receivers that a lesson connects are taken away when it is over, also after an error."""

import logging
from contextlib import contextmanager

from django.db.models import signals
from django.dispatch import Signal

from signal_inspector.reading.private import entries_of, id_of

MODEL_SIGNALS = [each for each in vars(signals).values() if isinstance(each, Signal)]
TALKATIVE = ("django.dispatch", "django.db.backends.base")  # they log what send_robust() and on_commit() have caught


def own_signals(module):
    """Return the signals that a module defines: those of models it has imported."""
    found = [value for value in vars(module).values() if isinstance(value, Signal)]
    return [signal for signal in found if signal not in MODEL_SIGNALS]


@contextmanager
def taken_away(models, own_signals):
    """
    Disconnect, when a block is over, whatever listens to some models or to some signals.

    Nothing else is touched: receivers that the site has connected stay, and in their places.

    Args:
        models (list): senders that nobody but the lesson listens to.
        own_signals (list): signals that nobody but the lesson knows.
    """
    try:
        yield
    finally:
        senders = {id_of(sender): sender for sender in (*models, None)}
        for signal in (*MODEL_SIGNALS, *own_signals):
            for entry in entries_of(signal):
                ours = signal in own_signals or not entry.hears_all
                if ours and not entry.dead and entry.sender_id in senders:
                    sender = senders[entry.sender_id]
                    signal.disconnect(entry.receiver, sender=sender, dispatch_uid=entry.dispatch_uid)


@contextmanager
def without_log():
    """Keep the errors that a lesson makes on purpose out of the site's log; those of other threads go on into it."""
    loggers, own = [logging.getLogger(name) for name in TALKATIVE], _OfOthers()
    for logger in loggers:
        logger.addFilter(own)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(own)


class _OfOthers(logging.Filter):
    """Let through what is no error of ``lessons.exhibits`` or ``lessons.questions``."""

    def filter(self, record):
        trace = record.exc_info and record.exc_info[2]
        while trace:
            if trace.tb_frame.f_globals.get("__name__", "").startswith(("lessons.exhibits.", "lessons.questions.")):
                return False
            trace = trace.tb_next
        return True
