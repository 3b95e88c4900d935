"""What a log may note of a request, so that it leads to the trace. No model is needed, nor the app installed."""

from django.http import HttpRequest


def trace_id(request: HttpRequest) -> str | None:
    """Return the id of the trace that is being recorded of a request (``HttpRequest``), None if none is."""
    return getattr(request, "signal_trace_id", None)
