"""Whether tasks leave the database: what was handed to a queue elsewhere, no rollback takes back."""

import sys

from django.conf import settings

STAY = (
    "ImmediateBackend",
    "DummyBackend",
    "DatabaseBackend",
)  # run in the trial, are kept in memory, or in the database


def leave_the_database():
    """Return the name of what tasks are handed to where a rollback does not reach it, "" where nothing is."""
    backends = [each.get("BACKEND", "") for each in getattr(settings, "TASKS", {}).values()]
    elsewhere = [name for name in backends if name.rpartition(".")[2] not in STAY]
    if elsewhere:
        return elsewhere[0]
    return "Celery" if "celery" in sys.modules and not getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False) else ""
