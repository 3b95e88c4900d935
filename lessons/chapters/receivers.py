"""The project's receivers, as they are named in texts."""

from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings

from signal_inspector.connected import inventory
from signal_inspector.reading.places import is_projects_own
from signal_inspector.requests.access import may_see

NOT_MEANT = ("lessons", "signal_inspector")


def receivers_for(user):
    """
    Return the receivers whose source somebody may see, as a dict from name to dotted name.

    Args:
        user (User): who asks.
    """
    return connected() if apps.is_installed("signal_inspector") and may_see(user) else {}


@cache
def connected():
    """Return the connected receivers of the project's own apps, from name to dotted name; no name that two bear."""
    own = tuple(f"{config.name}." for config in apps.get_app_configs() if _is_own(config))
    names = {each.name for signal in inventory.all_signals() for each in signal.receivers if each.name.startswith(own)}
    found = {}
    for name in names:
        found.setdefault(name.rpartition(".")[2], []).append(name)
    return {short: name for short, [name, *others] in found.items() if not others and not short.startswith("<")}


def _is_own(config):
    here = Path(settings.BASE_DIR) in Path(config.path).parents and is_projects_own(config.path)  # not in its .venv
    return here and config.name not in NOT_MEANT
