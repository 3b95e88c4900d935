"""Run a receiver when the transaction commits: what leaves the process must not tell of what is rolled back."""

from functools import update_wrapper, wraps
from inspect import iscoroutinefunction

from django.db import transaction
from django.db.models.fields.files import FieldFile

from listening.private import waiting_for_commit

__tracebackhide__ = True  # who calls is told of, in traces and by pytest


def after_commit(receiver):
    """
    Make a receiver run when the transaction that the signal was sent in commits, and not if it is rolled back.

        @receiver(post_save, sender=Invoice, dispatch_uid="billing.print_invoice")
        @after_commit
        def print_invoice(sender, instance, using, **kwargs): ...

    Without a transaction it runs at once: with ``pre_save`` that is before the row is written, so listen to
    ``post_save``. What it raises is logged, and harms neither the sender nor other receivers:
    the fact is committed. It gets a copy of the instance, with the values of its fields when the signal was sent: by
    the commit the instance may have been changed, or have been deleted and have no primary key any more. A field that
    was deferred is read after the commit.

    Args:
        receiver (callable): a receiver of a signal that names the database as ``using``, or else the default one is
            meant; or a reaction of ``listening.watching``. Not a coroutine function: a commit awaits nothing.

    Raises:
        TypeError: it is a coroutine function.
    """
    if iscoroutinefunction(receiver):
        raise TypeError(f"{receiver.__qualname__} is a coroutine function: nothing awaits it after a commit.")

    @wraps(receiver)
    def wait_for_commit(sender, **kwargs):
        if "instance" in kwargs:
            kwargs["instance"] = twin_of(kwargs["instance"])

        @wraps(receiver)  # under its own name in the log, and for whoever looks at what waits
        def run():
            receiver(sender, **kwargs)

        transaction.on_commit(run, using=kwargs.get("using"), robust=True)

    return wait_for_commit


def gathered(function, using):
    """
    Return a dict that is the same for the whole of a transaction, and that a function is called with at its commit.

        before = gathered(tell_changes, using)
        before.setdefault(instance.pk, stored_values)  # the first change counts

    Whatever is rolled back to a savepoint leaves its entries behind, so the function compares with what is there.

    Args:
        function (callable): called once as ``function(values, using)``, if there is anything in the dict. What it
            raises is logged.
        using (str): alias of the database, on which a transaction must be open, as it is in ``m2m_changed``,
            ``pre_delete`` and ``post_delete``.
    """
    waiting = (each for each in waiting_for_commit(using) if isinstance(each, _Gathered))
    found = next((each for each in waiting if each.function == function and not each.is_done), None)
    found = found or _Gathered(function, using)
    # Once more for each change: a savepoint that is rolled back takes along what was asked for within it.
    transaction.on_commit(found, using=using, robust=True)
    return found.values


class _Gathered:
    """What waits for a commit, once, however often it is asked for."""

    def __init__(self, function, using):
        update_wrapper(self, function)  # the log, and whoever looks at what waits, sees the function's name
        self.function, self.using, self.values, self.is_done = function, using, {}, False

    def __call__(self):
        is_first, self.is_done = not self.is_done, True
        if is_first and self.values:
            self.function(self.values, self.using)


def twin_of(instance):
    """Return a copy of a model instance, with files of its own. ``copy()`` would look its class up by name."""
    twin = object.__new__(type(instance))
    state = instance.__getstate__()
    twin.__dict__.update(state | dict(state.pop("_memoryview_attrs", ())))  # bytes, that were taken out of the state
    for name, value in vars(twin).items():
        if isinstance(value, FieldFile):
            twin.__dict__[name] = value.name
    return twin
