"""
Methods that do something else inside a trial, and what they always do beside it.

While trials go on, some methods are replaced on their classes by stand-ins that ask a context variable. So a request
beside a trial calls the real ones, and nothing that is shared, such as a setting, has another value for it.
"""

import threading
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

# What stands in for mail, files and threads in this context (``scratch.Scratch``), None outside of trials.
scratch = ContextVar("signal_inspector.scratch", default=None)

_lock = threading.Lock()
_replaced = {}  # owner and name of a method to how many want it replaced, and what was there


@contextmanager
def replaced(methods):
    """
    Have functions called in the place of methods, in the context of a trial alone, inside a ``with`` block.

    Args:
        methods (dict): from a class and a name to a function, which is called with the ``Scratch`` of this context,
            the real method, the instance, and the arguments.
    """
    for (owner, name), function in methods.items():
        _install(owner, name, function)
    try:
        yield
    finally:
        for owner, name in methods:
            _uninstall(owner, name)


def _install(owner, name, function):
    with _lock:
        count, before = _replaced.get((owner, name), (0, vars(owner).get(name)))
        _replaced[owner, name] = count + 1, before
        if not count:
            setattr(owner, name, _standing_in(getattr(owner, name), function))


def _uninstall(owner, name):
    with _lock:
        count, before = _replaced.pop((owner, name))
        if count > 1:
            _replaced[owner, name] = count - 1, before
        elif before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


def _standing_in(original, function):
    def method(self, *args, **kwargs):
        here = scratch.get()
        if here is None:
            return original(self, *args, **kwargs)
        return function(here, partial(original, self), self, *args, **kwargs)

    method.__name__, method.__doc__ = original.__name__, original.__doc__
    return method
