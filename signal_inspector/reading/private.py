"""
What is private to Django, and so may change with any version; no other module of the app touches it.

Known are Django 5.2, 6.0 and 6.1. ``Signal.receivers`` holds ``(key, receiver, is_async)`` in 5.2, and
``(key, receiver, sender, is_async)`` from 6.0 on, where receiver and sender are weak references or, the receiver, the
object itself. The key is ``(dispatch_uid or id of the receiver, id of the sender)``. In all of them
``connection.run_on_commit`` holds ``(ids of savepoints, function, robust)``. A function of asyncio's and a variable of
asgiref's are here, too.
"""

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import MethodType
from typing import Any, NamedTuple
from weakref import ReferenceType

from asgiref.sync import SyncToAsync
from django.apps import apps
from django.core.cache.backends import locmem
from django.core.cache.backends.locmem import LocMemCache
from django.db import connections
from django.dispatch import Signal
from django.dispatch.dispatcher import NO_RECEIVERS
from django.utils.functional import LazyObject

from signal_inspector.reading import naming
from signal_inspector.reading.naming import instance_dict

ALL_SENDERS = id(None)


@dataclass(slots=True)
class Entry:
    """
    One connection.

    Attributes:
        receiver (callable): None if it is gone.
        sender_id (int or tuple): as ``django.dispatch.dispatcher._make_id`` gives it, None if it can be nobody's.
        dispatch_uid (object): None if there is none.
        weak (bool): whether the signal lets the receiver go when nothing else holds it.
        is_async (bool): whether the receiver is awaited, after all that are not.
        dead (bool): whether the receiver is gone.
        sender (object): the sender, where Django keeps a reference to it (6.0 and later); else None.
        sender_gone (bool): whether Django knows that the sender is gone.
    """

    receiver: Any
    sender_id: Any
    dispatch_uid: Any
    weak: bool
    is_async: bool
    dead: bool
    sender: Any = None
    sender_gone: bool = False

    @property
    def hears_all(self):
        """Tell whether the receiver is connected to every sender."""
        return self.sender_id == ALL_SENDERS

    @property
    def muted(self):
        """Tell whether the key names a sender that nobody can be, as code does that mutes a receiver for a while."""
        return self.sender_id is None


def entries_of(signal):
    """Return each ``Entry`` of a signal, dead ones too, in the order in which they run."""
    # A copy, without the lock of the signal, which the caller may hold.
    entries = [parse(entry) for entry in list(instance_dict(signal).get("receivers") or ())]
    return [entry for entry in entries if not entry.is_async] + [entry for entry in entries if entry.is_async]


def parse(entry):
    """Return one element of ``Signal.receivers`` as an ``Entry``."""
    key, reference = entry[0], entry[1]
    weak = _is_reference(reference)
    receiver = reference() if weak else reference
    sender_reference = entry[2] if len(entry) > 3 else None
    sender = sender_reference() if _is_reference(sender_reference) else None
    return Entry(
        receiver=receiver,
        sender_id=key[1] if _is_id(key[1]) else None,
        dispatch_uid=None if _is_id_of(key[0], receiver) else key[0],
        weak=weak,
        is_async=bool(entry[-1]),
        dead=receiver is None,
        sender=sender,
        sender_gone=sender_reference is not None and sender is None,
    )


def id_of(target):
    """Return what Django keys a receiver or a sender by."""
    return (id(target.__self__), id(target.__func__)) if type(target) is MethodType else id(target)


def _is_reference(value):
    return issubclass(type(value), ReferenceType)


def _is_id(key):
    return type(key) is int or (type(key) is tuple and len(key) == 2 and type(key[0]) is type(key[1]) is int)


def _is_id_of(key, receiver):
    """Tell whether the first half of a key is made of the receiver, not a dispatch_uid (which may be a number)."""
    return _is_id(key) and (type(key) is tuple or receiver is None or key == id(receiver))


def uses_cache(signal):
    """Tell whether a signal remembers the receivers of each sender."""
    return instance_dict(signal).get("use_caching") is True


def pending_connections():
    """
    Return what waits for a model that is not loaded, as ``(signal, Entry, label of the model)``.

    Such is ``post_save.connect(receiver, sender="shop.Order")`` until an app defines the model.
    """
    found = []
    for (app_label, model_name), operations in list(instance_dict(apps).get("_pending_operations", {}).items()):
        for operation in list(operations):
            signal, entry = _pending_connection(operation)
            if signal is not None:
                found.append((signal, entry, f"{app_label}.{model_name}"))
    return found


def _pending_connection(operation):
    """Return signal and entry of what ``ModelSignal.connect`` left to do; ``(None, None)`` for anything else."""
    function = instance_dict(operation).get("func")
    arguments, keywords = (), {}
    while issubclass(type(function), partial):
        arguments, keywords = function.args + arguments, {**function.keywords, **keywords}
        function = function.func
    if type(function) is not MethodType or function.__func__ is not Signal.connect or not arguments:
        return None, None
    return function.__self__, Entry(
        receiver=arguments[0],
        sender_id=None,
        dispatch_uid=keywords.get("dispatch_uid"),
        weak=bool(keywords.get("weak", True)),
        is_async=naming.is_coroutine_function(arguments[0]),
        dead=False,
    )


def state_of(signal):
    """Return who is connected to a signal, and what it remembers of them, for ``set_state()``."""
    return signal.receivers, signal.sender_receivers_cache


def empty_state(signal):
    """Return the state of a signal that nobody is connected to."""
    return [], type(signal.sender_receivers_cache)()


def set_state(signal, state):
    """Give a signal the receivers that it had when ``state_of()`` was asked, or those of ``empty_state()``."""
    with signal.lock:
        signal.receivers, signal.sender_receivers_cache = state


@contextmanager
def cleared(*signals):
    """Take all receivers off signals inside a ``with`` block, and put them back afterwards."""
    kept = [(signal, state_of(signal)) for signal in signals]
    try:
        for signal in signals:
            set_state(signal, empty_state(signal))
        yield
    finally:
        for signal, state in kept:
            set_state(signal, state)


def receivers_of(signal, sender):
    """Return the synchronous and the asynchronous receivers of a signal for a sender, as Django finds them."""
    if not signal.receivers or signal.sender_receivers_cache.get(sender) is NO_RECEIVERS:
        return (), ()
    return signal._live_receivers(sender)


def log_failure(signal, receiver, error):
    """Log what a receiver raised, as ``send_robust()`` does."""
    signal._log_robust_failure(receiver, error)


def is_plain_thread():
    """
    Tell whether what runs in this thread is no event loop's: none runs here, and this is not done for one elsewhere.

    ``asyncio.get_running_loop()`` raises where there is none, and a ``threading.local`` where an attribute is missing:
    that takes ten times as long.
    """
    served = SyncToAsync.threadlocal.__dict__.get("main_event_loop")  # the last one for which asgiref ran code here
    return asyncio._get_running_loop() is None and (served is None or not served.is_running())


class StandIn:
    """
    A signal as Django's own methods see it, with other receivers than are connected to it.

    Args:
        signal (Signal): the signal, which has whatever is not about its receivers.
        receivers (list), async_receivers (list): what stands in for the receivers: callables, each with an attribute
            ``receiver``, which is the receiver itself.
    """

    class Unknown:
        """A cache that knows of no sender."""

        @staticmethod
        def get(sender):
            """Return None."""

    sender_receivers_cache = Unknown

    def __init__(self, signal, receivers, async_receivers):
        """Take the place of a signal."""
        self.signal = signal
        self.receivers = (receivers, async_receivers)

    def _live_receivers(self, sender):
        return self.receivers

    def _log_robust_failure(self, wrapper, error):
        log_failure(self.signal, wrapper.receiver, error)

    def __getattr__(self, name):
        return getattr(self.signal, name)

    @staticmethod
    def unwrap(responses):
        """Return the responses with the receivers themselves."""
        return [(wrapper.receiver, response) for wrapper, response in responses]


class Hook(NamedTuple):
    """A function that waits for the commit; a rollback to one of the savepoints drops it."""

    savepoints: Any
    function: Any
    robust: bool


def waiting(connection, start=0):
    """
    Yield what waits for the commit on a connection, also what joins while this goes on.

    Args:
        connection (BaseDatabaseWrapper): the connection to the database.
        start (int): how many to pass over.

    Yields:
        Each ``Hook``.
    """
    while hooks := connection.run_on_commit[start:]:
        start += len(hooks)
        yield from (Hook(*hook[:3]) for hook in hooks)


def count_waiting(connection):
    """Return how much waits for the commit on a connection."""
    return len(connection.run_on_commit)


def replace_waiting(connection, replacement):
    """Let what a callable returns for each ``Hook`` be called at the commit in its place."""
    hooks = connection.run_on_commit
    if hooks:  # nearly every commit has none
        connection.run_on_commit = [(hook[0], replacement(Hook(*hook[:3])), *hook[2:]) for hook in hooks]


def uncommitted():
    """Return the alias of a database with a transaction that is not committed, a test case's aside; or None."""
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block and not all(block._from_testcase for block in connection.atomic_blocks):
            return connection.alias
    return None


def allow_durable(block):
    """Let blocks that ask to be outermost (``durable``) be inside of an ``atomic()`` block, as ``TestCase`` does."""
    block._from_testcase = True


def delete_unheard(rows):
    """Delete the rows of a queryset in one statement, without a signal."""
    rows._raw_delete(rows.db)


def when_closed(response, function):
    """Have a function called when Django closes a response."""
    response._resource_closers.append(function)


def known_user(request):
    """Return the user of a request if somebody has asked for it already, else None: no statement is sent for it."""
    user = naming.unwrap(vars(request).get("user"))
    asked = user is not None and not issubclass(type(user), LazyObject)
    return user if asked else vars(request).get("_acached_user")


def stream_of(output):
    """Return what ``stdout`` or ``stderr`` of a command writes to."""
    return output._out


def call_as(command, caller):
    """Have a command treat wrong arguments as the one that calls it does: on the command line it ends the process."""
    command._called_from_command_line = caller._called_from_command_line


# What a transaction of a connection consists of; ``atomic()`` and ``on_commit()`` keep it there.
_TRANSACTION = (
    *("autocommit", "in_atomic_block", "commit_on_exit", "needs_rollback", "savepoint_ids", "atomic_blocks"),
    *("closed_in_transaction", "run_on_commit", "run_commit_hooks_on_set_autocommit_on"),
)
_SAVEPOINT = "signal_inspector"


@contextmanager
def pretending_to_commit(connection, refuse, callbacks=True):
    """
    Let a connection that is in a transaction look as if it were in none, inside a ``with`` block.

    Code in the block sees autocommit. BEGIN, COMMIT and ROLLBACK are a savepoint of the real transaction, which the
    block leaves as it was, for the caller to roll back; what waits for a commit runs where the commit is pretended.
    A statement that fails outside of ``atomic()`` fails alone, as in autocommit. Deferred constraints are checked at a
    pretended commit on PostgreSQL, and not on SQLite. Nothing closes the connection or opens it again.

    Args:
        connection (BaseDatabaseWrapper): a connection inside ``atomic()``.
        refuse (callable): called where the connection would be opened again, which would be outside of the
            transaction; it raises.
        callbacks (bool): whether what waits for the commit runs, or else is dropped.
    """

    def run(sql):  # by the driver: neither a record nor a wrapper of statements is to see it
        with connection.wrap_database_errors:
            connection.connection.cursor().execute(sql)

    def begin():
        run(connection.ops.savepoint_create_sql(_SAVEPOINT))

    def commit():
        if connection.vendor == "postgresql":
            run("SET CONSTRAINTS ALL IMMEDIATE")
            run("SET CONSTRAINTS ALL DEFERRED")
        run(connection.ops.savepoint_commit_sql(_SAVEPOINT))

    def rollback():
        run(connection.ops.savepoint_rollback_sql(_SAVEPOINT))
        run(connection.ops.savepoint_commit_sql(_SAVEPOINT))

    def alone(execute, sql, params, many, context):
        if connection.in_atomic_block or connection.vendor != "postgresql":  # others undo a failed statement
            return execute(sql, params, many, context)
        begin()
        try:
            result = execute(sql, params, many, context)
        except BaseException:
            rollback()
            raise
        run(connection.ops.savepoint_commit_sql(_SAVEPOINT))
        return result

    methods = {
        "_start_transaction_under_autocommit": begin,
        "_set_autocommit": lambda autocommit: None if autocommit else begin(),
        "_commit": commit,
        "_rollback": rollback,
        "close": lambda: None,
        "connect": refuse,
    }
    if not callbacks:
        methods["run_and_clear_commit_hooks"] = lambda: vars(connection).update(run_on_commit=[])
    if not hasattr(connection, "_start_transaction_under_autocommit"):
        del methods["_start_transaction_under_autocommit"]
    before = {name: getattr(connection, name) for name in _TRANSACTION}
    shadowed = {name: vars(connection)[name] for name in methods if name in vars(connection)}  # as TestCase does
    fresh = (True, False, True, False, [], [], False, [], False)
    vars(connection).update(zip(_TRANSACTION, fresh, strict=True), **methods)
    try:
        with connection.execute_wrapper(alone):
            yield
    finally:
        for name in methods:
            del vars(connection)[name]
        vars(connection).update(before, **shadowed)


def scratch_cache(name, options):
    """Return a cache in local memory that nobody else has, and that goes when nobody holds it."""
    cache = LocMemCache(name, options)
    for kept in (locmem._caches, locmem._expire_info, locmem._locks):
        kept.pop(name, None)
    return cache
