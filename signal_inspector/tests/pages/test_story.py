from html.parser import HTMLParser

from django.test import SimpleTestCase

from signal_inspector.pages import story
from signal_inspector.tests.support import POST_SAVE, make_trace, node, sample
from signal_inspector.traces.nodes import RECEIVER, SIGNAL


class Levels(HTMLParser):
    """Reads the tags around rows: how many lists each row stands in, and whether all that opens is closed."""

    def __init__(self, rows):
        super().__init__()
        self.open, self.levels, self.deepest = [], [], 0
        for row in rows:
            self.feed(row.item + row.before)
            self.levels.append(self.open.count("ul"))
            self.feed(row.between + row.after)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.deepest = max(self.deepest, len(self.open))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


def chain(length):
    """Return a trace in which each receiver sends the next signal."""
    top = current = node(SIGNAL, POST_SAVE)
    for number in range(1, length):
        child = node(RECEIVER, "sample_shop.signals.again") if number % 2 else node(SIGNAL, POST_SAVE)
        current.children.append(child)
        current = child
    return make_trace(top)


class RowTests(SimpleTestCase):
    def test_what_opens_is_closed_and_levels_are_those_of_the_trace(self):
        for trace in (sample(), make_trace(*sample().roots, *sample().roots), chain(2), make_trace()):
            read = Levels(story.rows(trace))
            self.assertEqual(read.open, [])
            self.assertEqual(read.levels, [depth for _, depth in trace.walk()])

    def test_a_part_of_it_too(self):
        trace = sample()
        for shown in ({0, 5}, {0, 1, 2, 3}, {0}):
            read = Levels(story.rows(trace, shown))
            self.assertEqual((read.open, len(read.levels)), ([], len(shown)))

    def test_a_trace_of_a_thousand_levels_stays_within_what_a_browser_nests(self):
        rows = story.rows(chain(1000))
        read = Levels(rows)
        self.assertEqual((read.open, len(rows), rows[-1].level), ([], 1000, 1000))
        self.assertLess(read.deepest, 400)
        self.assertTrue(rows[-1].too_deep)

    def test_a_large_trace_is_closed_below_its_upper_levels(self):
        small, large = story.rows(chain(100)), story.rows(chain(200))
        self.assertTrue(all("open" in row.before for row in small[:60]))
        self.assertEqual(["open" in row.before for row in large[:4]], [True, True, False, False])

    def test_the_words(self):
        first, login, before, look, callback, fail = story.rows(sample(), about={"sample_shop.signals.look": "Look."})
        self.assertEqual((first.name, first.about), ("post_save", "auth.User:1 was created"))
        self.assertEqual((login.module, login.name), ("django.contrib.auth.models", "update_last_login"))
        self.assertEqual((login.is_slow, fail.is_slow), (True, False))
        self.assertEqual((before.about, look.about), ("auth.User is about to be saved", "Look."))
        self.assertTrue(callback.is_callback)
        self.assertEqual(login.time, "50.0 ms")
