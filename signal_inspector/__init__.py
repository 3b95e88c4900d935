"""
Who listens to which signal, and what fired: an instrument for any Django project.

    from signal_inspector import record

    with record() as trace:
        user.save()
    print(trace.as_text())
"""

from signal_inspector.recording.recorder import record

__all__ = ["record"]
