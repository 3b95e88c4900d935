from django.test import SimpleTestCase

from signal_inspector.models import StoredTrace
from signal_inspector.pages.contents import examples
from signal_inspector.requests import summary
from signal_inspector.requests.store import as_json
from signal_inspector.tests.pages.contents.test_sections import receiver, signal
from signal_inspector.tests.support import POST_SAVE, make_trace, node
from signal_inspector.traces.nodes import RECEIVER, SIGNAL

CONNECTED = [
    signal(
        POST_SAVE,
        receiver("shop.signals.pack", "auth.User", "model"),
        receiver("shop.signals.twice", "auth.User", "model"),
        receiver("shop.signals.twice", "auth.Group", "model"),
        receiver("shop.signals.count", "auth.Group", "model"),
        receiver("package.look", "auth.Permission", "model", file="/usr/lib/python3/site-packages/x.py"),
    ),
    signal("shop.events.paid", receiver("shop.signals.tell")),
]


def stored(*names):
    trace = make_trace(node(SIGNAL, POST_SAVE, *(node(RECEIVER, name) for name in names)))
    return StoredTrace(pk="a" * 32, method="POST", path="/buy/", edges=as_json(summary.edges(trace)))


class ExampleTests(SimpleTestCase):
    def told(self, signals, *traces):
        return [(each.kind, each.receiver, each.model) for each in examples.choose(signals, traces)]

    def test_one_that_was_called_one_of_another_model_and_one_by_update(self):
        self.assertEqual(
            self.told(CONNECTED, stored("shop.signals.tell"), stored("shop.signals.tell", "shop.signals.count")),
            [
                ("called", "shop.signals.count", ""),
                ("other", "shop.signals.pack", "auth.Group"),
                ("update", "shop.signals.twice", "auth.User"),
            ],
        )

    def test_the_one_that_was_called_names_its_trace(self):
        called = examples.choose(CONNECTED, [stored("shop.signals.tell")])[0]
        self.assertEqual((called.receiver, called.label), ("shop.signals.tell", "POST /buy/"))
        self.assertEqual(called.query, f"receiver=shop.signals.tell&trace={'a' * 32}")

    def test_without_traces_there_are_two(self):
        self.assertEqual([kind for kind, *_ in self.told(CONNECTED)], ["other", "update"])

    def test_where_the_project_has_no_receivers_those_of_packages_will_do(self):
        packages = [signal(POST_SAVE, CONNECTED[0].receivers[-1])]
        self.assertEqual(self.told(packages)[-1], ("update", "package.look", "auth.Permission"))

    def test_where_nobody_listens_there_are_none(self):
        self.assertEqual(self.told([signal(POST_SAVE)]), [])
