"""Several databases: traces are stored where the project says, and what can't be written or read breaks no page."""

from contextlib import contextmanager

from django.contrib.auth.models import Group
from django.db import connections, transaction
from django.test import RequestFactory, TransactionTestCase, override_settings

from signal_inspector.context_processors import Inspector
from signal_inspector.models import StoredTrace
from signal_inspector.requests import store
from signal_inspector.tests.support import Site, sample, save, site

LOG = "signal_inspector.requests.store"
READ_ONLY = {
    "sqlite": ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
    "postgresql": (
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    ),
}


class Router:
    """Sends all that is the inspector's to another database."""

    def db_for_read(self, model, **hints):
        return "other" if model._meta.app_label == "signal_inspector" else None

    db_for_write = db_for_read


@contextmanager
def read_only(alias):
    """Refuse all that would write to a database, inside a ``with`` block."""
    connection = connections[alias]
    on, off = READ_ONLY[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


@contextmanager
def no_table(alias):
    """Have no table of traces, inside a ``with`` block."""
    with connections[alias].schema_editor() as editor:
        editor.delete_model(StoredTrace)
    try:
        yield
    finally:
        with connections[alias].schema_editor() as editor:
            editor.create_model(StoredTrace)


def values(number):
    return {
        "id": f"{number:032x}",
        "method": "GET",
        "path": "/",
        "status": 200,
        "duration": 0.1,
        "before": "",
    }


@site
@override_settings(DEBUG=True)
class DatabasesTests(Site, TransactionTestCase):
    available_apps = None
    databases = {"default", "other"}

    def setUp(self):
        super().setUp()
        for alias in self.databases:  # a request closes what is unusable: the settings of a session go on
            connections[alias].ensure_connection()

    def numbers(self):
        """Return how many traces there are in each database."""
        return [StoredTrace.objects.using(alias).count() for alias in ("default", "other")]

    def assertKeptInTheOther(self):
        with override_settings(SIGNAL_INSPECTOR_KEEP=2):
            for number in range(4):
                store.save(values(number), sample())
            store.prune()
        self.assertEqual(self.numbers(), [0, 2])
        for path in ("traces/", f"traces/{3:032x}/", f"traces/{3:032x}/graph/", "graph/", "why/", "compare/"):
            self.assertEqual(self.client.get(f"/signals/{path}").status_code, 200, path)
        self.assertContains(self.client.get("/signals/traces/"), f"/signals/traces/{3:032x}/")

    @override_settings(SIGNAL_INSPECTOR_DATABASE="other")
    def test_the_setting_says_where(self):
        self.assertKeptInTheOther()
        self.assertEqual(StoredTrace.objects.using("default").count(), 0, "Who asks for another one is given it.")

    @override_settings(DATABASE_ROUTERS=[Router()])
    def test_a_router_says_where(self):
        self.assertKeptInTheOther()

    @override_settings(SIGNAL_INSPECTOR_DATABASE="other", DATABASE_ROUTERS=[])
    def test_a_request_is_stored_there(self):
        response = self.client.post("/group/")
        self.assertEqual(self.numbers(), [0, 1])
        self.assertContains(self.client.get(f"/signals/traces/{response.headers['X-Signal-Trace']}/"), "auth.Group")

    @override_settings(SIGNAL_INSPECTOR_DATABASE="other")
    def test_one_that_takes_no_writes(self):
        stored = StoredTrace.objects.get(pk=save().pk)
        with read_only("other"):
            with self.assertLogs(LOG, "WARNING") as logs:
                for _ in range(3):
                    self.assertEqual(self.client.get("/page/").status_code, 200)
            self.assertEqual(len(logs.output), 1)
            self.assertIn("A trace was not stored.", logs.output[0])
            self.assertEqual(self.client.get(stored.get_absolute_url()).status_code, 200)
        self.assertEqual(self.numbers(), [0, 1])

    def test_the_default_one_takes_no_writes(self):
        with read_only("default"), self.assertLogs(LOG, "WARNING") as logs:
            self.assertEqual(self.client.get("/page/").status_code, 200)
            self.assertEqual(self.client.get("/signals/").status_code, 200)
        self.assertEqual(len(logs.output), 1)

    def test_a_missing_table_is_one_line_with_the_command_that_makes_it(self):
        for alias, where in (("default", ""), ("other", " --database other")):
            store._reported.clear()
            with override_settings(SIGNAL_INSPECTOR_DATABASE=alias), no_table(alias):
                with self.assertLogs(LOG, "WARNING") as logs:
                    for _ in range(2):
                        self.assertEqual(self.client.get("/page/").status_code, 200)
                    self.assertEqual(self.client.get("/signals/").status_code, 200)
                    self.assertEqual(self.client.get("/signals/traces/").status_code, 503)
                expected = (
                    "A trace was not stored. Its table is missing: run python manage.py migrate signal_inspector"
                )
                self.assertEqual(logs.output, [f"WARNING:{LOG}:{expected}{where}"])

    def test_what_a_page_shows_of_it_leaves_a_transaction_whole(self):
        request = RequestFactory().get("/")
        with no_table("default"), transaction.atomic(), self.assertLogs(LOG, "WARNING"):
            self.assertEqual((Inspector(request).newest, Inspector(request).kept), ([], set()))
            self.assertEqual(Group.objects.count(), 0, "PostgreSQL executes nothing in a transaction that failed.")
