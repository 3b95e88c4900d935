"""Give a profile, in one statement, to all the users whom no signal announced."""

from contextlib import contextmanager, nullcontext

from django.contrib.auth import get_user_model
from django.db import IntegrityError, connections, models, transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.constants import OnConflict
from django.db.models.functions import Cast, Concat, Left
from django.utils import timezone

from users.identity.keys import KEY_LENGTH, keys


class Fold(models.Func):
    """
    ``names.fold`` in SQL, as near as the database gets to it.

    PostgreSQL's LOWER knows the letters of the database's locale. SQLite's own knows ASCII only; a text with other
    letters, which has more bytes than characters, goes to the Python function that ``users.signals`` adds to each
    connection. That is a call into Python for each row, so names in ASCII are spared it.
    """

    function = "LOWER"
    output_field = models.CharField()

    def as_sqlite(self, compiler, connection, **context):
        """Call the function that the app adds for what LOWER does not know."""
        sql, params = compiler.compile(self.source_expressions[0])
        return (
            f"CASE WHEN length({sql}) = length(CAST({sql} AS BLOB)) THEN LOWER({sql}) ELSE USERS_FOLD({sql}) END",
            [*params] * 4,
        )


def users_without(model, using):
    """Return a queryset of the users on a database (an alias) who have no row of the profile model there."""
    profiles = model._base_manager.filter(user=OuterRef("pk"))
    return get_user_model()._base_manager.using(using).filter(~Exists(profiles))


def create_missing(model, using, users=None):
    """
    Give a profile to each user who has none, and return how many were made.

    It is one statement, or three if profiles hold the keys of others: see ``free_keys``. The arguments are those of
    ``insert_missing``.
    """
    if connections[using].features.supports_update_conflicts_with_target:
        try:
            with transaction.atomic(using=using):
                return insert_missing(model, using, users, unique_fields=("user",))
        except IntegrityError:
            free_keys(model, using, users)
    return insert_missing(model, using, users)


def insert_missing(model, using, users=None, unique_fields=()):
    """
    Insert a profile for each user who has none, and return how many were made.

    It is one ``INSERT ... SELECT``: memory stays flat, and a profile that somebody else makes meanwhile is no
    conflict. It sends no signals.

    Args:
        model (type): the profile model.
        using (str): alias of the database.
        users (iterable): primary keys of the users to look at; all users if None.
        unique_fields (iterable): names of the fields in which another row is no conflict; all unique ones if empty.

    Raises:
        IntegrityError: for a conflict in other fields than those.
    """
    missing = _missing(model, using, users)
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    values = {f"new_{field.name}": _first_value(field) for field in fields}
    query = missing.annotate(**values).values_list(*values).query
    select, params = query.get_compiler(using).as_sql()
    connection = connections[using]
    quote = connection.ops.quote_name
    insert, conflict = (
        connection.ops.insert_statement(on_conflict=None if unique_fields else OnConflict.IGNORE),
        connection.ops.on_conflict_suffix_sql(fields, OnConflict.IGNORE, [], []),
    )
    if unique_fields:
        columns = ", ".join(quote(model._meta.get_field(name).column) for name in unique_fields)
        conflict = f"ON CONFLICT ({columns}) DO NOTHING"
    table, columns = quote(model._meta.db_table), ", ".join(quote(field.column) for field in fields)
    with _no_nested_loop(connection) if users is None else nullcontext(), connection.cursor() as cursor:
        cursor.execute(f"{insert} {table} ({columns}) {select} {conflict}", params)
        return cursor.rowcount


def free_keys(model, using, users=None):
    """
    Give the profiles that hold the key of a user without one the key of their own user; return how many did.

    A profile that was moved to another user by ``QuerySet.update()`` keeps the key of the first one, whose new
    profile then has none.

    Args:
        model, using, users: as for ``insert_missing``.
    """
    wanted = _missing(model, using, users).annotate(wanted=_unclaimed_key()).values("wanted")
    holders = model._base_manager.using(using).filter(name_key__in=wanted)
    moved = [
        (profile.pk, {**keys(profile.user), "email_verified_at": None}) for profile in holders.select_related("user")
    ]
    for pk, values in moved:
        model._base_manager.using(using).filter(pk=pk).update(**values)
    return len(moved)


def _missing(model, using, users):
    missing = users_without(model, using).order_by()
    return missing if users is None else missing.filter(pk__in=users)


@contextmanager
def _no_nested_loop(connection):
    """
    Keep PostgreSQL from reading the profiles anew for each user.

    It would, where its statistics say that there are no profiles. They are right when the statement begins; but what
    the statement inserts lies in the table too, to be read and passed over, for each of a million users.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")


def _first_value(field):
    """Return the expression for a column of a new profile: what ``keys.keys`` and the field's default give."""
    if field.name == "user":
        return F("pk")
    if field.name == "name_key":
        return _unclaimed_key()
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return Value(timezone.now(), output_field=field)
    return Value(field.get_default(), output_field=field)


def _unclaimed_key():
    name = Left(Fold(get_user_model().USERNAME_FIELD), KEY_LENGTH)
    return Concat(name, Value(" "), Cast("pk", models.CharField()), output_field=models.CharField())
