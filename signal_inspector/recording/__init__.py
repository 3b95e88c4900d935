"""What fires: notes while it happens, and the tree that is made of them."""

from signal_inspector.recording.recorder import begin, finish, record
from signal_inspector.traces.nodes import Node
from signal_inspector.traces.trace import Trace

__all__ = ["Node", "Trace", "begin", "finish", "record"]
