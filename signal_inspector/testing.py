"""
Tests of what fires: a mixin for Django's test cases, and ``budget()`` for tests without a class.

    from django.test import TestCase
    from signal_inspector.testing import SignalTestMixin

    class RegistrationTests(SignalTestMixin, TestCase):
        def test_a_user_gets_a_profile(self):
            with self.assertTrace('''
                post_save auth.User created
                    users.signals.create_profile
            '''):
                User.objects.create_user("ada")

The names begin in Django's way, and each is a block, as ``assertNumQueries()`` is: asynchronous tests use the same
``with``. Each also takes a trace that is there already, ``assertSent(post_save, trace=trace)``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, connections
from django.dispatch import Signal

from signal_inspector.bench import orders
from signal_inspector.connected import registry
from signal_inspector.reading import naming, private
from signal_inspector.recording.database import run_early
from signal_inspector.recording.recorder import record
from signal_inspector.traces import snapshots
from signal_inspector.traces.nodes import SIGNAL, Node
from signal_inspector.traces.trace import Trace
from signal_inspector.trials.shuffling import TRIES, shuffle

TOLD = {"created", "raw", "update_fields", "action"}  # what a trace tells of the arguments of a signal

MOST_LINES = 60  # of a trace in the message of a failure


if TYPE_CHECKING:
    from django.test import TestCase as Case
else:
    Case = object


class SignalTestMixin(Case):
    """
    Assertions on signals: a mixin, to be named before the test case of Django's among the bases.

    Attributes:
        ignored_signals (iterable): dotted names of signals, or of modules of signals, that traces and budgets leave
            out, with all beneath them. Statements are counted all the same.
    """

    ignored_signals: Iterable[str] = snapshots.IGNORED

    def assertSent(
        self,
        signal: Signal | str,
        sender: object = None,
        count: int | None = None,
        *,
        trace: Trace | None = None,
        **details: object,
    ) -> AbstractContextManager[Trace]:
        """
        Fail unless a signal is sent in the block, whether anybody hears it or not.

        Args:
            signal (Signal or str): the signal, or its dotted name.
            sender (object): who sends it, as a class or as the text in a trace, ``"auth.User"``; None: any sender.
            count (int): how often; None: at least once.
            trace (Trace): look at this trace, at once, instead of at a block.
            **details: what it has to be sent with, of created, raw, update_fields, action and instance.
        """
        return self._check(trace, lambda trace: self._sent(trace, signal, sender, count, details))

    def assertNotSent(
        self, signal: Signal | str, sender: object = None, *, trace: Trace | None = None, **details: object
    ) -> AbstractContextManager[Trace]:
        """Fail if a signal is sent in the block. The arguments are those of ``assertSent()``."""
        return self._check(trace, lambda trace: self._sent(trace, signal, sender, 0, details))

    def assertTrace(
        self, expected: str | None = None, *, trace: Trace | None = None, name: str = "", queries: bool = False
    ) -> AbstractContextManager[Trace]:
        """
        Fail unless the signals, receivers and callbacks of the block are these, in this order and nesting.

        Args:
            expected (str): the tree as indented text, as a failure shows it; it may be indented as the test is. None:
                what the file ``traces/<TestClass>.<test>.txt`` beside the test's module holds, which is written where
                the environment has ``UPDATE_TRACES=1``, and never where it has ``CI``.
            trace (Trace): look at this trace, at once, instead of at a block.
            name (str): a further part of the file's name, for a test with several blocks.
            queries (bool): compare the numbers of statements, too.
        """
        return self._check(trace, lambda trace: self._same(trace, expected, name, queries))

    def assertSignalBudget(
        self,
        *,
        signals: int | None = None,
        receivers: int | None = None,
        callbacks: int | None = None,
        queries: int | None = None,
        trace: Trace | None = None,
    ) -> AbstractContextManager[Trace]:
        """Fail if the block has more than these many signals, calls of receivers, callbacks or statements."""
        limits = {"signals": signals, "receivers": receivers, "callbacks": callbacks, "queries": queries}
        return self._check(trace, lambda trace: self._within(trace, limits))

    def assertAnyOrder(
        self, story: Callable[[], object], *, tries: int = TRIES, seed: int = 0, using: str | None = None
    ) -> int:
        """
        Fail if a story comes to something else when the receivers of a signal run in another order.

        It is run as often as there are orders to try (see ``trials.shuffling``), each time rolled back. An order
        breaks it if another exception comes out, or other rows are left. What waits for a commit runs where that is.

        Args:
            story (callable): does it, without arguments.
            tries (int): how many random orders to run, after the reversed ones and the neighbours.
            seed (int): of the random orders.
            using (str): the alias of the database that it is about; the default one by default.

        Returns:
            How many orders were run (int).
        """
        found = shuffle(lambda: story, tries, seed, using=using)
        if found.pairs or found.unsteady:
            self.fail("\n".join(orders.sentences(found)))
        orders_run: int = found.orders
        return orders_run

    @classmethod
    @contextmanager
    def captureOnCommitCallbacks(
        cls, *, using: str = DEFAULT_DB_ALIAS, execute: bool = False
    ) -> Iterator[list[Callable[[], object]]]:
        """
        Do what Django's does. What a callback sends stands under it in a trace, as after a real commit.

        Django's runs the callbacks itself, which a record around it can't tell from any other call. So this runs them:
        the same functions, in the same order, with the same log of what a robust one raises.
        """
        callbacks: list[Callable[[], object]] = []
        start = private.count_waiting(connections[using])
        try:
            yield callbacks
        finally:
            for hook in private.waiting(connections[using], start):
                callbacks.append(hook.function)
                if execute:
                    run_early(hook)

    @contextmanager
    def _recorded(self, check: Callable[[Trace], None]) -> Iterator[Trace]:
        with record() as trace:
            yield trace
        check(trace)

    def _check(self, trace: Trace | None, check: Callable[[Trace], None]) -> AbstractContextManager[Trace]:
        if trace is None:
            return self._recorded(check)
        check(trace)
        return nullcontext(trace)

    def _sent(
        self, trace: Trace, signal: Signal | str, sender: object, count: int | None, details: Mapping[str, object]
    ) -> None:
        name = signal if isinstance(signal, str) else registry.name_of(signal)
        wanted = "" if sender is None else sender if isinstance(sender, str) else naming.sender_name(sender)
        if unknown := details.keys() - TOLD - {"instance"}:
            raise TypeError(f"A trace does not tell {', '.join(sorted(unknown))}, but {', '.join(sorted(TOLD))}.")
        heard = [node for node, _ in trace.walk() if node.kind == SIGNAL and node.name == name]
        found = sum(wanted in ("", node.sender) and _fits(node, details) for node in heard)
        unheard = sum(times for (other, by), times in trace.unheard.items() if other == name and wanted in ("", by))
        if details and unheard:
            self.fail(f"{name} was sent {unheard} times with nobody to hear it; of those no details are recorded.")
        found += 0 if details else unheard
        if found != count and (count is not None or not found):
            asked = "".join(f" {key}={value!r}" for key, value in details.items() if key != "instance")
            asked = f"{name}{f' of {wanted}' if wanted else ''}{asked}"
            expected = "at least once" if count is None else _times(count)
            self.fail(f"{asked}: sent {_times(found)}, expected {expected}.{_shown(trace)}")

    def _same(self, trace: Trace, expected: str | None, name: str, queries: bool) -> None:
        found = snapshots.text_of(trace, self.ignored_signals, queries)
        if expected is None:
            wrong = self._compare_with_file(name, found)
        else:
            wrong = snapshots.difference(snapshots.tidy(expected), snapshots.tidy(found))
        if wrong:
            self.fail(wrong if expected is None else f"Not the signals that were expected.\n\n{wrong}")

    def _compare_with_file(self, name: str, found: str) -> str:
        return snapshots.compare_with_file(snapshots.file_of(self, name), found)

    def _within(self, trace: Trace, limits: Mapping[str, int | None]) -> None:
        if wrong := over_budget(trace, limits, self.ignored_signals):
            self.fail(wrong)


@contextmanager
def budget(
    *,
    signals: int | None = None,
    receivers: int | None = None,
    callbacks: int | None = None,
    queries: int | None = None,
) -> Iterator[Trace]:
    """
    Raise ``AssertionError`` if a block has more than these many signals, calls of receivers, callbacks or statements.

    Yields:
        A ``Trace``, empty until the block ends.
    """
    with record() as trace:
        yield trace
    limits = {"signals": signals, "receivers": receivers, "callbacks": callbacks, "queries": queries}
    if wrong := over_budget(trace, limits):
        raise AssertionError(wrong)


def over_budget(trace: Trace, limits: Mapping[str, int | None], ignored: Iterable[str] = snapshots.IGNORED) -> str:
    """Return a text on what a trace has too many of, "" if nothing is."""
    counts = snapshots.without(trace, ignored).counts()
    counts["queries"] = trace.counts()["queries"]
    counts["receivers"] += trace.left_out  # a full trace is over any budget that somebody means
    wrong = [
        f"{counts[name]} {name} (at most {most})"
        for name, most in limits.items()
        if most is not None and counts[name] > most
    ]
    return f"Over the budget: {', '.join(wrong)}.{_shown(trace)}" if wrong else ""


def _fits(node: Node, details: Mapping[str, object]) -> bool:
    values = {"raw": False, "update_fields": None, **node.details}
    for name, wanted in details.items():
        if name == "instance":
            if node.instance != (wanted if isinstance(wanted, str) else naming.instance_name(wanted)):
                return False
        elif name == "update_fields" and wanted is not None:
            if not isinstance(wanted, Iterable) or sorted(wanted) != values[name]:
                return False
        elif values.get(name) != wanted:
            return False
    return True


def _times(number: int) -> str:
    return "never" if number == 0 else "once" if number == 1 else f"{number} times"


def _shown(trace: Trace) -> str:
    """Return a trace as the end of a message: what there is to look at."""
    lines = snapshots.without(trace, snapshots.IGNORED).as_text(times=False).splitlines()
    lines[MOST_LINES:] = [f"… {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
    if trace.not_heard:
        lines.append("Not heard: " + ", ".join(f"{name} {_times(count)}" for name, count in trace.not_heard.items()))
    return "".join(f"\n{line}" for line in ("", *lines))
