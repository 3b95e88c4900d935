"""
What leaves the process before the commit, while a record with details goes on: a rollback does not take it back.

Mail that is sent, a task that is enqueued, a service that is called and a cache that is written, each inside of a
transaction that is not committed. The transactions of a test case don't count: no commit would ever follow them.

What does it with statements of its own is not told of: an outbox, tasks in a table, a cache in the database. Those are
rolled back with everything else.
"""

import sys
import threading
import warnings
from contextlib import suppress
from contextvars import ContextVar
from functools import cache, wraps
from inspect import currentframe
from types import FunctionType

from django.conf import settings
from django.utils.module_loading import import_string

from signal_inspector.reading import private
from signal_inspector.reading.naming import class_attributes, class_module
from signal_inspector.recording.details import place_of
from signal_inspector.recording.rows import KEY, RECORDING, now, running
from signal_inspector.traces.nodes import CALLED, EARLY, ENQUEUED, MAILED, WRITTEN

# Where it is done: a class, by its module, and its methods, in its subclasses, too; as far as it has been imported.
# Celery 5: Task.apply_async() sends by the app's send_task(). httpx has a transport of its own; requests, urllib3 and
# urllib use the standard library's.
METHODS = (
    ("django.core.mail.backends.base", "BaseEmailBackend", ("send_messages",), MAILED),
    ("django.tasks.backends.base", "BaseTaskBackend", ("enqueue",), ENQUEUED),
    ("django_tasks.backends.base", "BaseTaskBackend", ("enqueue",), ENQUEUED),
    ("celery.app.base", "Celery", ("send_task",), ENQUEUED),
    ("http.client", "HTTPConnection", ("request", "putrequest"), CALLED),
    ("httpx", "Client", ("send",), CALLED),
    ("django.core.cache.backends.base", "BaseCache", ("set", "add", "set_many", "incr", "decr"), WRITTEN),
)
NOTHING = {"django.core.mail.backends.dummy", "django.core.cache.backends.dummy"}  # modules of what does nothing

_lock = threading.Lock()
_records = 0  # how many with details go on
_replaced = []  # class, name of the method, the method, what stands in for it
_inside = ContextVar("signal_inspector.early", default=False)  # set_many() sets, a mail may be a call of a service


def install():
    """Watch all of them that are loaded, from the first record with details on."""
    global _records
    with _lock:
        _records += 1
        if _records > 1:
            return
        _load()
        for module, name, methods, told in METHODS:
            base = vars(sys.modules[module]).get(name) if module in sys.modules else None
            for owner in _with_subclasses(base) if isinstance(base, type) else ():
                for method in methods:
                    found = class_attributes(owner).get(method)
                    if type(found) is FunctionType:
                        noting = _noting(found, told)
                        _replaced.append((owner, method, found, noting))
                        setattr(owner, method, noting)


def uninstall():
    """Put the methods back when the last record with details has ended."""
    global _records
    with _lock:
        _records -= 1
        while not _records and _replaced:
            owner, name, method, noting = _replaced.pop()
            if class_attributes(owner).get(name) is noting:  # a trial may have put its own there, or taken it out
                setattr(owner, name, method)


def mail_backends():
    """Return the classes of the mail backends in the settings; MAILERS is there from Django 6.1 on, if set."""
    if hasattr(settings, "MAILERS"):
        smtp = "django.core.mail.backends.smtp.EmailBackend"
        names = {mailer.get("BACKEND", smtp) for mailer in settings.MAILERS.values()}
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Django 6.1 warns of EMAIL_BACKEND, whoever reads it
            names = {settings.EMAIL_BACKEND}
    return _imported(names)


@cache
def _load():
    """Import the backends of the settings, which Django imports when they are used for the first time."""
    mail_backends()
    others = (*settings.CACHES.values(), *getattr(settings, "TASKS", {}).values())
    _imported({each["BACKEND"] for each in others if "BACKEND" in each})


def _imported(names):
    found = []
    for name in names:
        with suppress(ImportError):  # it fails whoever uses it
            found.append(import_string(name))
    return found


def _with_subclasses(base):
    found = [base]
    for cls in found:  # which grows meanwhile
        found += [each for each in type.__subclasses__(cls) if each not in found]
    return found


def _noting(method, told):
    @wraps(method)
    def noting(self, *args, **kwargs):
        row = running()
        if row is None or not row[RECORDING].details or _inside.get() or class_module(type(self)) in NOTHING:
            return method(self, *args, **kwargs)
        using = private.uncommitted()
        if using is None:
            return method(self, *args, **kwargs)
        recording, key, (place, _via) = row[RECORDING], row[KEY], place_of(currentframe().f_back, row)
        statements, began, raised = recording.count_statements(key), now(), ""
        token = _inside.set(True)
        try:
            return method(self, *args, **kwargs)
        except BaseException as error:
            raised = type(error).__name__
            raise
        finally:
            _inside.reset(token)
            if recording.count_statements(key) == statements:
                recording.moments.append((EARLY, told, using, began, now(), key, raised, 0, place))

    return noting
