"""Answer why a receiver was not called."""

from signal_inspector.why.explaining import explain, find

__all__ = ["explain", "find"]
