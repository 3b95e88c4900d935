"""
System checks of how the app itself was put into a project: its settings, its middleware, its urls.

A value that can't be right is an error. All else is a warning, since it may be meant.
"""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.module_loading import import_string

from signal_inspector import conf
from signal_inspector.middleware import SignalInspectorMiddleware

# What changes an answer after it was made: a strip that came before is lost in it, or can't be put in any more.
CHANGE_THE_ANSWER = ("django.middleware.gzip.GZipMiddleware", "django.middleware.cache.UpdateCacheMiddleware")


@register()
def check_settings(app_configs=None, **kwargs):
    """Tell of settings with values that can't be right, of old names, and of names that there are not."""
    errors = [Error(text, obj=name, id="signal_inspector.E001") for name, text in conf.mistakes()]
    warnings = [
        Warning(
            f"There is no setting {name}, so nobody reads it.",
            hint=f"Did you mean {meant}?" if meant else "The documentation has a table of all settings.",
            obj=name,
            id="signal_inspector.W007",
        )
        for name, meant in conf.unknown()
    ]
    old = [
        Warning(
            f"{name} is called {now} now. The old name works until version 0.3.",
            obj=name,
            id="signal_inspector.W008",
        )
        for name, now in conf.RENAMED.items()
        if hasattr(settings, name)
    ]
    return [*errors, *warnings, *old]


@register()
def check_middleware(app_configs=None, **kwargs):
    """Tell if middleware that changes answers stands around ours."""
    above = []
    for path in settings.MIDDLEWARE:
        if _is_ours(path):
            break
        above.append(path)
    else:
        return []
    return [
        Warning(
            f"{path} stands before the inspector's middleware, so it changes or keeps pages that have the strip.",
            hint="Put signal_inspector.middleware.SignalInspectorMiddleware first in MIDDLEWARE.",
            obj=path,
            id="signal_inspector.W009",
        )
        for path in above
        if path in CHANGE_THE_ANSWER
    ]


@register(Tags.urls)
def check_urls(app_configs=None, **kwargs):
    """Tell if another route takes the addresses of the pages."""
    try:
        address = reverse("signal_inspector:index")
    except NoReverseMatch:
        return []  # not in the urls, which is fine: the commands and record() need none
    try:
        taken = resolve(address).app_names != ["signal_inspector"]
    except Resolver404:
        taken = False  # a route with a prefix that depends on the request
    if not taken:
        return []
    return [
        Warning(
            f"The pages of the inspector can't be reached: a route before theirs takes {address}.",
            hint='Put path("…", include("signal_inspector.urls")) before the route that takes every path.',
            id="signal_inspector.W010",
        )
    ]


def _is_ours(path):
    """Tell whether a line of MIDDLEWARE is ours, or a child of it."""
    try:
        found = import_string(path)
    except ImportError:
        return False  # Django tells of it when it starts to answer
    return isinstance(found, type) and issubclass(found, SignalInspectorMiddleware)
