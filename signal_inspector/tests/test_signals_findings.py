"""``signals --bypassed`` and ``signals --checks``: what is found, as text, JSON and SARIF, and against a baseline."""

import json
import tempfile
from io import StringIO
from pathlib import Path
from unittest import mock

from django.core.management import CommandError, call_command
from django.db.models.signals import post_save

from signal_inspector.scanning import places, skipping
from signal_inspector.tests.scanning.support import FOLDER, NAME, ShopTestCase

HERE = __name__


def hear_order(sender, **kwargs):
    pass


def save_again(sender, instance, **kwargs):
    instance.save()


class FindingsTestCase(ShopTestCase):
    modules = ("statements",)

    def setUp(self):
        self.enterContext(mock.patch.object(skipping, "OWN", "/nowhere/"))
        files = self.enterContext(mock.patch.object(places, "own_files"))
        files.side_effect = lambda: [(str(FOLDER / f"{name}.py"), f"{NAME}.{name}") for name in self.modules]
        self.connect(hear_order, "Order")
        self.baseline = Path(self.enterContext(tempfile.TemporaryDirectory()), "baseline.json")

    def connect(self, receiver, model):
        post_save.connect(receiver, sender=self.model(model))
        self.addCleanup(post_save.disconnect, receiver, sender=self.model(model))

    def run_command(self, *args, **kwargs):
        out = StringIO()
        call_command("signals", *map(str, args), stdout=out, **kwargs)
        return out.getvalue()


class BypassedTests(FindingsTestCase):
    def test_text(self):
        text = self.run_command("--bypassed", "--all")
        self.assertIn("scanned_shop.Order\n", text)
        self.assertIn(f"skips post_save   {HERE}.hear_order  ", text)
        self.assertRegex(
            text, r"  \S*scanning/shop/statements\.py:10 +SQL +cursor\.execute\('UPDATE scanned_shop_order"
        )
        self.assertEqual(text, self.run_command("--bypassed", "--all", "--format", "text"))

    def test_places_that_skip_nobody_are_left_out_unless_asked_for(self):
        self.assertNotIn("scanned_shop.Line", self.run_command("--bypassed", "--format", "json"))
        self.assertIn("scanned_shop.Line", self.run_command("--bypassed", "--format", "json", "--all"))

    def test_json(self):
        data = json.loads(self.run_command("--bypassed", "--format", "json"))
        self.assertEqual(data["version"], 1)
        self.assertEqual([each["line"] for each in data["bypassed"]], [10, 12])
        (skipped,) = data["bypassed"][0]["skipped"]
        self.assertEqual((skipped["signal"], skipped["name"]), ("post_save", f"{HERE}.hear_order"))
        self.assertEqual(data["bypassed"][0]["inside"], "run")

    def test_sarif(self):
        log = json.loads(self.run_command("--bypassed", "--format", "sarif"))
        results = log["runs"][0]["results"]
        self.assertEqual([each["ruleId"] for each in results], ["bypassed.SQL", "bypassed.SQL"])
        self.assertIn(f"SQL of scanned_shop.Order does not call {HERE}.hear_order", results[0]["message"]["text"])
        self.assertEqual([each["id"] for each in log["runs"][0]["tool"]["driver"]["rules"]], ["bypassed.SQL"])

    def test_the_filters_of_the_list(self):
        self.connect(hear_order, "Line")

        def lines(*args):
            return [
                each["line"] for each in json.loads(self.run_command("--bypassed", "--format=json", *args))["bypassed"]
            ]

        self.assertEqual(lines("--sender", "scanned_shop.Order"), [10, 12])
        self.assertIn(13, lines())
        self.assertEqual(lines("pre_save"), [])
        self.assertEqual(lines("hear_order"), lines())
        self.assertEqual(lines("--app", "auth"), [])
        with self.assertRaisesMessage(CommandError, "nowhere"):
            lines("--sender", "nowhere.Order")

    def test_formats_and_baselines_are_for_findings(self):
        for args in (["--format", "sarif"], ["--baseline", "x"], ["--write-baseline", "x"]):
            with self.subTest(args), self.assertRaisesMessage(CommandError, "are for --bypassed and --checks"):
                self.run_command(*args)
        with self.assertRaisesMessage(CommandError, "--format mermaid is for the list"):
            self.run_command("--bypassed", "--format", "mermaid")


class BaselineTests(FindingsTestCase):
    def test_nothing_new(self):
        self.run_command("--bypassed", "--write-baseline", self.baseline)
        text = self.run_command("--bypassed", "--baseline", self.baseline)
        self.assertNotIn("statements.py", text)
        self.assertIn("0 new, 2 known, 0 of the baseline gone", text)

    def test_something_new_ends_with_code_1_and_is_shown(self):
        self.run_command("--bypassed", "--write-baseline", self.baseline)
        self.modules = ("statements", "receivers", "models")
        self.load("receivers")
        out = StringIO()
        with self.assertRaisesMessage(CommandError, "5 new, 2 known, 0 of the baseline gone") as caught:
            call_command("signals", "--bypassed", "--baseline", str(self.baseline), stdout=out)
        self.assertEqual(caught.exception.returncode, 1)
        self.assertNotIn("statements.py", out.getvalue())
        self.assertIn("shop/models.py", out.getvalue())

    def test_a_receiver_that_is_skipped_now_is_new(self):
        self.run_command("--bypassed", "--write-baseline", self.baseline)
        self.connect(save_again, "Order")
        with self.assertRaisesMessage(CommandError, "2 new, 0 known"):
            self.run_command("--bypassed", "--baseline", self.baseline)

    def test_what_is_gone(self):
        self.run_command("--bypassed", "--write-baseline", self.baseline)
        self.modules = ()
        self.assertIn("2 of the baseline gone", self.run_command("--bypassed", "--baseline", self.baseline))

    def test_json_and_sarif_tell_the_state_of_each(self):
        self.run_command("--bypassed", "--write-baseline", self.baseline)
        data = json.loads(self.run_command("--bypassed", "--baseline", self.baseline, "--format", "json"))
        self.assertEqual([each["state"] for each in data["bypassed"]], ["unchanged", "unchanged"])
        log = json.loads(self.run_command("--bypassed", "--baseline", self.baseline, "--format", "sarif"))
        self.assertEqual({each["baselineState"] for each in log["runs"][0]["results"]}, {"unchanged"})

    def test_a_baseline_that_is_not_there(self):
        with self.assertRaisesMessage(CommandError, "There is no baseline in"):
            self.run_command("--bypassed", "--baseline", self.baseline)


class ChecksTests(FindingsTestCase):
    def test_they_have_their_places(self):
        self.connect(save_again, "Order")
        text = self.run_command("--checks")
        line = save_again.__code__.co_firstlineno
        self.assertRegex(text, rf"test_signals_findings\.py:{line}: signal_inspector\.W012 {HERE}\.save_again")

    def test_both_at_once_in_one_baseline(self):
        self.run_command("--bypassed", "--checks", "--write-baseline", self.baseline)
        self.connect(save_again, "Line")
        out = StringIO()
        with self.assertRaisesMessage(CommandError, " new, "):
            call_command(
                "signals", "--bypassed", "--checks", "--baseline", str(self.baseline), "--format=sarif", stdout=out
            )
        results = json.loads(out.getvalue())["runs"][0]["results"]
        new = {each["ruleId"] for each in results if each["baselineState"] == "new"}
        self.assertEqual(new, {"bypassed.SQL", "signal_inspector.W012", "signal_inspector.W011"})

    def test_json(self):
        self.connect(save_again, "Order")
        told = json.loads(self.run_command("--checks", "--format", "json"))["checks"]
        (mine,) = [each for each in told if each["subject"] == f"{HERE}.save_again" and each["id"].endswith("W012")]
        self.assertTrue(mine["path"].endswith("test_signals_findings.py"))
        self.assertEqual(mine["line"], save_again.__code__.co_firstlineno)
