"""When a signal is sent and with what arguments: Django's in our words, any other's in those of its own module."""

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from inspect import cleandoc

import django
from django.utils.translation import gettext_lazy as _

from signal_inspector.reading.source import module_source

MODELS, CORE, AUTH = "django.db.models.signals", "django.core.signals", "django.contrib.auth.signals"
TASKS, BACKEND = "django.tasks.signals", _("the class of the task backend")
SAVE = "instance, raw, using, update_fields"
MIGRATE = "app_config, verbosity, interactive, stdout, using, plan, apps"

# Name: when it is sent, the arguments after the sender, what the sender is.
DJANGO = {
    f"{MODELS}.class_prepared": (_("A model class is made."), "", _("the model class")),
    f"{MODELS}.pre_init": (
        _("An instance of a model is about to be made, for each row of a query too."),
        "args, kwargs",
        _("the model class"),
    ),
    f"{MODELS}.post_init": (
        _("An instance of a model was made, for each row of a query too."),
        "instance",
        _("the model class"),
    ),
    f"{MODELS}.pre_save": (_("save() is about to write a row."), SAVE, _("the model class")),
    f"{MODELS}.post_save": (
        _("save() has written a row, which may not be committed yet."),
        "instance, created, raw, using, update_fields",
        _("the model class"),
    ),
    f"{MODELS}.pre_delete": (_("A row is about to be deleted."), "instance, using, origin", _("the model class")),
    f"{MODELS}.post_delete": (
        _("A row was deleted, which may not be committed yet."),
        "instance, using, origin",
        _("the model class"),
    ),
    f"{MODELS}.m2m_changed": (
        _("Members of a many-to-many field are added, removed or cleared: before and after."),
        "instance, action, reverse, model, pk_set, using" + (", raw" if django.VERSION >= (6, 1) else ""),
        _("the model between the two, as in Post.tags.through"),
    ),
    f"{MODELS}.pre_migrate": (_("migrate is about to begin, once for each app."), MIGRATE, _("the AppConfig")),
    f"{MODELS}.post_migrate": (
        _("migrate or flush has ended, once for each app."),
        MIGRATE,
        _("the AppConfig"),
    ),
    f"{CORE}.request_started": (_("A request begins."), "environ or scope", _("the handler class")),
    f"{CORE}.request_finished": (_("A response was delivered."), "", _("the handler class")),
    f"{CORE}.got_request_exception": (
        _("A view or a middleware raised an exception that nobody handled."),
        "request",
        _("None or the handler class"),
    ),
    f"{CORE}.setting_changed": (
        _("A test changes a setting, or puts it back."),
        "setting, value, enter",
        _("the settings wrapper"),
    ),
    f"{AUTH}.user_logged_in": (_("login() has logged a user in."), "request, user", _("the user model")),
    f"{AUTH}.user_logged_out": (
        _("logout() was called; the user is None if nobody was logged in."),
        "request, user",
        _("the user model, or NoneType"),
    ),
    f"{AUTH}.user_login_failed": (
        _("authenticate() found no user for what was given; secrets are starred out."),
        "credentials, request",
        _("the name of the authenticating module"),
    ),
    "django.db.backends.signals.connection_created": (
        _("A connection to a database was opened."),
        "connection",
        _("the database wrapper class"),
    ),
    f"{TASKS}.task_enqueued": (_("A task was put into its queue."), "task_result", BACKEND),
    f"{TASKS}.task_started": (_("A task begins to run."), "task_result", BACKEND),
    f"{TASKS}.task_finished": (_("A task has ended, well or with an error."), "task_result", BACKEND),
    "django.test.signals.template_rendered": (
        _("A template is rendered, while tests run."),
        "template, context",
        _("the Template"),
    ),
    "django.utils.autoreload.autoreload_started": (
        _("The development server begins to watch files."),
        "",
        _("the reloader"),
    ),
    "django.utils.autoreload.file_changed": (
        _("A watched file has changed; a receiver that returns True prevents the restart."),
        "file_path",
        _("the reloader"),
    ),
}


@dataclass(frozen=True, slots=True)
class Known:
    """
    What is known about a signal, "" where nothing is.

    Attributes:
        when (str): a sentence on when it is sent.
        arguments (str): the names of the arguments, after the sender.
        sender (str): what the sender is.
        text (str): all that stands under the assignment of the signal.
    """

    when: str = ""
    arguments: str = ""
    sender: str = ""
    text: str = ""


def known(name):
    """Return what is known about the signal of this dotted name."""
    if name in DJANGO:
        return Known(*map(str, DJANGO[name]))
    text = described_below(name)
    # As in "instance\n    The user." or ":param instance: The user."
    arguments = re.findall(r"^(?::param (?:\w+ )?)?([a-z_]\w*)(?::|(?=\n[ \t]+\S))", text, re.MULTILINE)
    return Known(
        when=" ".join(text.split("\n\n")[0].split()).replace("``", ""),
        arguments=", ".join(name for name in arguments if name not in ("sender", "returns")),
        text=text,
    )


def described_below(name):
    """Return the string that stands under the assignment of a signal, "" if none does."""
    module, _, path = name.rpartition(".")
    while module:
        source = module_source(module)
        if source:
            return _descriptions(source).get(path, "")
        module, _, last = module.rpartition(".")  # held in a class
        path = f"{last}.{path}"
    return ""


@lru_cache(maxsize=64)
def _descriptions(source):
    """Return a dict from path in the module (``"name"``, ``"Class.name"``) to the text below it."""
    try:
        return dict(_read(ast.parse(source).body, ""))
    except (SyntaxError, ValueError, RecursionError):
        return {}


def _read(body, prefix):
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.ClassDef):
            yield from _read(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and _is_text(following):
            for target in getattr(node, "targets", None) or [node.target]:
                if isinstance(target, ast.Name):
                    yield prefix + target.id, cleandoc(following.value.value)


def _is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
