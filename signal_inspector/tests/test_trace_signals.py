import io
import json
import sys
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from unittest import mock

from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models.signals import post_save, pre_save
from django.test import TestCase, override_settings

from signal_inspector.models import StoredTrace
from signal_inspector.tests.support import (
    BEGAN,
    KEY,
    POST_SAVE,
    an_attempt,
    leaving,
    make_trace,
    no_table,
    node,
    save,
    save_work,
)
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL


def trace_signals(*words, **options):
    out = io.StringIO()
    call_command("trace_signals", *words, stdout=out, **options)
    return out.getvalue()


@contextmanager
def connected(signal, receiver, **options):
    signal.connect(receiver, weak=False, **options)
    try:
        yield
    finally:
        signal.disconnect(receiver, **options)


def greet(sender, instance, **kwargs):
    mail.send_mail("Hello", "", "a@example.com", ["b@example.com"])
    transaction.on_commit(lambda: None, using=instance._state.db)


def refuse(sender, **kwargs):
    raise ValueError("refused")


class Talkative(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--code", type=int, default=0)

    def handle(self, code, **options):
        self.stdout.write("Working.")
        print("Printed.")
        Group.objects.create(name=f"made {code}")
        if code == 100:
            sys.exit(7)
        if code:
            raise CommandError("It went wrong.", returncode=code)


class StoredTests(TestCase):
    """What a request set off, in a terminal."""

    def setUp(self):
        receiver = node(RECEIVER, "sample_shop.signals.greet", error="KeyError")
        self.older = save(make_trace(node(SIGNAL, POST_SAVE, receiver, sender="auth.Group")), id="a" * 32)
        self.newest = save(make_trace(node(SIGNAL, "sample_shop.signals.sold")), id="b" * 32)

    def test_the_newest_or_one_of_an_id(self):
        self.assertIn("sold", trace_signals("--stored"))
        for key in (self.older.pk, self.older.pk[:12]):
            text = trace_signals("--stored", key)
            self.assertTrue(text.startswith(f"{self.older.label}, answered {self.older.status}\n"), text)
            self.assertIn("sample_shop.signals.greet", text)
            self.assertNotIn("sold", text)
        data = json.loads(trace_signals("--stored", self.older.pk, "--format=json"))
        self.assertEqual(data["counts"]["errors"], 1)

    def test_the_newest_that_fired_something(self):
        save(make_trace(), path="/quiet/")
        self.assertTrue(trace_signals("--stored").startswith(f"{self.newest.label}, answered"))
        StoredTrace.objects.exclude(path="/quiet/").delete()
        with self.assertRaisesMessage(CommandError, "nothing has fired"):
            trace_signals("--stored")

    def test_as_a_file(self):
        data = json.loads(trace_signals("--stored", self.older.pk, "--as", "speedscope"))
        self.assertEqual(data["name"], "POST /register/, answered 302")
        self.assertTrue(trace_signals("--stored", "--as=mermaid").startswith("sequenceDiagram"))
        with self.assertRaisesMessage(CommandError, "--as writes a trace"):
            trace_signals("--why", "update_last_login", "--as", "svg")

    def test_two_compared(self):
        text = trace_signals("--compare", "a", "b")
        self.assertTrue(
            text.startswith("Before: POST /register/, answered 302\nAfter:  POST /register/, answered 302\n")
        )
        self.assertIn("1 signal was added: sold.\n", text)
        self.assertIn("-       sample_shop.signals.greet  [gone]", text)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(trace_signals("--stored", "a", "--format=json"))
            file.flush()
            self.assertIn("The same fired, in the same order.", trace_signals("--compare", file.name, "a"))

    def test_what_can_not_be_compared_is_told_in_a_line(self):
        for words, message in (
            (["a", "c"], "There is no such trace."),
            (["a", ""], "no file"),
            (["a", "b", "--as", "svg"], "--compare is told as text."),
            (["a", "b", "--stored"], "not allowed with"),
        ):
            with self.subTest(words), self.assertRaisesMessage(CommandError, message):
                trace_signals("--compare", *words)

    def test_one_of_another_version_is_told_in_a_sentence(self):
        StoredTrace.objects.filter(pk=self.older.pk).update(data='{"version": 99}')
        with self.assertRaisesMessage(CommandError, "stored by another version of the program"):
            trace_signals("--stored", self.older.pk)

    def test_there_is_none(self):
        with self.assertRaisesMessage(CommandError, "There is no such trace."):
            trace_signals("--stored", "nonsense")
        with self.assertRaisesMessage(CommandError, "Give either a command, or one of"):
            trace_signals("--stored", "--", "check")

    def test_there_is_no_table(self):
        with (
            no_table(),
            self.assertRaisesMessage(CommandError, "migrate signal_inspector"),
            transaction.atomic(),
        ):
            trace_signals("--stored")


class LaterTests(TestCase):
    """What other processes did for a request, in a terminal."""

    def told(self, *words):
        """Return the lines of the tree as they stand there, without the legend."""
        text = trace_signals("--stored", *words)
        return text[text.index("queries\n") :]

    def test_each_attempt_stands_beneath_its_receiver_with_what_its_process_recorded(self):
        whole = save(leaving())
        save_work(an_attempt(1, "again", error="SMTPException", next_at=BEGAN + timedelta(minutes=2)), whole)
        saved = node(SIGNAL, POST_SAVE, node(RECEIVER, "shop.signals.count", queries=2), sender="shop.Mail")
        save_work(an_attempt(2), whole, make_trace(saved, queries=1))
        self.assertIn(
            """\
   0.00 ms           paid
   0.00 ms           └─ shop.signals.send_receipt
 100.00 ms              ├─ attempt 1, by worker 7 on web-2, after a wait of 250.0 ms: raised SMTPException, \
again at 12:02:00
 100.00 ms        3     └─ attempt 2, by worker 7 on web-2, after a wait of 250.0 ms: done
   0.00 ms        2        └─ post_save of shop.Mail
   0.00 ms        2           └─ shop.signals.count
""",
            self.told(whole.pk),
        )
        self.assertIn("Total: 1 signal, 1 receiver, 0 callbacks, 0 queries", self.told(whole.pk))

    def test_one_that_left_no_record_and_the_wait_for_another_are_told(self):
        whole = save(leaving(KEY, "another"))
        save_work(an_attempt(2, "lost"), whole)
        told = self.told()
        self.assertIn(
            "├─ attempt 1 left no record: its process was stopped in the middle, or recorded nothing\n", told
        )
        self.assertIn("├─ attempt 2, by worker 7 on web-2, after a wait of 250.0 ms: does not count, as it", told)
        self.assertEqual(told.count("└─ waiting\n"), 2)

    def test_one_of_the_same_process_names_the_line_in_which_it_ran(self):
        trace = leaving()
        inner = node(RECEIVER, "shop.signals.send_receipt")
        trace.roots.append(node(CALLBACK, "shop.signals.pay.<locals>.<lambda>", inner, how="on_commit", queries=4))
        trace.attempts.append(an_attempt(node=inner))
        told = self.told(save(trace).pk)
        self.assertIn(
            "100.00 ms              └─ attempt 1, in this process, in “after the commit: shop.signals.pay", told
        )

    def test_work_that_leaves_work_in_turn_is_followed(self):
        whole = save(leaving())
        inner = save_work(whole=whole, trace=leaving("inner"))
        save_work(an_attempt(key="inner"), inner)
        with self.assertNumQueries(3):
            told = self.told(whole.pk)
        self.assertRegex(told, r"(?s)└─ attempt 1, by .*└─ shop\.signals\.send_receipt\n.*└─ attempt 1, by")

    def test_the_newest_is_a_request_and_where_there_is_none_it_is_work(self):
        work = save_work(trace=leaving())
        self.assertTrue(trace_signals("--stored").startswith("shop.signals.send_receipt, attempt 1 by"))
        whole = save(leaving())
        save_work(whole=whole, trace=leaving())
        self.assertTrue(trace_signals("--stored").startswith("POST /register/, answered 302\n"))
        self.assertTrue(trace_signals("--stored", work.pk).startswith("shop.signals.send_receipt, attempt 1 by"))

    def test_work_names_the_request_that_it_came_from(self):
        whole = save(leaving())
        work = save_work(whole=whole)
        told = (
            f"shop.signals.send_receipt for POST /register/ ({whole.pk}), attempt 1 by worker 7 on web-2, after a wait"
        )
        self.assertTrue(trace_signals("--stored", work.pk).startswith(told))
        whole.delete()
        self.assertIn(f"for a request that is not kept any more ({work.part_of})", trace_signals("--stored", work.pk))

    def test_part_of_another_version_is_told_without_its_tree(self):
        whole = save(leaving())
        StoredTrace.objects.filter(pk=save_work(whole=whole, trace=leaving()).pk).update(data='{"version": 99}')
        self.assertIn("└─ attempt 1, by worker 7", self.told(whole.pk))

    def test_as_json(self):
        whole = save(leaving())
        work = save_work(whole=whole)
        [found] = json.loads(trace_signals("--stored", whole.pk, "--format=json"))["work"]
        self.assertEqual(
            (found["key"], found["receiver"], found["is_open"]), (KEY, "shop.signals.send_receipt", False)
        )
        self.assertEqual([each["trace"] for each in found["attempts"]], [work.pk])


class TraceSignalsTests(TestCase):
    databases = "__all__"

    @classmethod
    def setUpTestData(cls):
        cls.group = Group.objects.create(name="editors")

    def fails(self, *words, code=1):
        with self.assertRaises(CommandError) as caught:
            trace_signals(*words)
        self.assertEqual(caught.exception.returncode, code)
        self.assertNotIn("\n", str(caught.exception))
        return str(caught.exception)

    def talk(self, *words):
        with mock.patch("signal_inspector.trials.doing.get_commands", return_value={"talk": Talkative()}):
            return trace_signals(*words)

    def test_a_save_is_rolled_back_and_its_tree_printed(self):
        with connected(post_save, greet, sender=Group):
            told = trace_signals("--save", f"auth.Group:{self.group.pk}", "--set", "name=renamed")
        self.assertIn(f"post_save of auth.Group:{self.group.pk}\n", told)
        self.assertIn("test_trace_signals.greet\n", told)
        self.assertIn("after the commit: signal_inspector.tests.test_trace_signals.greet  not run", told)
        self.assertIn("Would run after the commit:\n  signal_inspector.tests.test_trace_signals.greet", told)
        self.assertIn("Rolled back: default", told)
        self.assertIn("kept in memory: 1 mail.", told)
        self.assertIn("A rollback does not undo: files", told)
        self.assertEqual(Group.objects.get().name, "editors")
        self.assertEqual(mail.outbox, [])

    def test_a_creation_and_a_deletion_are_rolled_back(self):
        created = trace_signals("--create", "group", "--set", "name=readers")
        deleted = trace_signals("--delete", f"auth.Group:{self.group.pk}")
        self.assertIn("post_save", created)
        self.assertIn("pre_delete", deleted)
        self.assertEqual(list(Group.objects.all()), [self.group])

    def test_code_is_rolled_back_though_it_asks_for_an_outermost_block(self):
        code = (
            "from django.db import transaction\nwith transaction.atomic(durable=True): Group.objects.create(name='x')"
        )
        self.assertIn("post_save", trace_signals("--code", code))
        self.assertEqual(Group.objects.count(), 1)

    def test_what_waits_for_the_commit_is_run_if_asked(self):
        with connected(post_save, greet, sender=Group):
            told = trace_signals("--create", "auth.Group", "--set", "name=x", "--after-commit")
        self.assertRegex(told, r"after the commit: signal_inspector.tests.test_trace_signals.greet\n")
        self.assertNotIn("not run", told)
        self.assertEqual(Group.objects.count(), 1)

    def test_json_holds_all_of_it(self):
        with connected(post_save, greet, sender=Group):
            data = json.loads(trace_signals("--save", f"auth.Group:{self.group.pk}", "--format", "json"))
        self.assertEqual(data["counts"]["callbacks"], 1)
        self.assertEqual(data["after_commit"], ["signal_inspector.tests.test_trace_signals.greet.<locals>.<lambda>"])
        self.assertEqual((data["mails"], data["error"]), (1, ""))
        self.assertIn("default", data["rolled_back"])

    def test_the_tree_is_printed_of_what_fails(self):
        out = io.StringIO()
        with connected(post_save, refuse, sender=Group), self.assertRaisesMessage(CommandError, "ValueError: refused"):
            call_command("trace_signals", "--save", f"auth.Group:{self.group.pk}", stdout=out)
        self.assertIn("refuse  raised ValueError", out.getvalue())
        self.assertIn("stopped by ValueError", out.getvalue())

    def test_a_command_speaks_first_and_keeps_what_it_did(self):
        with mock.patch("sys.stdout", io.StringIO()) as printed, connected(pre_save, greet, sender=Group):
            told = self.talk("talk")
        self.assertTrue(told.startswith("Working.\n"), told)
        self.assertIn("pre_save of auth.Group:new", told)
        self.assertNotIn("Rolled back", told)
        self.assertEqual(printed.getvalue(), "Printed.\n")
        self.assertTrue(Group.objects.filter(name="made 0").exists())

    def test_a_command_that_is_traced_as_json_prints_elsewhere(self):
        with mock.patch("sys.stderr", io.StringIO()) as errors:
            self.assertEqual(json.loads(self.talk("talk", "--format", "json"))["error"], "")
        self.assertIn("Printed.", errors.getvalue())

    def test_the_exit_code_of_a_command_is_passed_on(self):
        with mock.patch("sys.stdout", io.StringIO()):
            with self.assertRaisesMessage(CommandError, "It went wrong.") as caught:
                self.talk("--", "talk", "--code", "5")
            self.assertEqual(caught.exception.returncode, 5)
            with self.assertRaises(SystemExit) as caught:
                self.talk("--", "talk", "--code", "100")
            self.assertEqual(caught.exception.code, 7)

    def test_wrong_names_are_told_in_a_line(self):
        for words, message in (
            (["--save", "auth.Grop:1"], "There is no model 'auth.Grop'. Did you mean auth.Group?"),
            (["--save", "auth.Group"], "'auth.Group' names no row. Give model and primary key, as in auth.User:1."),
            (["--save", "auth.Group:x"], "'x' can't be a primary key of auth.Group."),
            (["--delete", "auth.Group:0"], "The database 'default' has no auth.Group with the primary key 0."),
            (["--create", "auth.Group"], "A new auth.Group needs more: --set name=…"),
            (["--create", "auth.Group", "--set", "nam=x"], "auth.Group has no field 'nam'. It has id, name."),
            (["--create", "auth.Group", "--set", "name"], "'name' sets nothing. Give name=value."),
            (["--create", "auth.Permission", "--set", "content_type=0"], "content_type: The database"),
            (["--save", "auth.Group:1", "--database", "nowhere"], "There is no database 'nowhere'."),
            (["--why", "test_trace_signals.refuse"], "No receiver is named 'test_trace_signals.refuse'"),
            (["--code", "1 +"], "The code can't be read: "),
            (["--code", "1", "--why", "no_such_receiver"], "No receiver is named 'no_such_receiver'"),
            (["--why", "update_last_login", "--operation", "upsert:auth.Group"], "There is no operation 'upsert'."),
            (["--", "chek"], "There is no command 'chek'. Did you mean check?"),
            (["--code", "1", "--", "check"], "Give either a command, or one of --save"),
            (["--after-commit", "--", "check"], "A command commits by itself"),
            ([], "Give a command after --"),
            (["--code", "1", "--set", "name=x"], "--set goes with --create or --save."),
        ):
            with self.subTest(words):
                self.assertTrue(self.fails(*words).startswith(message), self.fails(*words))

    def test_what_a_receiver_saved_stands_at_the_end_of_its_line(self):
        def log(sender, **kwargs):
            for name in "ab":
                Permission.objects.create(name=name, codename=name, content_type_id=1)
            Permission.objects.first().save()

        with connected(post_save, log, sender=Group):
            told = trace_signals("--create", "auth.Group", "--set", "name=x")
        self.assertRegex(told, r"<locals>\.log +created auth\.Permission 2 times, saved auth\.Permission\n")

    def test_where_it_came_from(self):
        def copy(sender, instance, **kwargs):
            if instance.name == "one":
                Group.objects.create(name="two")

        create = ("--create", "auth.Group", "--set", "name=one")
        place = rf"post_save of auth\.Group:\d+ \(created\)  from {__name__}:\d+ in .*\.<locals>\.copy\n"
        with connected(post_save, copy, sender=Group):
            self.assertRegex(trace_signals("--where", *create), place)
            self.assertNotRegex(trace_signals(*create), place)
            trace = json.loads(trace_signals("--where", "--format", "json", *create))["trace"]
        origins = [trace["places"][node["origin"]] for node in trace["nodes"] if "origin" in node]
        self.assertIn(__name__, [module for module, _line, _name in origins])

    def test_the_tree_is_cut(self):
        code = "for name in 'abc': Group.objects.create(name=name)"
        with connected(post_save, greet, sender=Group):
            with self.assertRaisesMessage(CommandError, "--max-nodes is a number of nodes, 1 or more."):
                trace_signals("--code", code, "--max-nodes=-5")
            told = trace_signals("--code", code, "--max-nodes", "4")
        self.assertRegex(told, r"The trace is full: \d+ more were not recorded\.")

    def test_a_terminal_that_knows_ascii_alone(self):
        out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        code = f"Group.objects.get(pk={self.group.pk}).save()"
        with connected(post_save, greet, sender=Group):
            call_command("trace_signals", "--code", code, stdout=out)
        call_command("trace_signals", "--why", "update_last_login", stdout=out)
        out.seek(0)
        told = out.read()
        self.assertIn("`- signal_inspector.tests.test_trace_signals.greet", told)
        self.assertIn("trace_signals --why ? --save", told)

    def test_it_is_coloured_in_a_terminal_alone(self):
        with connected(post_save, greet, sender=Group):
            code = f"Group.objects.get(pk={self.group.pk}).save()"
            self.assertNotIn("\x1b", trace_signals("--code", code))
            self.assertIn("\x1b[36;1mpost_save", trace_signals("--code", code, force_color=True))

    def test_what_nobody_heard_is_counted(self):
        self.assertIn("post_save 2 times", trace_signals("--code", "Permission.objects.first().save();" * 2))
        self.assertTrue(Permission.objects.exists())


def add_a(sender, instance, **kwargs):
    instance.name += "A"


def add_b(sender, instance, **kwargs):
    instance.name += "B"


def a_story():
    return lambda: Group.objects.create(name="told")


class ShuffleTests(TestCase):
    """The same under other orders of the receivers."""

    databases = {"default", "other"}

    def setUp(self):
        for receiver in (add_a, add_b):
            pre_save.connect(receiver, sender=Group)
            self.addCleanup(pre_save.disconnect, receiver, sender=Group)

    def shuffle(self, *words, **options):
        out = io.StringIO()
        try:
            call_command("trace_signals", *words, stdout=out, **options)
        except CommandError as error:
            return out.getvalue(), str(error)
        return out.getvalue(), ""

    def test_the_pair_is_named_and_the_command_fails(self):
        told, error = self.shuffle("--create", "auth.Group", "--set", "name=x", "--shuffle", "2", "--seed", "5")
        self.assertIn("add_a has to run before", told)
        self.assertIn("the seed 5", " ".join(told.split()))
        self.assertEqual(error, "The order of receivers matters.")
        self.assertFalse(Group.objects.exists())

    def test_as_json(self):
        told, _error = self.shuffle("--code", "Group.objects.create(name='x')", shuffle=1, seed=5, format="json")
        report = json.loads(told)
        self.assertEqual((report["seed"], report["pairs"][0]["sender"]), (5, "auth.Group"))

    @override_settings(SIGNAL_INSPECTOR_STORIES={"a tale": f"{__name__}.a_story"})
    def test_a_story_is_traced_and_shuffled(self):
        self.assertIn("add_a", trace_signals("--story", "a tale"))
        self.assertIn("add_a has to run before", self.shuffle("--story", "a tale", "--shuffle")[0])
        self.assertIn("There is no story", self.shuffle("--story", "another")[1])

    def test_what_commits_is_not_shuffled(self):
        for words in (["--shuffle", "--", "check"], ["--shuffle", "--why", "add_a"]):
            self.assertIn("--shuffle goes with what is rolled back", self.shuffle(*words)[1])
        self.assertIn("0 or more", self.shuffle("--code", "1", "--shuffle", "-1")[1])
