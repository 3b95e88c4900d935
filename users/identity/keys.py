"""
The two keys of a profile, by which names and addresses are found, sorted, and given to one account each.

Both columns are unique. The key of a name that is claimed (see ``Profile.objects.claim``) is its fold alone. That of
any other ends in the primary key, behind a space, which no form lets into a name: it sorts and searches alike and
can't collide with anybody's. An address that is not claimed has no key.
"""

from django.contrib.auth import get_user_model

from users.identity.folding import fold

# Characters. A fold can be longer than the name, and a column has an end: Profile.name_key takes 330, which leaves
# room for the space and the primary key of an unclaimed name, were it a UUID.
KEY_LENGTH = 290


def key(text):
    """Return the folded form of a name or an address as far as a column holds it."""
    return fold(str(text or ""))[:KEY_LENGTH]


def user_key(user):
    """Return the primary key that a user has as a user: a child of the user model may have one of its own."""
    User = get_user_model()
    pk = getattr(user, User._meta.pk.attname)
    link = user._meta.get_ancestor_link(User) if pk is None else None  # a fixture of a child knows the link alone
    return pk if link is None else getattr(user, link.attname)


def name_key(name, pk):
    """Return the key of a name that is not claimed by the user of a primary key."""
    return f"{key(name)} {pk}"


def unclaimed_keys(user):
    """Return the keys of a saved user's profile that nobody can be in the way of, by column."""
    return {"name_key": name_key(_stored(user, "username"), user_key(user)), "email_key": None}


def claimed_keys(user):
    """Return the keys of a saved user's profile that one account alone can have, by column."""
    return {"name_key": key(_stored(user, "username")), "email_key": key(_stored(user, "email")) or None}


def _stored(user, name):
    """Return the value of a field; what the database made of it, if it was saved as an expression."""
    value = getattr(user, name)
    if hasattr(value, "resolve_expression"):
        rows = get_user_model()._base_manager.using(user._state.db).filter(pk=user_key(user))
        value = rows.values_list(name, flat=True).get()
    return value
