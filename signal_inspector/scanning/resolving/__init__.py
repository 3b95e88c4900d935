"""What the expressions of a source stand for: models, their rows, managers and querysets, classes, texts."""

from signal_inspector.scanning.resolving.expressions import Resolver

__all__ = ["Resolver"]
