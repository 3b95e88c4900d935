"""The keys of a profile, by which names and addresses are found, sorted, and given to one account each."""

from django.contrib.auth import get_user_model

from users.identity.names import fold

# Characters. A fold can be longer than the name, and a column has an end: Profile.name_key takes 330, which leaves
# room for the space and the primary key of an unclaimed name, were it a UUID.
KEY_LENGTH = 290
CLAIM = "_users_claim"


def key(text):
    """Return the folded form of a name or an address as far as a column holds it."""
    return fold(str(text or ""))[:KEY_LENGTH]


def claim(user):
    """
    Ask that the next save of a user takes the name and the address for this account alone.

    The forms do. If two of them take one at once, the second save ends in an IntegrityError, which the forms turn
    into a form error. Code that saves users by itself asks for nothing and so is never refused.
    """
    setattr(user, CLAIM, True)


def user_key(user):
    """Return the primary key that a user has as a user: a child of the user model may have one of its own."""
    User = get_user_model()
    pk = getattr(user, User._meta.pk.attname)
    link = user._meta.get_ancestor_link(User) if pk is None else None  # a fixture of a child knows the link alone
    return pk if link is None else getattr(user, link.attname)


def take_keys(user, using, changes=None):
    """
    Return the keys of a saved user, and end the claim to them: a later save or a copy of the instance has none.

    Args:
        user (User): who was saved.
        using (str): alias of the database.
        changes (dict): what the save has changed, by name of the field, as reactions get it.
    """
    values = keys(user, **_stored(user, using, changes or {}))
    user.__dict__.pop(CLAIM, None)
    return values


def _stored(user, using, changes):
    """Return the stored values of name and address where those on the instance are expressions."""
    unknown = {name for name in _fields(user) if hasattr(getattr(user, name, None), "resolve_expression")}
    stored = {name: changes[name][1] for name in unknown & changes.keys()}
    if unknown != stored.keys():
        users = get_user_model()._base_manager.using(using)
        stored = users.filter(pk=user_key(user)).values(*unknown).get()
    return stored


def keys(user, **stored):
    """
    Return the keys of a user's profile: ``name_key`` and ``email_key``, both unique.

    A claimed name is its fold alone. An unclaimed one ends in the primary key, behind a space, which no form lets
    into a name: it sorts and searches alike and can't collide with anybody's.

    Args:
        user (User): whose keys.
        **stored: values of its fields in the database, where those on the instance are expressions.
    """
    claimed = getattr(user, CLAIM, False)
    name, email = (key(stored.get(field, getattr(user, field, None))) for field in _fields(user))
    return {
        "name_key": name if claimed else f"{name} {user_key(user)}",
        "email_key": (email or None) if claimed else None,
    }


def _fields(user):
    return user.USERNAME_FIELD, user.get_email_field_name()
