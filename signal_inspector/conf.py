"""
The settings of the app: one table, ``SETTINGS``, with the default of each, and the functions that read them.

What a value has to be is checked when the project starts: see ``setup_checks.py``.
"""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeGuard

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

PREFIX = "SIGNAL_INSPECTOR_"


class Setting(NamedTuple):
    """
    A setting.

    Attributes:
        default (object): the value where the project has none.
        about (str): what it is for.
        must (str): what a value has to be, as the end of a sentence.
        fits (callable): tells whether a value is that.
    """

    default: object
    about: str
    must: str
    fits: Callable[[object], bool]


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not _is_bool(value) and value > 0


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not _is_bool(value)


def _is_share(value: object) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _is_duration(value: object) -> bool:
    return _is_number(value) and value >= 0


def _are_texts(value: object) -> bool:
    return isinstance(value, (list, tuple, set, frozenset)) and all(isinstance(each, str) for each in value)


def _are_paths(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(each, str) and each.startswith("/") for each in value)


def _is_function(value: object) -> bool:
    try:
        return callable(_loaded(value))
    except ImportError:
        return False


def _is_alias(value: object) -> bool:
    return value is None or (isinstance(value, str) and value in settings.DATABASES)


def _is_address(value: object) -> bool:
    return isinstance(value, str) and (not value or "{path}" in value)


def _are_stories(value: object) -> bool:
    return isinstance(value, dict) and _are_texts([*value, *value.values()])


FOLLOWS_DEBUG = "DEBUG"  # a default that is the value of that setting

SETTINGS = {
    "SIGNAL_INSPECTOR_ENABLED": Setting(
        FOLLOWS_DEBUG, "whether requests are recorded; read when the process starts", "True or False", _is_bool
    ),
    "SIGNAL_INSPECTOR_SAMPLE": Setting(
        1.0,
        "which share of the requests is recorded; or a callable that gets the request, and returns a share, True or "
        "False. Work that it left for later is recorded if it is",
        "a number from 0 to 1, or a callable or its dotted path",
        lambda value: _is_share(value) or _is_function(value),
    ),
    "SIGNAL_INSPECTOR_IGNORE": Setting(
        [],
        'prefixes of paths that are not recorded, such as `"/health/"`; static files, media and the app\'s own pages '
        "never are",
        'a list of paths that begin with "/"',
        _are_paths,
    ),
    "SIGNAL_INSPECTOR_MAX_NODES": Setting(
        2000,
        "how many signals, receivers and callbacks are recorded of a request; the others are counted",
        "a whole number, 1 at least",
        _is_count,
    ),
    "SIGNAL_INSPECTOR_DETAILS": Setting(
        FOLLOWS_DEBUG,
        "whether requests are recorded with details: where in the code everything came from, the SQL without values, "
        "transactions",
        "True or False",
        _is_bool,
    ),
    "SIGNAL_INSPECTOR_KEEP": Setting(
        200,
        "how many traces are kept in which something fired, and how many others; older ones are deleted",
        "a whole number, 1 at least",
        _is_count,
    ),
    "SIGNAL_INSPECTOR_DATABASE": Setting(
        None,
        "the alias of the database that traces are stored in; otherwise the routers say",
        "None or an alias of DATABASES",
        _is_alias,
    ),
    "SIGNAL_INSPECTOR_MAY_SEE": Setting(
        None,
        "a callable that gets the user and tells whether that one may see the pages, or its dotted path; otherwise "
        "staff may, and everybody while `DEBUG`",
        "None, or a callable or its dotted path",
        lambda value: value is None or _is_function(value),
    ),
    "SIGNAL_INSPECTOR_EDITOR": Setting(
        "",
        "the address that opens a file in an editor, as `vscode://file/{path}:{line}`: places in the code link to it",
        'an address with "{path}" in it, or empty',
        _is_address,
    ),
    "SIGNAL_INSPECTOR_SLOW": Setting(
        0.02,
        "how many seconds a receiver may take itself, without what it set off, before it counts as slow",
        "a number of seconds, 0 or more",
        _is_duration,
    ),
    "SIGNAL_INSPECTOR_SLOW_SHARE": Setting(
        0.1,
        "which share of the request that has to be, too: at most ten receivers of a request are slow then",
        "a number from 0 to 1",
        _is_share,
    ),
    "SIGNAL_INSPECTOR_STORIES": Setting(
        {},
        'stories for the page "Try", by their names: `{"a login": "shop.stories.log_in"}`',
        "a dict from names to dotted paths of callables",
        _are_stories,
    ),
    "SIGNAL_INSPECTOR_CHECK_FIXTURES": Setting(
        False,
        "whether the checks look for receivers of `post_save` that write for rows of a fixture, too",
        "True or False",
        _is_bool,
    ),
    "SIGNAL_INSPECTOR_CHECK_IGNORE": Setting(
        [],
        "dotted names of receivers, modules or packages that the checks and `--bypassed` say nothing about",
        "a list of dotted names",
        _are_texts,
    ),
}

# Names that are gone, and what they are called now. Both work until the version that is named in the warning.
RENAMED = {"SIGNAL_INSPECTOR_SILENCED": "SIGNAL_INSPECTOR_CHECK_IGNORE"}


def read(name: str) -> Any:
    """Return the value of a setting by its full name, its default where the project has none."""
    default = SETTINGS[name].default
    return getattr(settings, name, settings.DEBUG if default == FOLLOWS_DEBUG else default)


def _loaded(value: Any) -> Any:
    """Return what a value that may be the dotted path of a callable stands for."""
    return import_string(value) if isinstance(value, str) else value


def mistakes() -> list[tuple[str, str]]:
    """Return what is wrong with the project's values, as pairs: the name of a setting, and a sentence."""
    return [
        (name, f"{name} has to be {setting.must}, and is {getattr(settings, name)!r}.")
        for name, setting in SETTINGS.items()
        if hasattr(settings, name) and not setting.fits(getattr(settings, name))
    ]


def unknown() -> list[tuple[str, str]]:
    """Return the project's settings with our prefix that there are not, as pairs with the name that may be meant."""
    names = [name for name in dir(settings) if name.startswith(PREFIX) and name not in {*SETTINGS, *RENAMED}]
    return [(name, next(iter(get_close_matches(name, SETTINGS, 1)), "")) for name in names]


def enabled() -> bool:
    """Tell whether requests are recorded."""
    return bool(read("SIGNAL_INSPECTOR_ENABLED"))


def share(request: HttpRequest) -> float:
    """Return which share of requests like this one is recorded, from 0 to 1: what ``SIGNAL_INSPECTOR_SAMPLE`` says."""
    value = read("SIGNAL_INSPECTOR_SAMPLE")
    return value if _is_number(value) else float(_loaded(value)(request))


def share_of_work() -> float:
    """Return which share of the work that came from no request is recorded; 0 where a callable wants a request."""
    value = read("SIGNAL_INSPECTOR_SAMPLE")
    return value if _is_number(value) else 0.0


def details() -> bool:
    """Tell whether requests are recorded with details."""
    return bool(read("SIGNAL_INSPECTOR_DETAILS"))


def slow(duration: float = 0.0) -> float:
    """Return how many seconds a receiver may take itself, in a request of a duration in seconds, before it is slow."""
    return max(read("SIGNAL_INSPECTOR_SLOW"), read("SIGNAL_INSPECTOR_SLOW_SHARE") * duration)


def max_nodes() -> int:
    """Return how many nodes are recorded of a request."""
    return read("SIGNAL_INSPECTOR_MAX_NODES")


def keep() -> int:
    """Return how many traces are kept."""
    return read("SIGNAL_INSPECTOR_KEEP")


def database() -> str | None:
    """Return the alias of the database that traces are stored in, None where the routers say."""
    return read("SIGNAL_INSPECTOR_DATABASE")


def may_see() -> Callable[[object], object] | None:
    """Return the function that tells who may see the pages; None where the project leaves it to us."""
    return _loaded(read("SIGNAL_INSPECTOR_MAY_SEE"))


def editor() -> str:
    """Return the address that opens a file in an editor, with {path} and {line} in it; "" for none."""
    return read("SIGNAL_INSPECTOR_EDITOR")


def silenced(name: str) -> bool:
    """Tell whether the checks are to say nothing about a receiver or a module of this dotted name."""
    names = (*read("SIGNAL_INSPECTOR_CHECK_IGNORE"), *getattr(settings, "SIGNAL_INSPECTOR_SILENCED", ()))
    return any(f"{name}.".startswith(f"{each}.") for each in names)


def check_fixtures() -> bool:
    """Tell whether the checks are to look for receivers that write, and never look at ``raw``."""
    return bool(read("SIGNAL_INSPECTOR_CHECK_FIXTURES"))


def ignored() -> tuple[str, ...]:
    """Return the prefixes of paths that are not recorded."""
    # An empty MEDIA_URL reads as "/", which is every path.
    files = [url for url in (settings.STATIC_URL, settings.MEDIA_URL) if url and url.startswith("/") and url != "/"]
    return (*files, *read("SIGNAL_INSPECTOR_IGNORE"))


def stories() -> dict[str, str]:
    """Return the stories of the bench: a dict from the name to the dotted name of a callable."""
    return dict(read("SIGNAL_INSPECTOR_STORIES"))
