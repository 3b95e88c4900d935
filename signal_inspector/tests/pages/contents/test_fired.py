from datetime import timedelta

from django.test import SimpleTestCase
from django.utils import timezone

from signal_inspector.pages.contents import fired
from signal_inspector.requests import summary
from signal_inspector.tests.support import POST_SAVE, PRE_SAVE, make_trace, node, sample
from signal_inspector.traces.nodes import SIGNAL

MODELS = "django.db.models.signals"


def words(*roots):
    return fired.words(summary.fired(make_trace(*roots)))


class WordTests(SimpleTestCase):
    def test_what_became_of_rows_and_the_names_of_other_signals(self):
        told, more = words(
            node(SIGNAL, PRE_SAVE, sender="auth.User", instance="auth.User:new"),
            node(SIGNAL, POST_SAVE, sender="auth.User", instance="auth.User:7", details={"created": True}),
            node(SIGNAL, POST_SAVE, sender="auth.Group", instance="auth.Group:1", details={"created": False}),
            node(SIGNAL, f"{MODELS}.post_delete", sender="auth.Group", instance="auth.Group:2"),
            node(SIGNAL, "shop.events.paid", sender="shop.Order"),
        )
        self.assertEqual(
            told, [("auth.User:7", "created"), ("auth.Group:1", "saved"), ("auth.Group:2", "deleted"), ("paid", "")]
        )
        self.assertFalse(more)

    def test_many_of_a_kind_are_counted(self):
        line = node(SIGNAL, POST_SAVE, sender="shop.Line", instance="shop.Line:1", details={"created": True})
        self.assertEqual(words(line, line)[0], [("shop.Line", "created ×2")])

    def test_what_came_before_stands_where_nothing_came_after(self):
        self.assertEqual(words(node(SIGNAL, PRE_SAVE, sender="auth.User"))[0], [("pre_save", "of auth.User")])

    def test_a_connection_that_was_opened_is_told_last(self):
        opened = node(SIGNAL, "django.db.backends.signals.connection_created")
        told, _more = words(opened, node(SIGNAL, "shop.events.paid"))
        self.assertEqual([name for name, _ in told], ["paid", "connection_created"])

    def test_no_more_than_a_few(self):
        roots = [node(SIGNAL, f"shop.events.e{number}", start=number) for number in range(fired.SHOWN + 1)]
        told, more = words(*roots)
        self.assertEqual((len(told), more), (fired.SHOWN, True))

    def test_of_a_trace_of_an_earlier_version_there_are_names(self):
        story = [{"name": POST_SAVE, "sender": ""}, {"name": PRE_SAVE, "sender": ""}]
        self.assertEqual(fired.words(story), ([("post_save", "")], False))

    def test_a_sample(self):
        self.assertEqual(fired.words(summary.fired(sample()))[0], [("auth.User:1", "created")])


class AgoTests(SimpleTestCase):
    def test_in_words(self):
        now = timezone.now()
        for seconds, told in (
            (-5, "0 seconds ago"),
            (1, "1 second ago"),
            (59, "59 seconds ago"),
            (119, "1 minute ago"),
            (7300, "2 hours ago"),
            (200_000, "2 days ago"),
        ):
            self.assertEqual(fired.ago(now - timedelta(seconds=seconds), now), told)
