"""What is known about signals: Django's in our words, any other's in those of its own module."""

from dataclasses import dataclass, replace

import django
from django.utils.translation import gettext_lazy as _

from signal_inspector.reading.contracts import contract_of

MODELS, CORE, AUTH = "django.db.models.signals", "django.core.signals", "django.contrib.auth.signals"
TASKS = "django.tasks.signals"
AROUND_A_REQUEST = {f"{CORE}.request_started", f"{CORE}.request_finished"}  # and around its record

# What kind of thing a signal of Django's is sent by.
MODEL, CLASS, APP, TEXT, INSTANCE = "model", "class", "app", "text", "instance"


@dataclass(frozen=True, slots=True)
class Known:
    """
    What is known about a signal, "" where nothing is.

    Attributes:
        when (str): a sentence on when it is sent.
        arguments (str): the names of the arguments, after the sender.
        sender (str): what the sender is.
        kind (str): which kind of thing it is: one of the words above, "" where it may be anything.
        sentence (str): what it means in a trace, where {it} is the instance, or the sender if there is none.
        text (str): all that its module says about it.
    """

    when: str = ""
    arguments: str = ""
    sender: str = ""
    sentence: str = ""
    text: str = ""
    kind: str = ""


def of_model(when, arguments, sentence):
    """Describe a signal that a model class sends."""
    return Known(when, arguments, _("the model class"), sentence, kind=MODEL)


def of_migrate(when, sentence):
    """Describe a signal that migrate sends."""
    arguments = "app_config, verbosity, interactive, stdout, using, plan, apps"
    return Known(when, arguments, _("the AppConfig"), sentence, kind=APP)


def of_task(when):
    """Describe a signal that a task backend sends."""
    return Known(when, "task_result", _("the class of the task backend"), kind=CLASS)


SAVE = "instance, raw, using, update_fields"
DJANGO = {
    f"{MODELS}.class_prepared": of_model(_("A model class is made."), "", _("The model {it} is ready")),
    f"{MODELS}.pre_init": of_model(
        _("An instance of a model is about to be made, for each row of a query too."),
        "args, kwargs",
        _("A {it} is about to be made in memory"),
    ),
    f"{MODELS}.post_init": of_model(
        _("An instance of a model was made, for each row of a query too."),
        "instance",
        _("A {it} was made in memory"),
    ),
    f"{MODELS}.pre_save": of_model(_("save() is about to write a row."), SAVE, _("{it} is about to be saved")),
    f"{MODELS}.post_save": of_model(
        _("save() has written a row, which may not be committed yet."),
        "instance, created, raw, using, update_fields",
        _("{it} was saved"),
    ),
    f"{MODELS}.pre_delete": of_model(
        _("A row is about to be deleted."), "instance, using, origin", _("{it} is about to be deleted")
    ),
    f"{MODELS}.post_delete": of_model(
        _("A row was deleted, which may not be committed yet."), "instance, using, origin", _("{it} was deleted")
    ),
    f"{MODELS}.m2m_changed": Known(
        _("Members of a many-to-many field are added, removed or cleared: before and after."),
        "instance, action, reverse, model, pk_set, using" + (", raw" if django.VERSION >= (6, 1) else ""),
        _("the model between the two, as in Post.tags.through"),
        _("The members of a relation of {it} change"),
        kind=MODEL,
    ),
    f"{MODELS}.pre_migrate": of_migrate(
        _("migrate is about to begin, once for each app."), _("Migrations are about to run for {it}")
    ),
    f"{MODELS}.post_migrate": of_migrate(
        _("migrate or flush has ended, once for each app."), _("Migrations have run for {it}")
    ),
    f"{CORE}.request_started": Known(
        _("A request begins."), "environ or scope", _("the handler class"), _("A request began"), kind=CLASS
    ),
    f"{CORE}.request_finished": Known(
        _("A response was delivered."), "", _("the handler class"), _("A request is over"), kind=CLASS
    ),
    f"{CORE}.got_request_exception": Known(
        _("A view or a middleware raised an exception that nobody handled."),
        "request",
        _("None or the handler class"),
        _("The request failed: its view or a middleware raised an exception"),
    ),
    f"{CORE}.setting_changed": Known(
        _("A test changes a setting, or puts it back."),
        "setting, value, enter",
        _("the settings wrapper"),
        _("A test changed a setting"),
    ),
    f"{AUTH}.user_logged_in": Known(
        _("login() has logged a user in."), "request, user", _("the user model"), _("Somebody logged in"), kind=CLASS
    ),
    f"{AUTH}.user_logged_out": Known(
        _("logout() was called; the user is None if nobody was logged in."),
        "request, user",
        _("the user model, or NoneType"),
        _("Somebody logged out"),
        kind=CLASS,
    ),
    f"{AUTH}.user_login_failed": Known(
        _("authenticate() found no user for what was given; secrets are starred out."),
        "credentials, request",
        _("the name of the authenticating module"),
        _("Somebody failed to log in"),
        kind=TEXT,
    ),
    "django.db.backends.signals.connection_created": Known(
        _("A connection to a database was opened."),
        "connection",
        _("the database wrapper class"),
        _("A connection to the database was opened"),
        kind=CLASS,
    ),
    f"{TASKS}.task_enqueued": of_task(_("A task was put into its queue.")),
    f"{TASKS}.task_started": of_task(_("A task begins to run.")),
    f"{TASKS}.task_finished": of_task(_("A task has ended, well or with an error.")),
    "django.test.signals.template_rendered": Known(
        _("A template is rendered, while tests run."),
        "template, context",
        _("the Template"),
        _("A template was rendered"),
        kind=INSTANCE,
    ),
    "django.utils.autoreload.autoreload_started": Known(
        _("The development server begins to watch files."), "", _("the reloader")
    ),
    "django.utils.autoreload.file_changed": Known(
        _("A watched file has changed; a receiver that returns True prevents the restart."),
        "file_path",
        _("the reloader"),
    ),
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


def known(name):
    """Return what is known about the signal of this dotted name, as plain strings but for the sentence."""
    if name in DJANGO:
        return replace(DJANGO[name], when=str(DJANGO[name].when), sender=str(DJANGO[name].sender))
    text, arguments = contract_of(name)
    when = " ".join(text.split("\n\n")[0].split()).replace("``", "")
    return Known(when, ", ".join(arguments), text=text)


LAST_PARTS = {name.rpartition(".")[2]: name for name in DJANGO}


def told_in_full(names) -> set[str]:
    """Return those names of signals (a set) whose last part is another's too: of one of these, or one of Django's."""
    by_last = {}
    for name in set(names):
        by_last.setdefault(name.rpartition(".")[2], []).append(name)
    return {
        name for last, same in by_last.items() for name in same if len(same) > 1 or LAST_PARTS.get(last, name) != name
    }


def sends_as(name):
    """Return the kind of thing that a signal of Django's is sent by, "" where it may be anything."""
    return DJANGO[name].kind if name in DJANGO else ""


def sentence(node):
    """Return what a signal (``Node``) of a trace means; of one that is not Django's, what its module says of it."""
    found = known(node.name)
    text = found.sentence or found.when.partition(". ")[0].rstrip(".")
    if node.details.get("created") is True:
        text = CREATED
    action = node.details.get("action")
    if node.name == f"{MODELS}.m2m_changed" and action in ACTIONS:
        text = ACTIONS[action]
    # No str.format(): the names are not ours.
    return str(text).replace("{it}", node.instance or node.sender)
