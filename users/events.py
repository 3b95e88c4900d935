"""
The signals that this app defines: what it says to whoever listens.

Each is declared by a function: its parameters are the arguments, its docstring is the contract; see
``listening.events``. This module imports Django and ``listening`` alone, so anybody may import it.

All but the first are sent with ``send_robust``: a receiver that fails is logged and breaks nothing, for the person,
for the data, or for the other receivers. All but the first and ``collecting_export``, whose sender waits for answers,
are announced (``listening.announcing``): they are sent after the commit, when the fact is true, and a receiver that is
durable is not lost. Those with a ``key`` are heard in order, for each account, by receivers that are durable. No
password, hash or token travels in any of them.

Those that are ``public`` reach other programs, too, where ``EVENTS_URL`` names an exchange. Less is told there: which
account it is, by its primary key and name, and never an address, a value or who did it. "Told outside" in a contract
says what that is.
"""

from collections.abc import Iterable

from django.db.models import Model

from listening import event
from listening.events import Plain

Value = Plain | list[str]  # of a field that is watched: the interests are names
Option = Plain | dict[str, Plain]


def name_account(instance, **kwargs):
    """Tell outsiders which account it is."""
    return {"id": instance.pk, "username": instance.get_username()}


def name_changed_fields(sender, instance, changes, **kwargs):
    """Tell outsiders which fields of an account have changed, and nothing of its profile, whose key is another one."""
    if not hasattr(sender, "USERNAME_FIELD"):
        return None
    return {**name_account(instance), "fields": sorted(changes)}


def name_closed_account(user_id, **kwargs):
    """Tell outsiders whose data they should delete, too."""
    return {"id": user_id}


@event
def user_registering(*, instance: Model) -> None:
    """
    Somebody is about to register; any app may refuse.

    Sent with ``send`` by ``UserRegisterForm.prepare()``, when all else about the form is right and before the password
    is hashed and anything is written: a receiver refuses by raising ``ValidationError``, whose words the form shows.
    Anything else it raises is an error of the server, with nothing written.

    sender
        The user model.
    instance
        The unsaved user, with its name and address and no password.
    """


@event(key="instance", public=name_account)
def user_registered(*, instance: Model, using: str) -> None:
    """
    Somebody registered through the form.

    Announced by ``UserRegisterForm``, and sent before the login that follows. Users who come by fixtures, commands,
    the shell or the admin did not register: listen to ``user_added`` or ``post_save`` for those.

    sender
        The user model.
    instance
        The user, who has a profile.
    using
        The alias of the database.

    Told outside: ``id`` and ``username`` of the user.
    """


@event(key="instance", public=name_account)
def user_added(*, instance: Model, by: Model, using: str) -> None:
    """
    Somebody of the staff added a user in the admin.

    Announced by the admin's *add user* page.

    sender
        The user model.
    instance
        The user, who has a profile.
    by
        The user who added it.
    using
        The alias of the database.

    Told outside: ``id`` and ``username`` of the user who was added.
    """


@event(key="instance", public=name_changed_fields)
def fields_changed(*, instance: Model, changes: dict[str, tuple[Value, Value]], using: str) -> None:
    """
    Watched fields of a row have new values.

    Announced by ``users.signals``, once a save. Watched are the user's names, address, password and rights
    (``is_active``, ``is_staff``, ``is_superuser``), and the profile's picture and interests.

    sender
        The model class that is watched, also when a proxy or a child of it was saved.
    instance
        The instance that was saved.
    changes
        A dict from field name to ``(old, new)``: the value replaced in the database, the value stored there. For a
        picture both are names of files; for the interests both are sorted lists of names; for a password both are
        None: secrets do not travel.
    using
        The alias of the database.

    ``QuerySet.update()``, ``bulk_update()`` and SQL of one's own send no signals, so they go unheard. Fixtures
    (``raw``) and the creation of a row are not changes.

    Told outside, of the user and not of the profile: ``id``, ``username``, and ``fields``, a list of the names of what
    has changed, without values: whoever hears ``is_active`` or ``password`` there can close sessions of their own.
    """


@event(key="instance")
def verification_requested(*, instance: Model, using: str) -> None:
    """
    Somebody asks for another link to verify the address. Whoever sends mails, sends one.

    Announced by the profile page, a few times an hour at most for one address.

    sender
        The user model.
    instance
        The user; ``instance.profile.get_verification_path()`` is the path of the link.
    using
        The alias of the database.
    """


@event
def password_reset_requested(*, email: str, domain: str, options: dict[str, Option], using: str) -> None:
    """
    Somebody asks for a link that sets a new password, for an address that may have an account or not.

    Announced by the form for forgotten passwords, a few times an hour at most for one address.

    sender
        The user model.
    email
        The address, as the form has cleaned it.
    domain
        The host that the link is to lead to.
    options
        Other arguments of ``save()`` of Django's ``PasswordResetForm``.
    using
        The alias of the database.
    """


@event(key="instance", public=name_account)
def email_verified(*, instance: Model, using: str) -> None:
    """
    Somebody opened the link that was sent to the account's address, and confirmed there that the address is theirs.

    Announced by the page behind the link, once for each verified address. Opening the link alone sends nothing.

    sender
        The user model.
    instance
        The user.
    using
        The alias of the database.

    Told outside: ``id`` and ``username`` of the user, and not which address it is.
    """


@event(key="user_id", closes=True, public=name_closed_account)
def account_closed(*, user_id: Plain, username: str, email: str, using: str) -> None:
    """
    A user was deleted, by its owner, in the admin or by any other code that sends ``post_delete``.

    Announced by ``users.signals``. The row is gone, so plain values tell whose it was.

    sender
        The user model.
    user_id
        The primary key that the user had.
    username
        The user's name.
    email
        The user's address, or "".
    using
        The alias of the database.

    Told outside: ``id``, the primary key that the user had.
    """


@event
def collecting_export(*, instance: Model, using: str) -> dict | Iterable:
    """
    Somebody downloads their data; each app adds its part by returning it.

    Sent with ``send_robust`` by the export page. The answer of a receiver goes into the file under the name of its
    app; an app that raises is named there as missing, and the rest is there.

    sender
        The user model.
    instance
        The user whose data it is.
    using
        The alias of the database.
    returns
        A dict or list of what JSON can hold (dates are fine), or an iterator, whose items become a list: they are
        asked for one by one, while the file is on its way.
    """
