"""
The settings of the app, each with its default.

``SIGNAL_INSPECTOR_ENABLED`` (bool, default ``DEBUG``)
    whether requests are recorded. It is read when the process starts.
``SIGNAL_INSPECTOR_DETAILS`` (bool, default ``DEBUG``)
    whether requests are recorded with details: where in the code everything came from, the statements as SQL (never a
    parameter), transactions.
``SIGNAL_INSPECTOR_IGNORE`` (list, default empty)
    prefixes of paths that are not recorded, such as "/health/"; static files, media and the app's own pages never are.
``SIGNAL_INSPECTOR_SLOW`` (float, default 0.01)
    how many seconds a receiver may take before it counts as slow.
``SIGNAL_INSPECTOR_SILENCED`` (list, default empty)
    dotted names of receivers, modules or packages that the checks say nothing about.
``SIGNAL_INSPECTOR_STORIES`` (dict, default empty)
    stories for the bench, ``{"a login": "shop.stories.log_in"}``: by its name the dotted name of a callable that
    prepares something, and returns the callable that does it.
"""

from django.conf import settings

KEPT = 200  # traces


def enabled():
    """Tell whether requests are recorded."""
    return bool(getattr(settings, "SIGNAL_INSPECTOR_ENABLED", settings.DEBUG))


def details():
    """Tell whether requests are recorded with details."""
    return bool(getattr(settings, "SIGNAL_INSPECTOR_DETAILS", settings.DEBUG))


def slow():
    """Return how many seconds a receiver may take before it counts as slow."""
    return getattr(settings, "SIGNAL_INSPECTOR_SLOW", 0.01)


def silenced(name):
    """Tell whether the checks are to say nothing about a receiver or a module of this dotted name."""
    return any(f"{name}.".startswith(f"{each}.") for each in getattr(settings, "SIGNAL_INSPECTOR_SILENCED", ()))


def ignored():
    """Return the prefixes of paths that are not recorded."""
    # An empty MEDIA_URL reads as "/", which is every path.
    files = [url for url in (settings.STATIC_URL, settings.MEDIA_URL) if url and url.startswith("/") and url != "/"]
    return (*files, *getattr(settings, "SIGNAL_INSPECTOR_IGNORE", ()))


def stories():
    """Return the stories of the bench: a dict from the name to the dotted name of a callable."""
    return dict(getattr(settings, "SIGNAL_INSPECTOR_STORIES", {}))
