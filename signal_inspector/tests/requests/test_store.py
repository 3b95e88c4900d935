from unittest import mock

from django.db import connection, transaction
from django.db.models.signals import post_delete, post_init, post_save, pre_delete, pre_init, pre_save
from django.test import TestCase, TransactionTestCase, override_settings

from signal_inspector import record
from signal_inspector.models import StoredTrace
from signal_inspector.requests import store, summary
from signal_inspector.tests.support import (
    POST_SAVE,
    PRE_SAVE,
    SAVEPOINT,
    make_trace,
    no_table,
    node,
    sample,
    save,
    save_work,
)
from signal_inspector.traces.nodes import RECEIVER, SIGNAL

STARTED, FINISHED = "django.core.signals.request_started", "django.core.signals.request_finished"
CONNECTED = "django.db.backends.signals.connection_created"


def _heard(*names):
    """Return a trace in which signals of these names were heard, each by one receiver."""
    return make_trace(*(node(SIGNAL, name, node(RECEIVER, "django.db.reset_queries")) for name in names))


class SaveTests(TestCase):
    def setUp(self):
        store._reported.clear()
        self.enterContext(mock.patch.object(store, "_stores", iter(range(1, 10_000))))  # none of them prunes

    def values(self, number=0):
        return {
            "id": f"{number:032x}",
            "method": "GET",
            "path": "/",
            "status": 200,
            "duration": 0.1,
            "before": "",
        }

    def test_it_costs_one_statement(self):
        with self.assertNumQueries(1):
            store.save(self.values(), sample())

    def test_what_was_stored_is_read_again(self):
        trace = sample()
        stored = save(trace, path="/here/", status=418, before="f" * 32)
        self.assertEqual(stored.trace.as_data(), trace.as_data())
        self.assertEqual(stored.label, "POST /here/")
        self.assertEqual((stored.signals, stored.receivers, stored.queries, stored.errors), (2, 3, 3, 1))
        self.assertEqual((stored.status, stored.slowest, stored.before), (418, 0.05, "f" * 32))
        names = {"signals": [POST_SAVE, PRE_SAVE], "apps": ["auth", "sample_shop"], "fired": summary.fired(trace)}
        self.assertEqual(stored.names, names)

    def test_who_asked_is_a_model_and_a_key(self):
        store.save(self.values(), sample(), "auth.User:7")
        self.assertEqual(StoredTrace.objects.get().names["user"], "auth.User:7")

    def test_it_sends_no_signal(self):
        with mock.patch("django.dispatch.Signal.send") as send:
            store.save(self.values(), sample())
            store.prune()
        send.assert_not_called()
        for signal in (pre_init, post_init, pre_save, post_save, pre_delete, post_delete):
            self.assertFalse(signal.has_listeners(StoredTrace), "The test shows nothing if somebody listens to all.")

    def test_a_record_around_it_does_not_see_it(self):
        with record() as trace:
            store.save(self.values(), sample())
        self.assertEqual((trace.queries, trace.roots, trace.unheard), (0, [], {}))

    def test_any_name_can_be_stored(self):
        odd = "\x00\ud800</script>\N{PILE OF POO}"
        self.assertEqual(save(make_trace(node(SIGNAL, odd, sender=odd))).trace.roots[0].sender, odd)

    def test_a_failure_is_logged_once_and_raises_nothing(self):
        with mock.patch.object(store, "_insert", side_effect=OSError("disk full")):
            with self.assertLogs("signal_inspector.requests.store", "WARNING") as logs:
                store.save(self.values(), sample())
            self.assertIn("disk full", logs.output[0])
            with self.assertNoLogs("signal_inspector.requests.store"):
                store.save(self.values(), sample())

    def test_an_id_that_is_taken_is_a_failure_too(self):
        store.save(self.values(), sample())
        with self.assertLogs("signal_inspector.requests.store") as logs, transaction.atomic():
            store.save(self.values(), sample())
            transaction.set_rollback(True)  # PostgreSQL does nothing more in it
        self.assertIn("IntegrityError", logs.output[0])
        self.assertEqual(StoredTrace.objects.count(), 1)


class PruneTests(TestCase):
    def setUp(self):
        self.enterContext(mock.patch.object(store, "_stores", iter(range(1, 20))))  # none of them prunes

    def fill(self, number):
        for _ in range(number):
            save(make_trace())

    def test_the_newest_are_kept(self):
        with override_settings(SIGNAL_INSPECTOR_KEEP=3):
            self.fill(5)
            post_delete.connect(self.fail_if_heard)
            self.addCleanup(post_delete.disconnect, self.fail_if_heard)
            with self.assertNumQueries(3):
                store.prune()
            self.assertEqual([int(row.pk, 16) for row in store.newest(10)], [4, 3, 2])

    @override_settings(SIGNAL_INSPECTOR_KEEP=2)
    def test_page_views_push_no_registration_out_and_none_pushes_a_page_view_out(self):
        fired = sample()
        views = [make_trace(), _heard(CONNECTED), _heard(STARTED, FINISHED), _heard(*summary.EACH_TIME)]
        for trace in (views[0], fired, views[1], fired, views[2], fired, *views[2:]):
            save(trace)
        with self.assertNumQueries(4):
            store.prune()
        self.assertEqual([int(row.pk, 16) for row in store.newest()], [7, 6, 5, 3])

    @override_settings(SIGNAL_INSPECTOR_KEEP=1)
    def test_what_is_heard_beside_what_each_request_sends_has_fired(self):
        for names in ([STARTED, "sample_shop.signals.sold"], [CONNECTED, POST_SAVE], [f"{STARTED}_too"]):
            with self.subTest(names):
                fired = save(_heard(*names))
                save(make_trace())
                store.prune()
                self.assertIn(fired.pk, store.kept())
                StoredTrace.objects.all().delete()

    def fail_if_heard(self, sender, **kwargs):
        self.fail("A signal was sent.")

    def test_the_list_reads_no_trace(self):
        self.fill(1)
        self.assertEqual(store.newest()[0].get_deferred_fields(), {"data", "edges"})

    def test_nothing_is_forgotten_while_there_is_room(self):
        self.fill(3)
        with self.assertNumQueries(2):
            store.prune()
        self.assertEqual(StoredTrace.objects.count(), 3)

    def test_it_happens_now_and_then(self):
        with mock.patch.object(store, "prune") as prune, mock.patch.object(store, "_stores", iter(range(100))):
            self.fill(2 * store.PRUNED_EVERY + 1)
        self.assertEqual(prune.call_count, 3)


class GlanceTests(TestCase):
    def test_it_shows_what_fired_and_not_what_each_request_sends(self):
        fired = save()
        save(make_trace())
        save(_heard(STARTED))
        self.assertEqual([row.pk for row in store.glance(3)], [fired.pk])

    def test_it_shows_requests_and_not_what_workers_did_for_them(self):
        fired = save()
        save_work(whole=fired, trace=make_trace(node(SIGNAL, "shop.events.paid")))
        self.assertEqual([row.pk for row in store.glance(3)], [fired.pk])

    def test_the_newest_come_first_in_one_statement(self):
        rows = [save() for _ in range(4)]
        with self.assertNumQueries(1 + SAVEPOINT):
            self.assertEqual([row.pk for row in store.glance(2)], [rows[3].pk, rows[2].pk])

    def test_what_is_kept_is_told_by_ids(self):
        rows = [save(), save()]
        with self.assertNumQueries(1 + SAVEPOINT):
            self.assertEqual(store.kept(), {row.pk for row in rows})


class ConnectionTests(TransactionTestCase):
    available_apps = None

    def setUp(self):
        store._reported.clear()

    def test_a_missing_table_is_logged_once(self):
        with connection.schema_editor() as editor:
            editor.delete_model(StoredTrace)
        try:
            with self.assertLogs("signal_inspector.requests.store") as logs:
                for number in range(2):
                    values = {
                        "id": str(number),
                        "method": "",
                        "path": "",
                        "status": 0,
                        "duration": 0,
                        "before": "",
                    }
                    store.save(values, make_trace())
            self.assertEqual(len(logs.output), 1)
            with self.assertNoLogs("signal_inspector.requests.store"):
                self.assertEqual(store.glance(1), [])
        finally:
            with connection.schema_editor() as editor:
                editor.create_model(StoredTrace)

    def test_a_connection_that_was_closed_is_closed_again_if_the_project_wants_it_so(self):
        values = {
            "id": "1",
            "method": "",
            "path": "",
            "status": 0,
            "duration": 0,
            "before": "",
        }
        for was_open, closed in ((False, 1), (True, 0)):
            connection.ensure_connection()
            kept = connection.connection
            with (
                mock.patch.object(connection, "close_if_unusable_or_obsolete") as close,
                mock.patch.object(connection, "connection", kept if was_open else None),
                mock.patch.object(store, "_insert"),
                mock.patch.object(store, "_stores", iter([1])),
            ):
                store.save(values, make_trace())
                self.assertEqual(close.call_count, closed)


class PageTests(TestCase):
    """What pages ask for that show more than traces: they go without where there is no table."""

    def setUp(self):
        store._reported.clear()

    def test_the_stories_of_all_traces_in_one_statement(self):
        save()
        save(make_trace())
        with self.assertNumQueries(1 + SAVEPOINT):
            self.assertEqual(store.stories(), [[], summary.fired(sample())])

    def test_a_trace_of_an_earlier_version_has_no_story(self):
        save()
        StoredTrace.objects.update(summary='{"signals": [], "apps": []}')
        self.assertEqual(store.stories(), [[]])

    def test_where_a_receiver_was_called(self):
        stored = save()
        with self.assertNumQueries(1 + SAVEPOINT):
            self.assertEqual(store.calling("sample_shop.signals.look", 5), [stored])
        for name in ("sample_shop.signals.loo", "%", POST_SAVE, "look"):
            self.assertEqual(store.calling(name, 5), [])

    def test_they_go_without_a_table(self):
        with no_table(), transaction.atomic(), self.assertLogs("signal_inspector"), transaction.atomic():
            self.assertEqual(store.stories(), [])
            transaction.set_rollback(True)
