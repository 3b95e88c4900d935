"""What the tests of the log share."""

import logging
from contextlib import contextmanager, nullcontext

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connections
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activity.models import Entry

User = get_user_model()

PASSWORD = "correct-horse-7"
CONTROL = ("BEGIN", "COMMIT", "RELEASE", "ROLLBACK", "SAVEPOINT")
QUIET = ("axes", "django.request")


class LogMixin:
    """An account, an empty cache (failed logins are counted there), no noise of errors that are meant."""

    def setUp(self):
        super().setUp()
        for logger in map(logging.getLogger, QUIET):
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL)
        cache.clear()
        self.addCleanup(cache.clear)
        self.client.raise_request_exception = False
        self.user = make_user("ada")

    def post(self, name, data=None, *args, **options):
        with self.commit():
            return self.client.post(reverse(name, args=args), data, **options)

    def post_login(self, username="ada", password=PASSWORD, **options):
        return self.post("login", {"username": username, "password": password}, **options)

    def commit(self, using="default"):
        """In a TestCase, run what waits for the commit, as if the test's transaction ended with the block."""
        if isinstance(self, TestCase):
            return self.captureOnCommitCallbacks(using=using, execute=True)
        return nullcontext()

    def reported(self):
        """Expect reports that an entry could not be written."""
        return self.assertLogs("activity.log", "ERROR")

    def assertLog(self, *whats, using="default"):
        """The log holds entries of these kinds, oldest first, and no others."""
        self.assertEqual([entry.what for entry in entries(using)], list(whats))


def make_user(username, using="default", **fields):
    return User.objects.db_manager(using).create_user(username, f"{username}@example.com", PASSWORD, **fields)


def entries(using="default"):
    """Return all entries, oldest first."""
    return list(Entry.objects.using(using).order_by("pk"))


def last_entry(using="default"):
    return Entry.objects.using(using).order_by("pk").last()


@contextmanager
def statements(using="default"):
    """Yield a list which holds, after the block, the statements that were run, but for those around transactions."""
    found = []
    with CaptureQueriesContext(connections[using]) as queries:
        yield found
    found += [query["sql"] for query in queries if not query["sql"].startswith(CONTROL)]


@contextmanager
def unwritable(using="default"):
    """Let every INSERT into the log fail in the database, as it does when the table is missing."""

    def misdirect(execute, sql, params, many, context):
        if sql.startswith("INSERT"):
            sql = sql.replace('"activity_entry"', '"activity_missing"')
        return execute(sql, params, many, context)

    with connections[using].execute_wrapper(misdirect):
        yield
