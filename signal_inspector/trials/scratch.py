"""
Where mail, files, caches and threads of a trial go: what a rollback does not undo, in the context of the trial alone.

Mail stays in memory, whatever backend of the settings it is handed to. A file that is written, replaced or removed is
so in memory; others are read where they are. Each cache is an empty one in local memory. A thread can't be started:
its connection to the database would be another one, which nobody rolls back. Jobs for a pool of threads run, and are
refused the database for the same reason.
"""

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar, copy_context
from threading import Thread
from uuid import uuid4

from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.core.files.storage import InMemoryStorage, storages
from django.db import models
from django.utils.translation import gettext as _

from signal_inspector.reading import naming, private
from signal_inspector.recording.early import mail_backends
from signal_inspector.trials.dispatching import replaced, scratch

PATIENCE = 2  # seconds that jobs of a pool may take beyond the trial

_submitting = ContextVar("signal_inspector.submitting", default=False)


class Refused(Exception):
    """A receiver did what the bench could not undo, and so was not let do it."""


class Scratch:
    """
    What takes the place of the world in one trial.

    Attributes:
        messages (list): the mails that were sent.
        files (dict): from the id of a storage to a storage in memory and the names that were removed.
        jobs (list): what was handed to pools of threads, each a ``Future``.
        refused (list): sentences on what was refused.
    """

    def __init__(self):
        """Begin with nothing."""
        self.messages, self.files, self.jobs, self.refused = [], {}, [], []

    def overlay(self, storage):
        """Return the storage in memory that lies over a storage, and the names that are removed from that one."""
        return self.files.setdefault(id(storage), (InMemoryStorage(), set()))

    def touched_files(self):
        """Return how many files were written or removed."""
        return sum(len(_names_in(memory)) + len(removed) for memory, removed in self.files.values())

    def refuse(self, sentence):
        """Note what is refused, and raise ``Refused``."""
        self.refused.append(sentence)
        raise Refused(sentence)


@contextmanager
def scratch_world():
    """
    Keep mail, files, caches and threads of this context apart inside a ``with`` block; yield the ``Scratch``.

    It is to be entered in a copy of the context, which ends with the block.
    """
    here = Scratch()
    methods = {(Thread, "start"): _start, (ThreadPoolExecutor, "submit"): _submit}
    for backend in mail_backends():
        methods |= {(backend, "send_messages"): _send_messages, (backend, "open"): _no, (backend, "close"): _no}
    for kind in {type(storage) for storage in _storages()}:
        methods |= {(kind, name): function for name, function in FILES.items()}
    with ExitStack() as stack:
        stack.enter_context(replaced(methods))
        stack.enter_context(_scratch_caches())
        token = scratch.set(here)
        try:
            yield here
        finally:
            for job in here.jobs:
                job.cancel()
            _done, going_on = wait(here.jobs, PATIENCE)
            here.refused += [_("A job in a pool of threads goes on after the trial.")] if going_on else []
            scratch.reset(token)


# Mail


def _send_messages(here, original, backend, messages):
    messages = list(messages or ())
    here.messages += messages
    return len(messages)


def _no(here, original, backend, *args, **kwargs):
    return None


# Files


def _storages():
    """Return the storages of the settings and of the fields of models, where they can be made."""
    found = []
    for alias in storages.backends:
        with suppress(Exception):  # a storage that can't be made keeps nothing
            found.append(storages[alias])
    fields = (field for model in apps.get_models() for field in model._meta.local_fields)
    found += [field.storage for field in fields if isinstance(field, models.FileField)]
    return [naming.unwrap(storage) for storage in found if hasattr(storage, "save")]  # it is made when it is asked


@contextmanager
def _real():
    """Call real methods of storages, also where the one in memory is of the same class as those of the project."""
    token = scratch.set(None)
    try:
        yield
    finally:
        scratch.reset(token)


def _names_in(memory):
    """Return the names of the files in a storage in memory."""
    with _real():
        waiting, found = [""], []
        while waiting:
            folder = waiting.pop()
            folders, files = memory.listdir(folder) if folder or memory.exists("") else ([], [])
            waiting += [f"{folder}{name}/" for name in folders]
            found += [f"{folder}{name}" for name in files]
        return found


def _exists(here, original, storage, name):
    memory, removed = here.overlay(storage)
    with _real():
        return memory.exists(name) or (name not in removed and original(name))


def _save(here, original, storage, name, content, max_length=None):
    memory, removed = here.overlay(storage)
    name = storage.get_available_name(name or content.name, max_length=max_length)  # which asks exists()
    removed.discard(name)
    with _real():
        return memory.save(name, content)


def _open(here, original, storage, name, mode="rb"):
    memory, removed = here.overlay(storage)
    with _real():
        is_ours = memory.exists(name) or name in removed or "w" in mode
        return memory.open(name, mode) if is_ours else original(name, mode)


def _delete(here, original, storage, name):
    memory, removed = here.overlay(storage)
    with _real():
        if memory.exists(name):
            memory.delete(name)
        else:
            removed.add(name)


def _size(here, original, storage, name):
    memory, removed = here.overlay(storage)
    with _real():
        return memory.size(name) if memory.exists(name) or name in removed else original(name)


FILES = {"exists": _exists, "save": _save, "open": _open, "delete": _delete, "size": _size}


# Caches


@contextmanager
def _scratch_caches():
    kept = {alias: caches[alias] for alias in caches}
    for alias in kept:
        options = {
            name: settings.CACHES[alias][name] for name in ("VERSION", "KEY_PREFIX") if name in settings.CACHES[alias]
        }
        caches[alias] = private.scratch_cache(f"signal_inspector.{uuid4()}", options)
    try:
        yield
    finally:
        for alias, cache in kept.items():
            caches[alias] = cache


# Threads


def _start(here, original, thread):
    if _submitting.get():  # a worker of a pool, whose jobs bring their context
        return original()
    return here.refuse(
        _("A thread was to be started: it would have a connection of its own, which nobody rolls back.")
    )


def _submit(here, original, pool, function, /, *args, **kwargs):
    token = _submitting.set(True)
    try:
        job = original(copy_context().run, function, *args, **kwargs)
    finally:
        _submitting.reset(token)
    here.jobs.append(job)
    return job
