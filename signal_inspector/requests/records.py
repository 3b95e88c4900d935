"""
The record of one request: begun by the middleware, over when the answer is ready, stored when that has been sent.

A streaming answer is made while it is sent, so its record is over when it is closed. Django closes every response, and
sends ``request_finished`` at the end of it; on ASGI in another context than the middleware's. What connects the two is
the response's own list of what is to be closed.
"""

from collections import deque
from contextlib import suppress
from contextvars import ContextVar
from time import perf_counter
from uuid import uuid4

from signal_inspector import conf
from signal_inspector.reading import naming, private
from signal_inspector.recording import recorder
from signal_inspector.requests import store
from signal_inspector.requests.context import story_in
from signal_inspector.requests.paths import kept_path, printable

APP = "signal_inspector"
STARTED = "signal_inspector.started"  # the key of a time in the environ or the scope of a request

closed = ContextVar("signal_inspector.closed", default=None)  # the record whose response is being closed
_orphans = deque()  # recordings of streams that nobody closed


class RequestRecord:
    """
    What is recorded of a request.

    Attributes:
        id (str): of the trace that will be stored, known before it is.
        method (str), path (str): what was asked for, as it may be shown.
        user (str): who asked, as a model and a key, ``"auth.User:7"``; "" for nobody, and where nobody looked.
        before (dict): the request before the redirect that led here, if any: see ``strip.py``.
        trace (Trace): None until the record is over.
        duration (float): seconds from ``request_started`` to the answer, that of a stream to its end.
    """

    def __init__(self, request):
        """Begin to record."""
        with suppress(IndexError):  # another thread may take the last one
            while True:
                recorder.finish(_orphans.popleft())
        carrier = getattr(request, "environ", None) or getattr(request, "scope", None) or {}
        self.id = uuid4().hex
        self.method, self.path, self.user = printable(request.method)[:16], "", ""
        self.began = carrier.get(STARTED) or perf_counter()
        self.before = None
        self.trace = None
        self.status = self.duration = 0
        self.recording = recorder.begin(conf.max_nodes(), details=conf.details())
        self.recording.identity = self.id, story_in(request.META.get("HTTP_TRACEPARENT", "")) or self.id

    def __del__(self):
        # No lock may be taken here: this may run anywhere.
        if self.recording_goes_on:
            _orphans.append(self.recording)

    @property
    def recording_goes_on(self):
        """Whether the record is not over."""
        recording = getattr(self, "recording", None)
        return recording is not None and recording.active

    def end(self):
        """Record nothing more. A second call changes nothing."""
        if self.trace is None:
            self.trace = recorder.finish(self.recording)
            self.duration = perf_counter() - self.began

    def answer(self, request, response):
        """Take over what is to be stored from the answer, and wait for its end. Return whether it will be stored."""
        match = getattr(request, "resolver_match", None)
        if match is not None and APP in match.app_names:
            self.end()
            return False
        self.status = response.status_code
        self.path = kept_path(request)[:200]
        user = private.known_user(request)
        self.user = naming.instance_name(user) if getattr(user, "is_authenticated", False) is True else ""
        if not response.streaming:
            self.end()
        private.when_closed(response, self.close)
        return True

    def close(self):
        """Have the record stored when ``request_finished`` is sent, which comes next."""
        try:
            self.end()
        except Exception as error:
            store.report(error, "The record of a request could not be ended.")
        else:
            closed.set(self)

    def store(self):
        """Store the trace."""
        values = {
            "id": self.id,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "duration": self.duration,
            "before": self.before["id"] if self.before else "",
        }
        store.save(values, self.trace, self.user)
