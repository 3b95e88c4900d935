"""
Who listens to which signal, and what fired: an instrument for any Django project.

    from signal_inspector import record

    with record() as trace:
        user.save()
    print(trace.as_text())

Public are the names here, ``testing``, ``integrations``, ``middleware``, ``context_processors``, ``urls``, the checks,
the commands and the settings. All else is private to the app, and may be another in the next version.
"""

from signal_inspector.recording import Node, Trace, begin, finish, record

__all__ = ["Node", "Trace", "begin", "finish", "record"]
