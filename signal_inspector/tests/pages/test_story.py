from html.parser import HTMLParser
from unittest import mock

from django.test import SimpleTestCase

from signal_inspector.pages import story, waterfall, words
from signal_inspector.recording.trace import RECEIVER, SIGNAL
from signal_inspector.tests.support import POST_SAVE, PRE_SAVE, make_trace, node, sample


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


class WordTests(SimpleTestCase):
    def test_sentences(self):
        def sentence(name, **values):
            return words.sentence(node(SIGNAL, name, **values))

        self.assertEqual(
            sentence(POST_SAVE, instance="sample_shop.Order:1", details={"created": False}),
            "sample_shop.Order:1 was saved",
        )
        many = "django.db.models.signals.m2m_changed"
        self.assertEqual(
            sentence(many, instance="a.B:1", details={"action": "post_add"}), "a.B:1 got members of a relation"
        )
        self.assertEqual(
            sentence(many, instance="a.B:1", details={"action": "odd"}), "The members of a relation of a.B:1 change"
        )
        self.assertEqual(sentence(PRE_SAVE, sender="{0.__class__}{it}"), "{0.__class__}{it} is about to be saved")
        self.assertEqual(sentence("sample_shop.events.ordered"), "")
        with mock.patch(
            "signal_inspector.pages.words.catalogue.known", return_value=mock.Mock(when="A {x} of {it}. More.")
        ):
            self.assertEqual(sentence("sample_shop.events.ordered", sender="a.B"), "A {x} of a.B")

    def test_what_became_of_it_in_the_database(self):
        self.assertEqual(
            {
                model: {kind: times for kind, times in counts.items() if times}
                for model, counts in words.saved(sample())
            },
            {"auth.User": {"created": 1}, "sample_shop.Order": {"saved": 2}},
        )

    def test_times(self):
        self.assertEqual(
            [words.milliseconds(seconds) for seconds in (0, 0.000001, 0.00006, 0.0123, 1.5)],
            ["0.0 ms", "< 0.1 ms", "0.1 ms", "12.3 ms", "1500.0 ms"],
        )


class WaterfallTests(SimpleTestCase):
    def bars(self, trace):
        return waterfall.bars(trace, set(range(100)))

    def test_bars_lie_where_the_time_was(self):
        bars = self.bars(sample())
        self.assertEqual([(bar.x, bar.width) for bar in bars[:2]], [("5.000%", "60.000%"), ("10.000%", "50.000%")])
        self.assertNotIn("<lambda>", [bar.node.short_name for bar in bars], "It was not run.")

    def test_none_sticks_out_and_none_is_too_thin_to_be_seen(self):
        odd = [node(SIGNAL, "a", start=start, duration=time) for start, time in ((0, 0), (9, 9), (1, 0), (-1, 1e-9))]
        for total in (1.0, 0.0):
            for bar in self.bars(make_trace(*odd, duration=total)):
                x, width = float(bar.x.rstrip("%")), float(bar.width.rstrip("%"))
                self.assertGreaterEqual(x, 0)
                self.assertGreaterEqual(width, waterfall.THINNEST)
                self.assertLessEqual(x + width, 100.001)

    def test_a_pause_of_more_than_half_is_left_out_of_the_picture(self):
        for before, whole in ((0, 0.310), (0.001, 0.311)):  # of a process that has just begun: a connection is made
            first = [node(SIGNAL, "connection_created", duration=before)] * bool(before)
            late = make_trace(
                *first,
                node(SIGNAL, "a", start=before + 0.300, duration=0.005),
                node(SIGNAL, "b", start=before + 0.305, duration=0.005),
                duration=whole,
            )
            *_, a, b = self.bars(late)
            total = 0.010 + before
            for bar, start in ((a, before), (b, before + 0.005)):
                self.assertAlmostEqual(float(bar.x.rstrip("%")), start / total * 100, 2)
                self.assertAlmostEqual(float(bar.width.rstrip("%")), 0.005 / total * 100, 2)
            self.assertLessEqual(float(waterfall.scale(late)[-1][1]), total * 1000)
            self.assertAlmostEqual(waterfall.pause(late)[1], before + 0.300)

    def test_a_pause_at_the_end_and_none(self):
        early = make_trace(node(SIGNAL, "a", start=0.1, duration=0.1), duration=1)
        self.assertEqual(waterfall.pause(early), (0.2, 1))
        self.assertEqual([(bar.x, bar.width) for bar in self.bars(early)], [("50.000%", "50.000%")])
        for trace in (sample(), make_trace(duration=1), make_trace(node(SIGNAL, "a", start=0.5), duration=1)):
            self.assertEqual(waterfall.pause(trace), (0, 0))

    def test_the_scale_has_few_round_marks(self):
        for total in (0.0, 1e-6, 0.0007, 0.1, 0.5586, 1, 61):
            marks = waterfall.scale(make_trace(duration=total))
            self.assertTrue(2 <= len(marks) <= 6, marks)
        self.assertEqual(
            [text for _, text in waterfall.scale(make_trace(duration=0.1))], ["0", "20", "40", "60", "80", "100"]
        )
