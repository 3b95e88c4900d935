"""
The settings of the app, each with its default.

``SIGNAL_INSPECTOR_ENABLED`` (bool, default ``DEBUG``)
    whether requests are recorded. It is read when the process starts.
``SIGNAL_INSPECTOR_DETAILS`` (bool, default ``DEBUG``)
    whether requests are recorded with details: where in the code everything came from, the statements as SQL (never a
    parameter), transactions.
``SIGNAL_INSPECTOR_IGNORE`` (list, default empty)
    prefixes of paths that are not recorded, such as "/health/"; static files, media and the app's own pages never are.
``SIGNAL_INSPECTOR_SLOW`` (float, default 0.02)
    how many seconds a receiver may take itself, without what it set off, before it counts as slow.
``SIGNAL_INSPECTOR_SLOW_SHARE`` (float, default 0.1)
    which share of the request that has to be, too: at most ten receivers of a request are slow then.
``SIGNAL_INSPECTOR_MAX_NODES`` (int, default 2000)
    how many signals, receivers and callbacks are recorded of a request; the others are counted.
``SIGNAL_INSPECTOR_EDITOR`` (str, default empty)
    the address that opens a file in an editor, as "vscode://file/{path}:{line}": places in the code link to it.
``SIGNAL_INSPECTOR_SILENCED`` (list, default empty)
    dotted names of receivers, modules or packages that the checks and ``signals --bypassed`` say nothing about.
``SIGNAL_INSPECTOR_CHECK_FIXTURES`` (bool, default False)
    whether the checks tell of receivers of ``post_save`` that write for rows of a fixture as for any other.
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


def slow(duration=0.0):
    """Return how many seconds a receiver may take itself, in a request of a duration in seconds, before it is slow."""
    share = getattr(settings, "SIGNAL_INSPECTOR_SLOW_SHARE", 0.1)
    return max(getattr(settings, "SIGNAL_INSPECTOR_SLOW", 0.02), share * duration)


def max_nodes():
    """Return how many nodes are recorded of a request."""
    return getattr(settings, "SIGNAL_INSPECTOR_MAX_NODES", 2000)


def editor():
    """Return the address that opens a file in an editor, with {path} and {line} in it; "" for none."""
    return getattr(settings, "SIGNAL_INSPECTOR_EDITOR", "")


def silenced(name):
    """Tell whether the checks are to say nothing about a receiver or a module of this dotted name."""
    return any(f"{name}.".startswith(f"{each}.") for each in getattr(settings, "SIGNAL_INSPECTOR_SILENCED", ()))


def check_fixtures():
    """Tell whether the checks are to look for receivers that write, and never look at ``raw``."""
    return bool(getattr(settings, "SIGNAL_INSPECTOR_CHECK_FIXTURES", False))


def ignored():
    """Return the prefixes of paths that are not recorded."""
    # An empty MEDIA_URL reads as "/", which is every path.
    files = [url for url in (settings.STATIC_URL, settings.MEDIA_URL) if url and url.startswith("/") and url != "/"]
    return (*files, *getattr(settings, "SIGNAL_INSPECTOR_IGNORE", ()))


def stories():
    """Return the stories of the bench: a dict from the name to the dotted name of a callable."""
    return dict(getattr(settings, "SIGNAL_INSPECTOR_STORIES", {}))
