"""A trace as a test: the ``assertTrace()`` of this tree, ready to paste."""

import json
import re

from signal_inspector.traces import snapshots
from signal_inspector.traces.nodes import CALLBACK

TEXT = '''\
from django.test import TestCase

from signal_inspector.testing import SignalTestMixin


class {name}Tests(SignalTestMixin, TestCase):
{ignored}    def test_what_it_sets_off(self):
{notes}        expected = """
{expected}
        """
        with self.assertTrace(expected){running}:
            {action}
'''

# The record of a request begins after the one, and is over before the other.
OUTSIDE = """\
    ignored_signals = {
        *SignalTestMixin.ignored_signals,
        "django.core.signals.request_started",
        "django.core.signals.request_finished",
    }

"""
RUNS_CALLBACKS = ", self.captureOnCommitCallbacks(execute=True)"


def convert(trace, title):
    """
    Return a trace (``Trace``) as the source of a test.

    Args:
        trace (Trace): the trace.
        title (str): what it is of. One that begins with a method and a path, ``"GET /people/, answered 200"``, gives
            the request of the test.
    """
    tree = snapshots.text_of(trace)
    method, path = _request(title)
    words = re.findall("[A-Za-z0-9]+", f"{method} {path}" if path else title) or ["Trace"]
    callbacks = [node for node, _depth in trace.walk() if node.kind == CALLBACK]
    return TEXT.format(
        name=re.sub("^[0-9]", "_", "".join(word[:1].upper() + word[1:].lower() for word in words[:6])),
        ignored=OUTSIDE if path else "",
        notes="".join(f"        # {note}\n" for note in _notes(trace, method, path)),
        expected="\n".join(f"            {_escaped(line)}" for line in tree.splitlines()),
        running=RUNS_CALLBACKS if callbacks and all(node.ran for node in callbacks) else "",
        action=_action(method, path),
    )


def _request(title):
    """Return the method and the path that a title begins with, two empty strings if it does not."""
    found = re.match(r"(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) (/[^\s,]*)", title)
    return found.groups() if found else ("", "")


def _action(method, path):
    if not path:
        return "...  # do here what is to be tested"
    data = ", {}" if method in ("POST", "PUT", "PATCH") else ""
    return f"self.client.{method.lower()}({json.dumps(path)}{data})"


def _notes(trace, method, path):
    """Yield what the test needs beside this, which no trace holds."""
    if method in ("POST", "PUT", "PATCH"):
        yield "No trace holds what was sent: fill in the data of the form."
    if path:
        yield "Where somebody was logged in: self.client.force_login(user), before the block."
    if any(node.asynchronous for node, _depth in trace.walk()):
        yield "Asynchronous receivers run side by side: their order may differ."
    if trace.left_out:
        yield "The trace was full. What it left out is not here."


def _escaped(text):
    """Return a text as it stands in a string of Python, with three quotes around."""
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
