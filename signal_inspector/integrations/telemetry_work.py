"""
One trace of OpenTelemetry's from the request to the process that does what its receivers left for later.

    DELIVERY_TRACER = "signal_inspector.integrations.telemetry_work.tracer"

in the place of ``"signal_inspector.work.tracer"``, which it is, too. What is noted with the work is the span that is
current then (W3C's ``traceparent``), so that a span of the worker is a child of it, and what it does lies below that.
Where the request was not sampled, the work is not. ``telemetry.instrument()`` turns it on, in both processes.
"""

from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from signal_inspector.integrations import telemetry
from signal_inspector.work import Context, Tracer

propagator = TraceContextTextMapPropagator()


class TelemetryTracer(Tracer):
    """Gives the context of the span that is current, and makes one of each attempt."""

    def context(self):
        """Return what is recorded here, with the current span as its ``traceparent`` if there is one."""
        carrier, recorded = {}, super().context()
        if telemetry.tracer() is not None:
            propagator.inject(carrier)
        return Context(carrier.get("traceparent", recorded.traceparent), recorded.trace)

    @contextmanager
    def attempt(self, context, key, name, number, due_at):
        """Make an attempt in a span: see ``Tracer.attempt``."""
        with _span(context[0], name, number) as span, super().attempt(context, key, name, number, due_at) as tell:

            def tell_both(outcome, error="", next_at=None):
                tell(outcome, error, next_at)
                span.set_attribute("django.signal.outcome", outcome)
                if error:
                    span.set_attribute("error.type", error.partition(" ")[0])
                    span.set_status(Status(StatusCode.ERROR))

            yield tell_both


tracer = TelemetryTracer()


@contextmanager
def _span(traceparent, name, number):
    """Begin a span below that of a ``traceparent``, with a link to what is current here if that is another trace."""
    ours = telemetry.tracer()
    if ours is None:
        yield trace.INVALID_SPAN
        return
    here, parent = trace.get_current_span().get_span_context(), propagator.extract({"traceparent": traceparent})
    there = trace.get_current_span(parent).get_span_context()
    is_here = not there.is_valid or there.trace_id == here.trace_id
    attributes = {"code.function.name": name, "django.signal.attempt": number}
    if is_here:
        span = ours.start_as_current_span(name, attributes=attributes)
    else:
        links = [Link(here)] if here.is_valid else []
        span = ours.start_as_current_span(name, parent, SpanKind.CONSUMER, attributes, links)
    with span as current:
        yield current
