from django.test import SimpleTestCase, override_settings

from signal_inspector.models import StoredTrace
from signal_inspector.pages.filters import Filters
from signal_inspector.tests.support import POST_SAVE, PRE_SAVE, sample


def row(pk, signals=(), apps=(), slowest=0.0, errors=0):
    stored = StoredTrace(pk=pk, slowest=slowest, errors=errors, signals=len(signals))
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
        with override_settings(SIGNAL_INSPECTOR_SLOW=0.6):
            self.assertEqual(self.chosen(slow="1"), "")
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
        trace = sample()
        places = Filters(data).within(trace)
        return [node.short_name for place, (node, _) in enumerate(trace.walk()) if place in places]

    def test_each_field(self):
        everything = ["post_save", "update_last_login", "pre_save", "look", "<lambda>", "fail"]
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
        filters.within(sample())
        self.assertEqual((filters.signals, filters.apps), ([POST_SAVE, PRE_SAVE], ["auth", "sample_shop"]))
