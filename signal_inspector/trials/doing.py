"""
What ``trace_signals`` can do while it records.

Each function prepares one thing, and returns the function that does it: so looking up a row is not in the trace.
"""

import ast
from difflib import get_close_matches
from inspect import CO_COROUTINE

from asgiref.sync import async_to_sync
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.db import router
from django.utils.translation import gettext as _

from signal_inspector.reading import private
from signal_inspector.trials.typed import Unclear, find_field, find_model, find_row, new_row, read_values, set_values


def save(text, values, using=None, only=()):
    """
    Prepare to save the row of a text as in ``"auth.User:1"``, with values as in ``["email=ada@example.com"]``.

    Args:
        text (str), values (list): as they are typed.
        using (str): the alias of the database, None to ask the router.
        only (iterable): the names of fields for ``update_fields``; all are saved where there is none.
    """
    instance = find_row(text, using)
    set_values(instance, values, using or instance._state.db)
    narrow = {"update_fields": [find_field(type(instance), name).name for name in only]} if only else {}
    return lambda: instance.save(**narrow, **_where(using))


def create(label, values, using=None):
    """Prepare to create a row of a model, with values."""
    instance = new_row(label, values, using)
    # A key that was given must not be one of an existing row.
    insert = {"force_insert": True} if instance.pk is not None and not instance._meta.pk.has_default() else {}
    return lambda: instance.save(**insert, **_where(using))


def delete(text, using=None):
    """Prepare to delete a row."""
    instance = find_row(text, using)
    return lambda: instance.delete(**_where(using))


def change_members(text, relation, keys, how, using=None):
    """
    Prepare to change the members of a relation of a row: many-to-many, or a foreign key from its other side.

    Args:
        text (str): the row, as in ``"auth.User:1"``.
        relation (str): the name of the relation.
        keys (list): the primary keys of the members, as they are typed.
        how (str): "add" or "set".
        using (str): the alias of the database, None to ask the router.

    Raises:
        Unclear: where the row has no such relation, or a member is not there.
    """
    instance = find_row(text, using)
    names = relations_of(type(instance))
    if relation not in names:
        told = _("%(model)s has no relation %(name)r. It has %(names)s.")
        label, names = type(instance)._meta.label, ", ".join(names) or _("none")
        raise Unclear(told % {"model": label, "name": relation, "names": names})
    manager = getattr(instance, relation)
    members = [find_row(f"{manager.model._meta.label}:{key}", using) for key in keys]
    return (lambda: manager.set(members)) if how == "set" else (lambda: manager.add(*members))


def relations_of(model):
    """Return the names of the relations of a model whose members can be added."""
    names = [field.name for field in model._meta.many_to_many]
    reverse = [each for each in model._meta.related_objects if each.one_to_many or each.many_to_many]
    return names + [name for each in reverse if (name := each.get_accessor_name())]


def update(label, key, values, using=None):
    """Prepare ``QuerySet.update()`` with values, of the row of a key (str), or of all rows for ""."""
    model = find_model(label)
    rows = model._default_manager.using(using or router.db_for_write(model))
    if key:
        rows = rows.filter(pk=find_row(f"{label}:{key}", using).pk)
    changes = {field.name: value for field, value in read_values(model, values, rows.db)}
    if not changes:
        raise Unclear(_("update() needs a value to set."))
    return lambda: rows.update(**changes)


def bulk_create(label, several, using=None):
    """Prepare ``bulk_create()`` of rows; of each its values (a list) are given."""
    rows = [new_row(label, values, using) for values in several]
    model = find_model(label)
    return lambda: model._default_manager.using(using or router.db_for_write(model)).bulk_create(rows)


def _where(using):
    # Not given where nobody asked for it: methods of one's own often take no argument.
    return {"using": using} if using else {}


def code(text):
    """
    Prepare to run an expression or statements, which know the models by their names.

    ``await`` may be used. It runs in this thread, as synchronous code that is called from there does: the only one
    whose transactions are rolled back.

    Raises:
        Unclear: where it is not Python.
    """
    try:
        compiled = compile(text, "<--code>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError) as error:
        raise Unclear(f"The code can't be read: {error}") from error
    names = {model.__name__: model for model in reversed(apps.get_models())}
    names |= {"__name__": "__console__", "apps": apps, "settings": settings}
    if compiled.co_flags & CO_COROUTINE:

        async def run():
            await eval(compiled, names)  # noqa: S307 - it is the user's own shell

        return async_to_sync(run)
    return lambda: exec(compiled, names)  # noqa: S102 - as above


def command(words, stdout, stderr, caller):
    """
    Prepare to run a management command with its arguments, as the command line does; what it raises is passed on.

    Args:
        words (list): the name of the command, and its arguments.
        stdout (file), stderr (file): where it writes to.
        caller (BaseCommand): the command that calls it.

    Raises:
        Unclear: where there is no such command.
    """
    name, *arguments = words
    found = get_commands().get(name)
    if found is None:
        close = get_close_matches(name, get_commands(), 1)
        raise Unclear(f"There is no command {name!r}." + (f" Did you mean {close[0]}?" if close else ""))
    found = found if isinstance(found, BaseCommand) else load_command_class(found, name)
    private.call_as(found, caller)

    def run():
        options = vars(found.create_parser("manage.py", name).parse_args(arguments))
        positional = options.pop("args", ())
        found.execute(*positional, **{**options, "stdout": stdout, "stderr": stderr})

    return run
