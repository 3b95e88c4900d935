"""Groups and permissions that are given or taken, read from the table that joins the two sides."""

from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connections
from django.db.models import Aggregate, CharField, F, Func, JSONField, Value, functions

from activity.models import Entry

User = get_user_model()


class JSONList(Aggregate):
    """All values of a group of rows, as a JSON list in no order."""

    output_field = JSONField()

    def as_sqlite(self, compiler, connection, **context):
        """Call SQLite's function."""
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)

    def as_postgresql(self, compiler, connection, **context):
        """Call PostgreSQL's function."""
        return self.as_sql(compiler, connection, function="JSONB_AGG", **context)


class JSONObject(functions.JSONObject):
    """Django's, without its question to each new connection of SQLite whether it knows JSON."""

    def as_sqlite(self, compiler, connection, **context):
        """Call SQLite's function: that it is there was asked by the check of the model's JSONField."""
        return Func.as_sql(self, compiler, connection, **context)


class Relation(NamedTuple):
    """A many-to-many relation of which the log tells."""

    what: str
    owner: str  # name of the key in the joining table: who is given something
    given: str  # name of the other key: what is given
    name: object  # expression: the name of what is given


CODE = functions.Concat(
    "permission__content_type__app_label", Value("."), "permission__codename", output_field=CharField()
)  # as in has_perm()

RELATIONS = {
    User.groups.through: Relation(Entry.What.GROUPS, "user", "group", F("group__name")),
    User.user_permissions.through: Relation(Entry.What.PERMISSIONS, "user", "permission", CODE),
    Group.permissions.through: Relation(Entry.What.PERMISSIONS, "group", "permission", CODE),
}


def relations_that_give(instance):
    """Return the joining tables through which others have an instance."""
    return [
        through
        for through, relation in RELATIONS.items()
        if isinstance(instance, through._meta.get_field(relation.given).related_model)
    ]


def lock(instance, using):
    """Lock a row that is being deleted: whoever deletes it too finds nobody left to tell of."""
    connection = connections[using]
    if connection.features.has_select_for_update and connection.in_atomic_block:
        rows = type(instance)._base_manager.using(using).filter(pk=instance.pk)
        rows.select_for_update().values("pk").first()


def rows_to_tell(through, instance, reverse, pk_set, using, key):
    """
    Return what to log of a change, as ``EntryManager.record`` takes it: one row for each user or group concerned.

    Args:
        through (type): the class of the joining table, one of RELATIONS.
        instance, reverse, pk_set, using: as m2m_changed sends them.
        key (str): the name under which the details list what was given or taken.
    """
    relation = RELATIONS[through]
    here, there = (relation.given, relation.owner) if reverse else (relation.owner, relation.given)
    rows = through._base_manager.using(using).filter(**{here: instance.pk})
    if pk_set is not None:
        rows = rows.filter(**{f"{there}__in": pk_set})
    details = {key: JSONList(relation.name)}
    person = {}
    if relation.owner == "user":
        person = {"user_id": F("user_id"), "username": F(f"user__{User.USERNAME_FIELD}")}
    else:
        details["group"] = F("group__name")
    rows = rows.order_by().values(f"{relation.owner}_id")
    return {"rows": rows, "person": person, "details": JSONObject(**details)}
