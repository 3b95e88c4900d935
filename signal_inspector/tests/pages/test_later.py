"""Beneath a receiver that left its work for later its page shows what came of that."""

import json
from datetime import UTC, datetime, timedelta

from django.test import TestCase, override_settings
from django.utils import timezone

from signal_inspector.models import StoredTrace
from signal_inspector.pages.trace.later import in_words
from signal_inspector.requests import store
from signal_inspector.tests.pages.test_trace_views import words
from signal_inspector.tests.support import Site, make_trace, node, save, site
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL, Detail
from signal_inspector.traces.work import AGAIN, DONE, GIVEN_UP, LOST, Attempt

NAME, SIGNALLED = "sample_shop.signals.print_invoice", "sample_shop.events.sold"
BEGAN = datetime(2026, 11, 29, 12, tzinfo=UTC)


def attempt(number=1, outcome=DONE, error="", next_at=None, waited=2.5, **more):
    started = BEGAN + timedelta(minutes=number)
    return Attempt("one", number, "worker 7 on web-2", waited, started, 0.25, outcome, error, next_at, **more)


def leaving(*attempts):
    """Return a trace with a receiver that left its work for later, and what was done of it in the same process."""
    receiver = node(RECEIVER, NAME, detail=Detail(work="one"))
    doing = node(CALLBACK, "sample_shop.outbox.hand_over", start=0.02, duration=0.01)
    trace = make_trace(node(SIGNAL, SIGNALLED, receiver, sender="shop.Order", duration=0.01), doing)
    trace.attempts.extend(attempts)
    for each in attempts:
        each.node = doing
    return trace


def save_part(whole, made):
    """Store what another process did for a trace."""
    values = {"method": "WORK", "path": NAME, "status": 0, "part_of": whole.pk}
    return save(make_trace(node(RECEIVER, NAME, queries=3)), **values, work=store.as_json(made.as_data()))


@override_settings(DEBUG=True)
@site
class LaterTests(Site, TestCase):
    def page(self, stored, statements=2):
        with self.assertNumQueries(statements):
            return self.client.get(stored.get_absolute_url())

    def test_what_nobody_has_done_yet_waits(self):
        response = self.page(save(leaving()), 3)
        self.assertIn("waiting for a process that does it", words(response))
        self.assertContains(response, "data-open")

    def test_what_another_process_did_stands_beneath_the_receiver_with_a_link(self):
        stored = save(leaving())
        part = save_part(stored, attempt())
        response = self.page(stored, 3)
        self.assertIn("attempt 1 done after a wait of 2.5 s by worker 7 on web-2 its trace", words(response))
        self.assertContains(response, f'href="{part.get_absolute_url()}"')
        self.assertContains(response, f'href="{part.get_absolute_url()}branch/0/"')
        self.assertIn("3 statements", words(response))
        self.assertNotContains(response, "data-open")

    def test_what_was_done_in_this_process_leads_to_its_line(self):
        response = self.page(save(leaving(attempt(waited=0.004))), 3)
        self.assertIn("attempt 1 done after a wait of 4.0 ms in this process: line 3", words(response))
        self.assertContains(response, 'href="#line-3"')

    def test_each_attempt_is_told_with_its_error_and_the_next_one_with_its_time(self):
        at = BEGAN.replace(hour=13)
        stored = save(leaving(attempt(error="Trouble 111 (x.py, line 1)", outcome=AGAIN, next_at=BEGAN)))
        save_part(stored, attempt(2, AGAIN, "<b>Trouble</b>", at))
        response = self.page(stored, 3)
        self.assertContains(response, "Trouble 111 (x.py, line 1)")
        self.assertContains(response, "&lt;b&gt;Trouble&lt;/b&gt;")
        self.assertIn("waiting for the next attempt, at 13:00:00 on 11/29/2026", words(response))
        save_part(stored, attempt(3, GIVEN_UP, "Trouble"))
        response = self.page(stored, 3)
        self.assertIn("attempt 3 Trouble given up", words(response))
        self.assertNotContains(response, "data-open")

    def test_an_attempt_that_left_no_record_is_told_of(self):
        stored = save(leaving())
        save_part(stored, attempt(3))
        response = self.page(stored, 3)
        for number in (1, 2):
            self.assertIn(f"attempt {number} no record", words(response))
        save_part(stored, attempt(4, LOST))
        self.assertIn("attempt 4 does not count", words(self.page(stored, 3)))

    def test_the_page_asks_for_what_is_new(self):
        stored = save(leaving())
        address = f"{stored.get_absolute_url()}later/"
        first = json.loads(self.client.get(address).content)
        self.assertIn("waiting", first["parts"])
        with self.assertNumQueries(1):
            self.assertEqual(self.client.get(address, {"seen": first["seen"]}).status_code, 204)
        save_part(stored, attempt())
        second = json.loads(self.client.get(address, {"seen": first["seen"]}).content)
        self.assertNotIn("data-open", second["parts"])
        self.assertIn("worker 7 on web-2", second["parts"])
        self.assertEqual(self.client.get(f"/signals/traces/{'f' * 32}/later/").status_code, 404)

    def test_a_trace_without_such_work_asks_for_nothing(self):
        response = self.page(save())
        self.assertNotContains(response, "data-later")

    def test_the_page_of_the_work_tells_where_it_came_from(self):
        stored = save(leaving())
        part = save_part(stored, attempt(2, AGAIN, "Trouble", timezone.now()))
        response = self.page(part, 3)
        self.assertIn("attempt 2, by worker 7 on web-2 Trouble tried again at", words(response))
        self.assertIn("Left for later by: POST /register/", words(response))
        self.assertContains(response, f'href="{stored.get_absolute_url()}"')
        self.assertNotIn("answered", words(response))
        StoredTrace.objects.filter(pk=stored.pk).delete()
        self.assertIn("a request whose trace is not kept any more", words(self.page(part, 3)))

    def test_lines_of_two_traces_have_ids_of_their_own(self):
        stored = save(leaving())
        part = save_part(stored, attempt())
        self.assertContains(self.page(stored, 3), 'id="line-1"')
        branch = self.client.get(f"{part.get_absolute_url()}branch/0/", {"part": 1})
        self.assertContains(branch, f'id="line-{part.pk[:8]}-1"')

    def test_times_in_words(self):
        self.assertEqual([in_words(each) for each in (0.0, 0.25, 2.5, 720)], ["0.0 ms", "250.0 ms", "2.5 s", "12 min"])
