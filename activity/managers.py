"""Write the log with one statement an event, read it by key, and delete nothing but what is old."""

from functools import cache

from django.contrib.auth import get_user_model
from django.db import connections, models
from django.db.models import Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

NAME_LENGTH = 254


class AppendOnlyError(Exception):
    """Somebody tried to change or delete what was written."""

    def __init__(self):
        super().__init__("The log is append-only: entries are written by record(), and only prune() deletes.")


class EntryQuerySet(models.QuerySet):
    """Entries, which can be read."""

    def update(self, **kwargs):
        """Raise AppendOnlyError."""
        raise AppendOnlyError

    update.alters_data = True

    def delete(self):
        """Raise AppendOnlyError."""
        raise AppendOnlyError

    delete.alters_data = True
    delete.queryset_only = True

    def bulk_update(self, *args, **kwargs):
        """Raise AppendOnlyError, before the transaction that Django would open and break."""
        raise AppendOnlyError

    bulk_update.alters_data = True

    def bulk_create(self, *args, update_conflicts=False, **kwargs):
        """Insert; raise AppendOnlyError if rows could be replaced."""
        if update_conflicts:
            raise AppendOnlyError
        return super().bulk_create(*args, **kwargs)

    def of(self, user, before=None):
        """Return the entries of a user's account, newest first; those that are older than the entry ``before``."""
        entries = self.filter(user=user).order_by("-id")
        return entries if before is None else entries.filter(id__lt=before)


class EntryManager(models.Manager.from_queryset(EntryQuerySet)):
    """Write entries, read them, and delete old ones."""

    def record(self, what, *, using, person=None, username="", rows=None, details=None, by=None, **circumstances):
        """
        Write an entry, or one for each of some rows, with one INSERT.

        Accounts are looked up within the statement, so one that is gone by then becomes NULL.

        Args:
            what (str): one of ``Entry.What``.
            using (str): alias of the database.
            person (dict): whose account it is: one field of the user model that tells it, to its value.
            username (str): the name of the account where there is no such user.
            rows (QuerySet): write an entry for each of its rows. ``person`` and ``details`` are expressions then:
                a dict of the columns ``user_id`` and ``username``, and one that gives JSON.
            details (dict): what else is to be known. No secrets.
            by (object): primary key of who did it.
            **circumstances: the columns ``by_name``, ``at``, ``address`` and ``request_id``.
        """
        values = {"what": what, "details": details or {}, **circumstances}
        values["by_name"] = values.get("by_name", "")[:NAME_LENGTH]
        if by is not None:
            values["by_id"] = _of_user("pk", {"pk": by}, using)
        if rows is not None:
            self._insert_for_each(rows, {**values, **(person or {})})
            return
        values["username"] = username[:NAME_LENGTH]
        if person is not None:
            name = _of_user(get_user_model().USERNAME_FIELD, person, using)
            values["user_id"] = _of_user("pk", person, using)
            values["username"] = Coalesce(name, Value(values["username"]))
        self.model(**values).save(using=using)

    def _insert_for_each(self, rows, values):
        fields = [field for field in self.model._meta.concrete_fields if not field.primary_key]
        columns = {f"new_{field.name}": _expression(field, values) for field in fields}
        query = rows.annotate(**columns).values_list(*columns).query
        select, params = query.get_compiler(rows.db).as_sql()
        connection = connections[rows.db]
        table, *names = map(
            connection.ops.quote_name, [self.model._meta.db_table, *(field.column for field in fields)]
        )
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} ({', '.join(names)}) {select}", params)

    def prune(self, before, using, batch=1_000):
        """
        Delete the entries that are older than a moment; yield the number of rows after each batch.

        Each batch is a transaction of its own, so that others can write in between.
        """
        entries = self.model._base_manager.using(using)
        old = entries.filter(at__lt=before).order_by("at")
        while deleted := entries.filter(pk__in=old.values("pk")[:batch]).delete()[0]:
            yield deleted


def _of_user(column, person, using):
    """Return an expression for a field of the user who has a value in another one; NULL if there is none."""
    ((name, value),) = person.items()
    field = _user_field(name)
    params = [field.get_db_prep_value(value, connections[using])]
    return RawSQL(_select(column, name, using), params, _user_field(column))  # noqa: S611 - Django wrote it


@cache
def _select(column, name, using):
    """
    Return a query for a field of a user, with a parameter for the value of another one.

    It is made once: as a ``Subquery`` it would be made anew for each entry, at several times the cost of the INSERT.
    """
    users = get_user_model()._base_manager.using(using).filter(**{name: Value(0, _user_field(name))})
    return users.values(column)[:1].query.get_compiler(using).as_sql()[0]


def _user_field(name):
    options = get_user_model()._meta
    return options.pk if name == "pk" else options.get_field(name)


def _expression(field, values):
    """Return the value of a column as an expression."""
    value = values.get(field.attname, field.get_default())
    return value if hasattr(value, "resolve_expression") else Value(value, output_field=field)
