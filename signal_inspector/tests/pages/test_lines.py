"""The lines of a trace's page."""

from html.parser import HTMLParser

from django.test import SimpleTestCase, override_settings

from signal_inspector.pages.trace.branches import Branches
from signal_inspector.pages.trace.lines import LINE, Page, Whole, level_of
from signal_inspector.pages.trace.timeline import Timeline
from signal_inspector.tests.pages.test_branches import loop
from signal_inspector.tests.support import POST_SAVE, chain, make_trace, node, sample
from signal_inspector.traces.nodes import CALLBACK, EARLY, MAILED, RECEIVER, SIGNAL, TRANSACTION, WORK, Moment
from signal_inspector.traces.running import as_run, numbered


def lines_of(trace, **values):
    """Return the lines of a page of a trace."""
    whole = as_run(trace)
    return Page(whole, Timeline(whole), {}, set(), {}, "line-").lines(Branches(**values).under(whole), whole)


class Levels(HTMLParser):
    """Reads the tags around lines: how many lists each stands in, and whether all that opens is closed."""

    def __init__(self, lines):
        super().__init__()
        self.open, self.levels = [], []
        for line in lines:
            self.feed(line.item)
            self.levels.append(self.open.count("ol"))
            self.feed(f"<details>{line.list}" if line.branch == "open" else "")
            self.feed(line.after)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


class LineTests(SimpleTestCase):
    def test_what_opens_is_closed_and_levels_are_those_of_the_trace(self):
        for trace in (sample(), make_trace(*sample().roots, *sample().roots), chain(2), chain(25), make_trace()):
            lines = lines_of(trace)
            read = Levels(lines)
            self.assertEqual(read.open, [])
            self.assertEqual(read.levels, [level_of(line.step) for line in lines])

    def test_a_part_of_it_too(self):
        for shown in ({1, 6}, {1, 2, 3, 4}, {1}):
            read = Levels(lines_of(sample(), shown=shown))
            self.assertEqual((read.open, len(read.levels)), ([], len(shown)))

    def test_the_words(self):
        first, login, before, look, callback, fail = lines_of(sample())
        self.assertEqual((first.name, first.about), ("post_save", "auth.User:1 was created"))
        self.assertEqual((login.module, login.name), ("django.contrib.auth.models", "update_last_login"))
        self.assertEqual((login.is_slow, fail.is_slow), (True, False))
        self.assertEqual((before.about, look.about), ("auth.User is about to be saved", ""))
        self.assertEqual((login.own, login.in_all), ("50.0 ms", "50.0 ms"))
        self.assertEqual((callback.module, callback.name), ("sample_shop.signals", "tell"))
        self.assertEqual([line.number for line in (first, login, fail)], [1, 2, 6])

    def test_slow_is_a_share_of_the_request_and_never_a_trifle(self):
        def slow(duration, total):
            [line] = lines_of(make_trace(node(RECEIVER, "a.x", duration=duration), duration=total))
            return line.is_slow

        self.assertEqual([slow(0.019, 0.05), slow(0.021, 0.05), slow(0.021, 0.5), slow(0.051, 0.5)], [0, 1, 0, 1])
        with override_settings(SIGNAL_INSPECTOR_SLOW=0.001, SIGNAL_INSPECTOR_SLOW_SHARE=0.5):
            self.assertEqual([slow(0.002, 0.003), slow(0.002, 0.1)], [True, False])

    def test_a_callback_names_who_gave_it_and_is_named_there(self):
        later = node(CALLBACK, "shop.later", start=0.5, duration=0.25)
        giver = node(RECEIVER, "shop.give", later, start=0.1, duration=0.1)
        told, give, callback = lines_of(make_trace(node(SIGNAL, POST_SAVE, giver, duration=0.2), duration=0.8))
        self.assertEqual((give.given, callback.cause, callback.cause_is_here), ([(3, True)], 2, True))
        self.assertEqual((told.cause, callback.thread_x, callback.x), (None, "25.000%", "62.500%"))

    def test_what_left_before_the_commit_stands_out(self):
        trace = make_trace(node(SIGNAL, POST_SAVE, start=0.6, duration=0.1), duration=1)
        trace.moments.append(Moment(EARLY, MAILED, "default", 0.2, 0.3))
        line, _signal = lines_of(trace)
        self.assertEqual(line.item, '<li class="across undone">')
        self.assertEqual(line.moment.in_a_rollback, "A rollback does not take the mail back.")

    def test_moments_stand_between_without_numbers(self):
        trace = make_trace(node(SIGNAL, POST_SAVE, start=0.2, duration=0.1), duration=1)
        trace.moments.extend(
            Moment(TRANSACTION, name, "default", start, 0.01) for name, start in (("BEGIN", 0.1), ("ROLLBACK", 0.4))
        )
        begin, line, rollback = lines_of(trace)
        self.assertEqual((line.kind, line.number), (LINE, 1))
        self.assertEqual((begin.item, rollback.item), ('<li class="across">', '<li class="across undone">'))

    def test_a_loop_is_told_with_its_sums(self):
        [line] = lines_of(loop(163, duration=0.001, queries=2))
        self.assertEqual((line.names, line.times), ([("post_save", "shop.Entry")], 163))
        self.assertEqual((line.first, line.last, line.queries, line.size), (1, 326, 326, 326))

    def test_the_whole_tells_what_hashed_passwords_took(self):
        trace = make_trace(node(SIGNAL, POST_SAVE, duration=0.1, queries=1), duration=1, queries=2)
        trace.moments.append(Moment(WORK, "password hashed", "", 0.2, 0.3))
        step = as_run(trace)
        whole = Whole(step, Timeline(step))
        self.assertEqual((whole.own, whole.in_all, whole.queries), ("900.0 ms", "1000.0 ms", 3))
        self.assertEqual(whole.work, [("password hashed", "300.0 ms")])
        self.assertEqual(numbered(step)[0], step)
