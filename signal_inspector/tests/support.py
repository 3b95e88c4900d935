"""What the tests of the pages have in common."""

import itertools
from datetime import UTC, datetime, timedelta
from unittest import mock

from django.test import override_settings

from signal_inspector.models import StoredTrace
from signal_inspector.reading import private
from signal_inspector.requests import store
from signal_inspector.tests.urls import told
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL, Detail, Node
from signal_inspector.traces.trace import Trace
from signal_inspector.traces.work import Attempt

MIDDLEWARE = [
    "signal_inspector.middleware.SignalInspectorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

SAVEPOINT = 2  # statements that a page adds where a transaction is around it, as around each test

PRE_SAVE, POST_SAVE = "django.db.models.signals.pre_save", "django.db.models.signals.post_save"


def no_table():
    """Make traces be looked for in a table that is not there, inside a ``with`` block."""
    # Django remembers each column with the name of its table, from its first use on: let that not be in the block.
    for field in StoredTrace._meta.concrete_fields:
        field.cached_col  # noqa: B018 - remembers it
    return mock.patch.object(StoredTrace._meta, "db_table", "nowhere")


site = override_settings(
    ROOT_URLCONF="signal_inspector.tests.urls",
    MIDDLEWARE=MIDDLEWARE,
    SIGNAL_INSPECTOR_ENABLED=True,
    LOGIN_URL="login",
    STATIC_URL="/static/",
    MEDIA_URL="",
)


def connect_untouched(test, signal, receiver, sender_id=private.ALL_SENDERS):
    """Connect a receiver for a test as Django does, but for the questions that ``connect()`` asks of it."""
    test.enterContext(private.cleared(signal))
    receivers, _cache = private.state_of(signal)
    receivers.append(((id(receiver), sender_id), receiver, False))


def listen(sender, **kwargs):
    """Listen."""


class Site:
    """Requests to the site of the tests, with somebody who listens to its signal."""

    def setUp(self):
        super().setUp()
        told.connect(listen)
        self.addCleanup(told.disconnect, listen)
        store._reported.clear()
        # Every so often storing forgets old traces; not among the statements that a test counts.
        self.enterContext(mock.patch.object(store, "_stores", itertools.count(1)))

    def stored(self):
        """Return the only trace that is stored."""
        return StoredTrace.objects.get()

    def names(self, stored=None):
        """Return the short names of the roots of a stored trace."""
        return [node.short_name for node in (stored or self.stored()).trace.roots]


def node(kind, name, *children, **values):
    return Node(kind, name, children=list(children), **values)


def make_trace(*roots, **values):
    """Return a trace of some nodes."""
    trace = Trace()
    trace.roots.extend(roots)
    for name, value in values.items():
        setattr(trace, name, value)
    return trace


def sample():
    """Return a trace of a registration: two receivers, the second one fails; a callback that was not run."""
    return make_trace(
        node(
            SIGNAL,
            POST_SAVE,
            node(
                RECEIVER,
                "django.contrib.auth.models.update_last_login",
                node(SIGNAL, PRE_SAVE, node(RECEIVER, "sample_shop.signals.look"), sender="auth.User"),
                node(CALLBACK, "sample_shop.signals.tell.<locals>.<lambda>", how="on_commit", ran=False),
                start=0.010,
                duration=0.050,
                queries=2,
            ),
            node(RECEIVER, "sample_shop.signals.fail", start=0.060, duration=0.001, error="ValueError"),
            how="send",
            sender="auth.User",
            instance="auth.User:1",
            details={"created": True},
            start=0.005,
            duration=0.060,
        ),
        duration=0.100,
        queries=1,
        unheard={("django.db.models.signals.pre_init", "auth.User"): 240, (POST_SAVE, "sample_shop.Order"): 2},
    )


def chain(length):
    """Return a trace in which each receiver sends the next signal."""
    top = current = node(SIGNAL, POST_SAVE)
    for number in range(1, length):
        child = node(RECEIVER, "sample_shop.signals.again") if number % 2 else node(SIGNAL, POST_SAVE)
        current.children.append(child)
        current = child
    return make_trace(top)


def save(trace=None, **values):
    """Store a trace and return the row."""
    number = StoredTrace.objects.count()
    columns = {"method": "POST", "path": "/register/", "status": 302, "duration": 0.1, "before": ""}
    columns = {"id": f"{number:032x}", **columns, **values}
    user = columns.pop("user", "")
    store.save(columns, sample() if trace is None else trace, user)
    return StoredTrace.objects.get(pk=columns["id"])


KEY = "1f0c shop.signals.send_receipt"  # of work that is left for later
BEGAN = datetime(2026, 11, 29, 12, 0, 0, tzinfo=UTC)


def leaving(*keys):
    """Return a trace of receivers that leave their work for later, by the keys of that."""
    receivers = [node(RECEIVER, "shop.signals.send_receipt", detail=Detail(work=key)) for key in keys or [KEY]]
    return make_trace(node(SIGNAL, "shop.events.paid", *receivers))


def an_attempt(number=1, outcome="done", key=KEY, **values):
    """Return an attempt, each a minute after the one before."""
    values = {"process": "worker 7 on web-2", "waited": 0.25, "duration": 0.1, **values}
    return Attempt(key, number, outcome=outcome, started=BEGAN + timedelta(minutes=number), **values)


def save_work(attempt=None, whole=None, trace=None, **values):
    """Store an attempt of another process at what the trace ``whole`` has left for later, and return the row."""
    columns = {
        "method": "WORK",
        "path": "shop.signals.send_receipt",
        "status": 0,
        "part_of": whole.pk if whole else "",
    }
    columns["work"] = store.as_json((attempt or an_attempt()).as_data())
    return save(make_trace() if trace is None else trace, **{**columns, **values})
