"""Find out whether another account has a name or an address already, in whatever spelling."""

from functools import cache

from django.contrib.auth import get_user_model
from django.db import connections, router
from django.db.models import F, Q, Value
from django.db.models.functions import Upper

from users.identity.folding import Fold
from users.identity.keys import key
from users.models import Profile

User = get_user_model()

KEYS = {"username": "name_key", "email": "email_key"}


def find_taken(wanted, but_for=None, using=None):
    """
    Return those of some fields, by name, whose value another account has.

    Args:
        wanted (dict): the values that somebody would like to have, by field: "username", "email", or both.
        but_for (object): primary key of the account that may have them, or None.
        using (str): alias of the database; the one that users are read from if it is None.
    """
    if not wanted:
        return []
    using = using or router.db_for_read(User)
    connection = connections[using]
    folded = {name: key(value) for name, value in wanted.items()}
    sql, params = _statement(using, tuple(wanted))
    with connection.cursor() as cursor:
        cursor.execute(sql, [param.format(wanted=wanted, folded=folded) for param in params])
        rows = cursor.fetchall()
    own = User._meta.pk.get_db_prep_value(but_for, connection)
    taken = set()
    for pk, *values in rows:
        if pk != own:
            stored, keys = values[: len(wanted)], values[len(wanted) :]
            # A key may be that of an earlier value, and is taken all the same.
            taken |= {name for name, *pair in zip(wanted, map(key, stored), keys, strict=True) if folded[name] in pair}
    return [name for name in wanted if name in taken]


@cache
def _statement(using, names):
    """
    Return the SQL that finds the accounts in question, and templates of its parameters.

    It is made once: making it costs several times as much as running it. It may find too many, and the caller looks
    again; it must not find too few. Users whom no form made have a key that goes on behind a space, or none, or one
    that is older than the name; so the values are compared too, in SQL's own idea of upper case and in ours.
    """
    by_key, by_value = Q(), Q()
    for name in names:
        by_key |= Q((KEYS[name], f"{{folded[{name}]}}"))
        by_value |= Q((f"upper_{name}", Upper(Value(f"{{wanted[{name}]}}"))))
    if "username" in names:
        by_key |= Q(name_key__gte="{folded[username]} ", name_key__lt="{folded[username]}!")
        by_value |= Q(folded_username="{folded[username]}")
    # The keys in a query of their own: joined, they would cost a large table several times as much.
    same = by_value | Q(pk__in=Profile._base_manager.filter(by_key).values("user"))
    spellings = {f"upper_{name}": Upper(name) for name in names} | {"folded_username": Fold("username")}
    users = User._base_manager.using(using).alias(**spellings).filter(same)
    keys = {KEYS[name]: F(f"profile__{KEYS[name]}") for name in names}
    return users.annotate(**keys).values_list("pk", *names, *keys).query.get_compiler(using).as_sql()
