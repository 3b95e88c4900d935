"""Run a receiver when the transaction commits: what leaves the process must not tell of what is rolled back."""

from functools import wraps
from inspect import iscoroutinefunction

from django.db import transaction
from django.db.models.fields.files import FieldFile


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


def twin_of(instance):
    """Return a copy of a model instance, with files of its own. ``copy()`` would look its class up by name."""
    twin = object.__new__(type(instance))
    state = instance.__getstate__()
    twin.__dict__.update(state | dict(state.pop("_memoryview_attrs", ())))  # bytes, that were taken out of the state
    for name, value in vars(twin).items():
        if isinstance(value, FieldFile):
            twin.__dict__[name] = value.name
    return twin
