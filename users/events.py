"""The signals that this app defines. It imports nothing but django.dispatch, so anybody may import it."""

from django.dispatch import Signal

fields_changed = Signal()
"""
Watched fields of a row have new values, and the change is committed.

Sent with ``send_robust`` by ``users.changes``, after the commit: whoever listens can no longer break it.

sender
    The model class that is watched, also when a proxy or a child of it was saved.
instance
    The instance that was saved.
changes
    A dict from field name to ``(old, new)``: the value replaced in the database, the value stored there. For a
    file both are names.
using
    The alias of the database.

``QuerySet.update()``, ``bulk_update()`` and SQL of one's own send no signals, so they go unheard. Fixtures
(``raw``) and the creation of a row are not changes.
"""
