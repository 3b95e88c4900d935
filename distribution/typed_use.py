"""What somebody writes who checks types, and uses what is public: stranger.py has mypy read it. It is never run."""

from typing import assert_type

from signal_inspector import Node, Trace, begin, finish, record
from signal_inspector.testing import SignalTestMixin, budget

with record(max_nodes=100, details=True) as trace:
    pass

assert_type(trace, Trace)
assert_type(trace.roots, list[Node])
assert_type(trace.as_text(times=False), str)
assert_type(trace.counts(), dict[str, int])
assert_type(trace.unheard, dict[tuple[str, str], int])
assert_type(Trace.from_data(trace.as_data()), Trace)
assert_type(finish(begin()), Trace)

for node, depth in trace.walk():
    assert_type(node, Node)
    assert_type(depth, int)
    assert_type(node.duration, float)
    assert_type(node.error, str)
    assert_type([child.name for child in node.children], list[str])

with budget(queries=5) as within:
    assert_type(within, Trace)


class Tests(SignalTestMixin):
    def test_types(self) -> None:
        with self.assertSent("shop.signals.paid", count=1, created=True) as sent:
            assert_type(sent, Trace)
        with self.assertTrace("paid shop.Order"), self.assertSignalBudget(queries=3):
            pass
        assert_type(self.assertAnyOrder(lambda: None, tries=3), int)


record(max_nodes="many")  # type: ignore[arg-type]
begin(100, False, False, False)  # type: ignore[call-arg]
