"""
Another project, whose receivers are of every odd kind, and which knows nothing of the inspector.

It is in the folder ``foreign``, and runs in a process of its own: a proxy, a child or a swapped-out user model would
be in everybody's way here.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.test import SimpleTestCase

HERE = Path(__file__).resolve().parent
TRACE = "trace_signals"

COMMANDS = {
    "listed": ("signals", "--format", "json"),
    "saved": (TRACE, "--save", "sample_shop.Order:1"),
    "saved json": (TRACE, "--save", "sample_shop.Order:1", "--set", "data=[1, 2]", "--format", "json"),
    "created": (
        *(TRACE, "--create", "sample_shop.Order", "--set", "customer=1", "--set", "paid=yes"),
        *("--set", "placed_at=2026-01-02 03:04", "--format", "json"),
    ),
    "refused": (
        *(TRACE, "--create", "sample_shop.Order", "--set", "customer=1", "--set", "paid=no"),
        *("--set", 'data={"refuse": true}'),
    ),
    "incomplete": (TRACE, "--create", "sample_shop.Order"),
    "no such customer": (TRACE, "--create", "sample_shop.Order", "--set", "customer=7"),
    "deleted": (TRACE, "--delete", "sample_shop.Order:1", "--format", "json"),
    "awaited": (TRACE, "--code", "await Order.objects.acreate(customer_id=1, paid=True)"),
    "command": (TRACE, "--", "check", "--tag", "urls"),
    # Why was it not called?
    "stopped": (
        *(TRACE, "--why", "after_refusal", "--code"),
        "Order.objects.create(customer_id=1, paid=True, data={'refuse': True})",
    ),
    "answered": (TRACE, "--why", "left_alone"),
    "a child was saved": (
        *(TRACE, "--why", "hear_parent_only", "--code"),
        "GiftOrder.objects.create(customer_id=1, paid=True)",
    ),
    "a proxy was saved": (
        *(TRACE, "--why", "hear_parent_only", "--code"),
        "ExpressOrder.objects.create(customer_id=1, paid=True)",
    ),
    "a child would be saved": (TRACE, "--why", "hear_parent_only", "--operation", "save:sample_shop.GiftOrder"),
    "local": (TRACE, "--why", "connect_all.local"),
    "a model that nobody has": (TRACE, "--why", "wait_for_ghost"),
    "a module that nobody imports": (TRACE, "--why", "never_imported"),
    "a taken uid": (TRACE, "--why", "second_of_two"),
    "a swapped-out model": (TRACE, "--why", "hear_user", "--operation", "save:sample_shop.Customer"),
    "the model of a relation": (TRACE, "--why", "hear_tags", "--code", "Order.objects.get().tags.create(name='a')"),
    "after the commit": (TRACE, "--why", "hear_payment", "--save", "sample_shop.Order:1"),
    "connected to nothing": (TRACE, "--why", "left_alone"),
    "disconnected": (TRACE, "--why", "taken_out"),
    "connected by nobody": (TRACE, "--why", "waits_for_connect"),
    "silent": (TRACE, "--why", "hear_parent_only", "--operation", "update:sample_shop.Order"),
    "silent and traced": (TRACE, "--why", "hear_parent_only", "--code", "Order.objects.update(paid=True)"),
    "another signal": (TRACE, "--why", "hear_parent_only", "--operation", "delete:sample_shop.Order"),
    "a partial": (TRACE, "--why", "receivers.count", "--save", "sample_shop.Order:1"),
    "several": (TRACE, "--why", "Ledger"),
    "nothing done": (TRACE, "--why", "hear_parent_only"),
}

# The first answer to each question.
ANSWERS = {
    "stopped": ("earlier-exception", "sample_shop.receivers.refuse, which runs before it, raised ValueError"),
    "a child was saved": ("other-sender", "sample_shop.GiftOrder is a child of sample_shop.Order"),
    "a proxy was saved": ("other-sender", "sample_shop.ExpressOrder is a proxy of sample_shop.Order"),
    "a child would be saved": ("other-sender", "save() sends post_save with the sender sample_shop.GiftOrder"),
    "local": ("collected", "With DEBUG=True a cache of Django's"),
    "a model that nobody has": ("lazy-sender", "waits for the model sample_shop.ghost"),
    "a module that nobody imports": ("not-imported", "Nobody has imported sample_shop.signals"),
    "a taken uid": ("uid-taken", "'sample_shop.two' is taken at post_save by sample_shop.receivers.first_of_two"),
    "a swapped-out model": ("swapped-out", "swapped for sample_shop.Customer"),
    "the model of a relation": ("other-sender", "m2m_changed is never sent by sample_shop.Order"),
    "after the commit": ("after-commit", "sample_shop.receivers.tell_customer.<locals>.<lambda>"),
    "connected to nothing": ("not-connected", "sample_shop.receivers.left_alone is connected to no signal"),
    "disconnected": ("disconnected", "disconnects it from post_save"),
    "connected by nobody": ("not-run", "never_called() connects it to post_save"),
    "silent": ("silent-operation", "QuerySet.update() sends no post_save"),
    "silent and traced": ("not-sent", "post_save was not sent while this was recorded"),
    "another signal": ("other-signal", "delete() does not send post_save"),
    "a partial": ("called", "functools.partial(sample_shop.receivers.count) was called"),
    "nothing done": ("connected", "is connected to post_save of sample_shop.Order"),
}


def told_by(commands):
    """Return what each of some commands (a dict of tuples) wrote in the foreign project, and how it ended."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE / "foreign")]),
        "DJANGO_SETTINGS_MODULE": "foreign_settings",
    }
    result = subprocess.run(
        [sys.executable, "-W", "error", str(HERE / "foreign" / "tell.py")],
        input=json.dumps(commands),
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if result.returncode:
        raise AssertionError(result.stderr)
    return json.loads(result.stdout)


class ForeignTests(SimpleTestCase):
    """Nothing of that project is changed, but for the line in its INSTALLED_APPS."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        commands = {
            name: (*words, "--format", "json") if name in ANSWERS else words for name, words in COMMANDS.items()
        }
        cls.answers = told_by(commands)

    def out(self, name, code=0):
        answer = self.answers[name]
        self.assertEqual(answer["code"], code, answer)
        return answer["out"]

    def test_no_row_is_left_changed(self):
        self.assertEqual({answer["rows"] for answer in self.answers.values()}, {"[1, False, {}]"})

    def test_every_receiver_that_is_alive_stands_in_the_tree(self):
        tree = self.out("saved")
        for name in (
            "├─ functools.partial(sample_shop.receivers.count)",
            "├─ sample_shop.receivers.Ledger.note  returned str",
            "├─ sample_shop.receivers.connect_all.<locals>.<lambda>",
            "│  └─ after the commit: sample_shop.receivers.tell_customer  not run",
            "└─ sample_shop.receivers.ship (asynchronous)",
            "   └─ TABLE['shipped'] of sample_shop.Order (asend)",
            "      └─ sample_shop.receivers.pack (asynchronous)  returned str",
        ):
            self.assertIn(f"{name}\n", tree)
        self.assertNotIn("connect_all.<locals>.local", tree)

    def test_mail_is_kept_and_both_databases_are_rolled_back(self):
        data = json.loads(self.out("saved json"))
        self.assertEqual((data["mails"], data["rolled_back"], data["error"]), (1, ["default", "archive"], ""))
        self.assertEqual(data["after_commit"], ["sample_shop.receivers.tell_customer.<locals>.<lambda>"])
        self.assertIn("Not sent, kept in memory: 1 mail.", self.out("saved"))

    def test_a_row_is_created_from_what_was_typed(self):
        data = json.loads(self.out("created"))
        self.assertIn("sample_shop.Order:2", [node.get("instance") for node in data["trace"]["nodes"]])

    def test_a_refusal_is_told_after_the_tree(self):
        self.assertIn("└─ sample_shop.receivers.refuse  raised ValueError", self.out("refused", 1))
        self.assertEqual(self.answers["refused"]["error"], "ValueError: refused")

    def test_what_is_missing_is_named(self):
        self.out("incomplete", 1)
        self.assertEqual(
            self.answers["incomplete"]["error"], "A new sample_shop.Order needs more: --set customer=… --set paid=…"
        )
        self.assertEqual(
            self.answers["no such customer"]["error"],
            "customer: The database 'default' has no sample_shop.Customer 7.",
        )

    def test_await_runs_in_the_transaction(self):
        self.assertIn("post_save of sample_shop.Order:2 (created)", self.out("awaited"))

    def test_a_command_runs_first(self):
        self.assertTrue(self.out("command").startswith("System check identified"))

    def test_questions_are_answered(self):
        for name, (key, text) in ANSWERS.items():
            with self.subTest(name):
                first = json.loads(self.answers[name]["out"])["why"][0]
                self.assertEqual(first["id"], key)
                self.assertIn(text, first["text"])

    def test_an_answer_comes_with_what_to_do(self):
        answer, remedy = self.out("answered").strip().split("\n  ")
        self.assertEqual(answer, "sample_shop.receivers.left_alone is connected to no signal.")
        self.assertTrue(remedy.startswith("Connect it: "))

    def test_an_unclear_name_is_told_with_what_it_may_be(self):
        self.out("several", 1)
        self.assertEqual(
            self.answers["several"]["error"],
            "'Ledger' could be any of these: "
            "sample_shop.receivers.Ledger.__call__, sample_shop.receivers.Ledger.note.",
        )

    def test_the_list_has_signals_of_classes_and_tables(self):
        listed = self.out("listed")
        for name in ("sample_shop.events.Events.paid", "sample_shop.events.TABLE['shipped']"):
            self.assertIn(name, listed)

    def test_a_signal_that_a_decorator_makes_of_a_function_is_described_by_it(self):
        listed = {signal["name"]: signal for signal in json.loads(self.out("listed"))}
        found = listed["sample_shop.announcements.parcel_lost"]
        self.assertEqual(
            (found["when"], found["arguments"]), ("A parcel did not arrive.", "order: 'Order', carrier: str")
        )
        self.assertIn("Sent by nobody here.", found["text"])
        text = (HERE / "foreign" / "sample_shop" / "announcements.py").read_text()
        self.assertEqual(text.splitlines()[found["line"] - 1][:15], "def parcel_lost")
