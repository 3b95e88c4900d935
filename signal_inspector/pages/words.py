"""What the signals of Django mean, in words: for somebody who reads a trace for the first time."""

from django.utils import formats
from django.utils.translation import gettext_lazy as _

from signal_inspector.connected import catalogue

# {it} is the instance ("auth.User:1"), or the sender where there is none.
SENTENCES = {
    "django.db.models.signals.class_prepared": _("The model {it} is ready"),
    "django.db.models.signals.pre_init": _("A {it} is about to be made in memory"),
    "django.db.models.signals.post_init": _("A {it} was made in memory"),
    "django.db.models.signals.pre_save": _("{it} is about to be saved"),
    "django.db.models.signals.post_save": _("{it} was saved"),
    "django.db.models.signals.pre_delete": _("{it} is about to be deleted"),
    "django.db.models.signals.post_delete": _("{it} was deleted"),
    "django.db.models.signals.m2m_changed": _("The members of a relation of {it} change"),
    "django.db.models.signals.pre_migrate": _("Migrations are about to run for {it}"),
    "django.db.models.signals.post_migrate": _("Migrations have run for {it}"),
    "django.core.signals.request_started": _("A request began"),
    "django.core.signals.request_finished": _("A request is over"),
    "django.core.signals.got_request_exception": _("The request failed: its view or a middleware raised an exception"),
    "django.core.signals.setting_changed": _("A test changed a setting"),
    "django.contrib.auth.signals.user_logged_in": _("Somebody logged in"),
    "django.contrib.auth.signals.user_logged_out": _("Somebody logged out"),
    "django.contrib.auth.signals.user_login_failed": _("Somebody failed to log in"),
    "django.db.backends.signals.connection_created": _("A connection to the database was opened"),
    "django.test.signals.template_rendered": _("A template was rendered"),
    "django.test.signals.setting_changed": _("A test changed a setting"),
}

CREATED = _("{it} was created")
ACTIONS = {
    "pre_add": _("{it} is about to get members of a relation"),
    "post_add": _("{it} got members of a relation"),
    "pre_remove": _("{it} is about to lose members of a relation"),
    "post_remove": _("{it} lost members of a relation"),
    "pre_clear": _("{it} is about to lose all members of a relation"),
    "post_clear": _("{it} lost all members of a relation"),
}


def sentence(node):
    """Return what a signal (``Node``) means; of one that is not Django's, what its module says of it."""
    text = SENTENCES.get(node.name) or catalogue.known(node.name).when.partition(". ")[0].rstrip(".")
    if node.details.get("created") is True:
        text = CREATED
    action = node.details.get("action")
    if node.name.endswith(".m2m_changed") and action in ACTIONS:
        text = ACTIONS[action]
    # No str.format(): the names are not ours.
    return str(text).replace("{it}", node.instance or node.sender)


def milliseconds(seconds):
    """Return a time as text: "4.3 ms", "< 0.1 ms"."""
    text = _("< %(number)s ms") if 0 < seconds < 0.00005 else _("%(number)s ms")
    return text % {"number": formats.number_format(max(seconds * 1000, 0.1 if seconds else 0), 1)}


def saved(trace):
    """
    Return which models were saved and deleted, as pairs of a model's label and a dict of counts.

    The counts are "created", "changed", "saved" (nobody listened, so it isn't known which) and "deleted".
    """
    found = {}
    for node, _depth in trace.walk():
        if node.name == "django.db.models.signals.post_save":
            kind = "created" if node.details.get("created") else "changed"
        elif node.name == "django.db.models.signals.post_delete":
            kind = "deleted"
        else:
            continue
        _count(found, node.sender, kind, 1)
    for (name, sender), times in trace.unheard.items():
        if name == "django.db.models.signals.post_save":
            _count(found, sender, "saved", times)
        elif name == "django.db.models.signals.post_delete":
            _count(found, sender, "deleted", times)
    return list(found.items())


def _count(found, sender, kind, times):
    counts = found.setdefault(sender, dict.fromkeys(("created", "changed", "saved", "deleted"), 0))
    counts[kind] += times
