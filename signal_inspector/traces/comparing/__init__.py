"""Two traces compared: what is the same in both, what is not, and one tree of both."""

from signal_inspector.traces.comparing.sentences import Comparison, as_text, compare

__all__ = ["Comparison", "as_text", "compare"]
