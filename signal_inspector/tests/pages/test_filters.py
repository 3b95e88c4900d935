from django.test import SimpleTestCase, override_settings

from signal_inspector.models import StoredTrace
from signal_inspector.pages.filters import Filters
from signal_inspector.tests.support import POST_SAVE, PRE_SAVE, make_trace, node, sample
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL
from signal_inspector.traces.running import as_run, numbered


def row(pk, signals=(), apps=(), slowest=0.0, errors=0):
    stored = StoredTrace(pk=pk, slowest=slowest, errors=errors, signals=len(signals), duration=1.0)
    stored.names = {"signals": list(signals), "apps": list(apps)}
    return stored


class ListTests(SimpleTestCase):
    rows = (
        row("a", [POST_SAVE], ["auth"], slowest=0.5),
        row("b", [PRE_SAVE], ["sample_shop"], errors=1),
        row("c", [PRE_SAVE, POST_SAVE], ["auth", "sample_shop"]),
    )

    def chosen(self, **data):
        return "".join(found.pk for found in Filters(data).choose(self.rows))

    def test_each_field(self):
        self.assertEqual(self.chosen(), "abc")
        self.assertEqual(self.chosen(signal=POST_SAVE), "ac")
        self.assertEqual(self.chosen(app="sample_shop"), "bc")
        self.assertEqual(self.chosen(slow="1"), "a")
        self.assertEqual(self.chosen(errors="1"), "b")
        self.assertEqual(self.chosen(signal=PRE_SAVE, app="auth"), "c")
        self.assertEqual(self.chosen(signal="nonsense"), "")

    def test_what_fired_nothing_is_counted_and_shown_if_asked_for(self):
        rows = [*self.rows, row("d"), row("e", slowest=0.5)]
        filters = Filters({})
        self.assertEqual("".join(found.pk for found in filters.choose(rows)), "abc")
        self.assertEqual(filters.silent, 2)
        self.assertEqual(len(Filters({"quiet": "1"}).choose(rows)), 5)
        slow = Filters({"slow": "1"})
        self.assertEqual(("".join(found.pk for found in slow.choose(rows)), slow.silent), ("a", 1))

    def test_what_can_be_chosen(self):
        filters = Filters({"app": "gone"})
        filters.choose(self.rows)
        self.assertEqual(filters.signals, [POST_SAVE, PRE_SAVE])
        self.assertEqual(filters.apps, ["auth", "gone", "sample_shop"])

    def test_what_is_slow_is_a_setting(self):
        for setting in ("SIGNAL_INSPECTOR_SLOW", "SIGNAL_INSPECTOR_SLOW_SHARE"):
            with override_settings(**{setting: 0.6}):
                self.assertEqual(self.chosen(slow="1"), "")
        with override_settings(SIGNAL_INSPECTOR_SLOW=0.6):
            self.assertEqual(Filters({}).slow_ms, 600)

    def test_what_was_chosen_as_part_of_an_address(self):
        self.assertEqual(Filters({}).query, "")
        self.assertEqual(Filters({"signal": "a&b", "errors": "on"}).query, "&signal=a%26b&errors=1")

    def test_whether_anything_is_asked_for(self):
        self.assertFalse(Filters({"signal": "", "view": "time"}))
        for name in ("signal", "app", "slow", "errors"):
            self.assertTrue(Filters({name: "1"}))


class TraceTests(SimpleTestCase):
    """What matches is shown with all that led to it and all that it set off."""

    def shown(self, **data):
        whole = as_run(sample())
        shown = Filters(data).within(whole)
        return [step.node.short_name for step in numbered(whole)[1:] if shown is None or step.number in shown]

    def test_each_field(self):
        everything = ["post_save", "update_last_login", "pre_save", "look", "tell", "fail"]
        self.assertIsNone(Filters({}).within(as_run(sample())), "All are shown.")
        self.assertEqual(self.shown(), everything)
        self.assertEqual(self.shown(signal=POST_SAVE), everything)
        before = ["post_save", "update_last_login", "pre_save", "look"]
        self.assertEqual(self.shown(signal=PRE_SAVE), before)
        self.assertEqual(self.shown(app="auth"), everything[:-1])
        self.assertEqual(self.shown(app="sample_shop"), everything)
        self.assertEqual(self.shown(slow="1"), everything[:-1])
        self.assertEqual(self.shown(errors="1"), ["post_save", "fail"])
        self.assertEqual(self.shown(signal=PRE_SAVE, app="sample_shop"), before)
        self.assertEqual(self.shown(errors="1", app="auth"), [])

    def test_what_can_be_chosen(self):
        filters = Filters({})
        filters.within(as_run(sample()))
        self.assertEqual((filters.signals, filters.apps), ([POST_SAVE, PRE_SAVE], ["auth", "sample_shop"]))

    def test_what_waited_for_the_commit_is_shown_with_who_gave_it_and_what_it_set_off(self):
        told = node(SIGNAL, "sample_shop.events.told", node(RECEIVER, "notes.hear"))
        later = node(CALLBACK, "sample_shop.later", told, start=0.5)
        trace = make_trace(
            node(SIGNAL, POST_SAVE, node(RECEIVER, "auth.give", later), node(RECEIVER, "auth.other")), duration=1
        )
        whole = as_run(trace)
        for data, names in (
            ({"app": "sample_shop"}, ["post_save", "give", "later", "told", "hear"]),
            ({"signal": "sample_shop.events.told"}, ["post_save", "give", "later", "told", "hear"]),
            ({"signal": POST_SAVE, "app": "auth"}, ["post_save", "give", "other", "later", "told", "hear"]),
        ):
            shown = Filters(data).within(whole)
            self.assertEqual([s.node.short_name for s in numbered(whole)[1:] if s.number in shown], names)

    def test_slow_is_what_took_its_time_itself(self):
        inner = node(RECEIVER, "shop.inner", start=0.1, duration=0.5)
        outer = node(RECEIVER, "shop.outer", node(SIGNAL, POST_SAVE, inner, start=0.1, duration=0.5), duration=0.6)
        quick = node(RECEIVER, "shop.quick", start=0.6, duration=0.05)
        whole = as_run(make_trace(node(SIGNAL, POST_SAVE, outer, quick, duration=0.65), duration=1))
        filters = Filters({"slow": "1"})
        self.assertEqual(filters.within(whole), {1, 2, 3, 4})
        self.assertEqual(filters.slow_ms, 100)
