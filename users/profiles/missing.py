"""Give a profile, in one statement, to all the users whom no signal announced."""

import logging
from contextlib import contextmanager, nullcontext

from django.contrib.auth import get_user_model
from django.db import DatabaseError, connections, models, router, transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.constants import OnConflict
from django.db.models.functions import Cast, Concat, Left
from django.utils import timezone

from users.identity.folding import Fold
from users.identity.keys import KEY_LENGTH

logger = logging.getLogger(__name__)


def users_without(model, using):
    """Return a queryset of the users on a database (an alias) who have no row of the profile model there."""
    profiles = model._base_manager.filter(user=OuterRef("pk"))
    return get_user_model()._base_manager.using(using).filter(~Exists(profiles))


def create_missing(model, using, users=None):
    """
    Give a profile to each user who has none, and return how many were made.

    It is one ``INSERT ... SELECT``: memory stays flat, and a profile that somebody else makes meanwhile is no
    conflict. It sends no signals.

    Args:
        model (type): the profile model.
        using (str): alias of the database.
        users (iterable): primary keys of the users to look at; all users if None.
    """
    missing = users_without(model, using).order_by()
    if users is not None:
        missing = missing.filter(pk__in=users)
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    values = {f"new_{field.name}": _first_value(field) for field in fields}
    select, params = missing.annotate(**values).values_list(*values).query.get_compiler(using).as_sql()
    connection = connections[using]
    quote = connection.ops.quote_name
    insert = connection.ops.insert_statement(on_conflict=OnConflict.IGNORE)
    table, columns = quote(model._meta.db_table), ", ".join(quote(field.column) for field in fields)
    conflict = connection.ops.on_conflict_suffix_sql(fields, OnConflict.IGNORE, [], [])
    with _no_nested_loop(connection) if users is None else nullcontext(), connection.cursor() as cursor:
        cursor.execute(f"{insert} {table} ({columns}) {select} {conflict}", params)
        return cursor.rowcount


def create_missing_if_migrated(model, using):
    """Do the same for all users after a ``migrate``; nothing where it has led to another state of the table."""
    if not router.allow_migrate_model(using, model):
        return 0
    try:
        with transaction.atomic(using=using):
            return create_missing(model, using)
    except DatabaseError:  # an earlier state of the table, or none: the users app was migrated backwards
        logger.info("Profiles were not looked at on %r: the table is not at its newest migration.", using)
        return 0


@contextmanager
def warning_if_no_table(model, using):
    """Warn of a missing table of profiles: "migrate auth" and "createsuperuser" come before "migrate" now and then."""
    try:
        yield
    except DatabaseError:
        if model._meta.db_table in connections[using].introspection.table_names():
            raise
        logger.warning("No profile for a new user: its table is missing. Run manage.py migrate, which makes both.")


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
    """Return the expression for a column of a new profile: what ``unclaimed_keys()`` and the field's default give."""
    if field.name == "user":
        return F("pk")
    if field.name == "name_key":
        name = Left(Fold("username"), KEY_LENGTH)
        return Concat(name, Value(" "), Cast("pk", models.CharField()), output_field=models.CharField())
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return Value(timezone.now(), output_field=field)
    return Value(field.get_default(), output_field=field)
