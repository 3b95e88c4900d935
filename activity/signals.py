"""
The receivers of this app: what is heard becomes an entry of the log.

They are connected by ``connect()``, from a table, and not by decorators as in ``users``: those receivers are part of
what their app does, and belong to their signals. These only listen. That each is connected is a decision of this
app's configuration, and the table shows all of it at a glance: what this app hears, and from whom.

Each costs one INSERT when it writes an entry, and no statement when it writes none; ``log_relations`` has an
exception. None raises: see ``activity.log``.
"""

import sys

from axes.signals import user_locked_out
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.signals import got_request_exception
from django.db import router
from django.db.models.signals import m2m_changed, pre_delete

from activity.context import actor
from activity.log import changing, done, failed, reports_errors
from activity.models import Entry
from activity.relations import RELATIONS, lock, relations_that_give, rows_to_tell
from activity.text import printable
from listening import unless_loaded
from listening.families import connect_family
from users import events

User = get_user_model()
What = Entry.What

RIGHTS = {"is_active", "is_staff", "is_superuser"}
SECRET = ("key", "pass", "secret", "session", "token")

# When the joining table holds what is to be told, and how the details call it.
TELLING_ACTIONS = {"post_add": "added", "pre_remove": "removed", "pre_clear": "removed"}


# What users say


@reports_errors
def log_registration(sender, instance, using, **kwargs):
    """Log that somebody registered."""
    done(What.REGISTERED, using, by=instance, person={"pk": instance.pk}, username=instance.get_username())


@reports_errors
def log_addition(sender, instance, by, using, **kwargs):
    """Log that the staff made an account."""
    done(What.CREATED, using, by=by, person={"pk": instance.pk}, username=instance.get_username())


@reports_errors
def log_verification(sender, instance, using, **kwargs):
    """Log that an address was verified."""
    done(What.VERIFIED, using, person={"pk": instance.pk}, username=instance.get_username())


@reports_errors
def log_changes(sender, instance, changes, using, **kwargs):
    """Log changed fields of a user or a profile, old to new. Of a secret only that it changed."""
    user_id = instance.pk if isinstance(instance, User) else getattr(instance, "user_id", None)
    if user_id is None:  # something else is watched, which is nobody's account
        return
    details = {name: [None, None] if is_secret(name) else list(pair) for name, pair in changes.items()}
    what = What.CHANGED
    if RIGHTS & changes.keys():
        what = What.RIGHTS
    elif "password" in changes:
        what = What.PASSWORD
    done(what, using, person={"pk": user_id}, details=details)


def is_secret(name):
    """Tell whether a field's values are not for the log, whatever is sent of them."""
    return any(word in name for word in SECRET)


@reports_errors
def log_closing(sender, username, using, **kwargs):
    """Log that an account was deleted, under the name that it had."""
    done(What.CLOSED, using, username=username)


def add_entries_to_export(sender, instance, using, **kwargs):
    """Return the entries of a person, for the file of their data, one by one. What this raises is the sender's."""
    return (
        {
            "at": entry.at,
            "what": entry.what,
            "sentence": entry.sentence,
            "details": entry.details,
            "by": entry.by_name,
            "address": None if entry.is_by_somebody_else else entry.address,
            "request": entry.request_id,
        }
        for entry in Entry.objects.using(using).of(instance).iterator()
    )


# What Django and axes say


@reports_errors
def log_login(sender, request, user, **kwargs):
    """Log a login."""
    _done_by(user, What.LOGGED_IN, request)


@reports_errors
def log_logout(sender, request, user, **kwargs):
    """Log a logout; that of a visitor is none."""
    if user is not None:
        _done_by(user, What.LOGGED_OUT, request)


def _done_by(user, what, request):
    using = user._state.db or router.db_for_write(User)
    done(what, using, by=user, request=request, person={"pk": user.pk}, username=user.get_username())


@reports_errors
def log_failed_login(sender, credentials, request=None, **kwargs):
    """
    Log a failed login for the account of that name, unless axes refused it: ``log_lock_out`` logs that one.

    A name that nobody has is not stored: it may be a password, typed into the wrong field.
    """
    if getattr(request, "axes_locked_out", False):  # axes hears of it first: it is installed before this app
        return
    failed(What.LOGIN_FAILED, request=request, person=named(credentials))


@reports_errors
def log_lock_out(sender, request, **kwargs):
    """Log a login that axes refused, or refuses from now on. Its ``username`` is folded; axes notes the one typed."""
    failed(What.LOCKED_OUT, request=request, person=named(getattr(request, "axes_credentials", None)))


def named(credentials):
    """Return how the account that a login was tried for is looked up, None if no account can have that name."""
    name = str((credentials or {}).get(User.USERNAME_FIELD) or (credentials or {}).get("username") or "")
    return {User.USERNAME_FIELD: name} if name and name == printable(name) else None


@unless_loaded
@reports_errors
def log_relations(sender, instance, action, reverse, pk_set, using, **kwargs):
    """
    Log groups and permissions that were given or taken: an entry for each account, or group, concerned.

    The joining table is read by the INSERT itself, after an addition and before a removal: nobody knows afterwards
    what a clear() took, and the ``pk_set`` of a remove() holds what was asked for, member or not. So a removal that
    takes nothing costs a statement, which inserts no row. Since somebody listens, Django too asks one more question
    for each add(): which of them are new.
    """
    if action in TELLING_ACTIONS and (pk_set is None or pk_set):
        told = rows_to_tell(sender, instance, reverse, pk_set, using, key=TELLING_ACTIONS[action])
        changing(RELATIONS[sender].what, using, **told)


@reports_errors
def log_lost_right(sender, instance, using, **kwargs):
    """
    Log whom a group or a permission is taken from because it is deleted, itself or with its content type.

    Django tells of that as of a deletion, and not as of a change of the relation. Each relation is one statement.
    """
    lock(instance, using)
    for through in relations_that_give(instance):
        told = rows_to_tell(through, instance, reverse=True, pk_set=None, using=using, key="removed")
        changing(RELATIONS[through].what, using, **told)


@reports_errors
def log_failed_request(sender, request=None, **kwargs):
    """
    Log a request that ended in an error of the server, for who is known to have sent it.

    The route, not the path, which may hold a token; and the kind of the error, not its message, which may hold
    anything.
    """
    match = getattr(request, "resolver_match", None)
    details = {
        "method": printable(getattr(request, "method", None) or "")[:20],
        "route": printable(match.route if match else ""),
        "error": printable(getattr(sys.exc_info()[0], "__name__", "")),
    }
    who = {}
    if by := request and actor(request):
        who = {"using": by._state.db, "by": by, "person": {"pk": by.pk}, "username": by.get_username()}
    failed(What.REQUEST_FAILED, request=request, details=details, **who)


CONNECTIONS = (
    # signal, receiver, sender
    (events.user_registered, log_registration, None),
    (events.user_added, log_addition, None),
    (events.email_verified, log_verification, None),
    (events.fields_changed, log_changes, None),
    (events.account_closed, log_closing, None),
    (events.collecting_export, add_entries_to_export, None),
    (user_logged_in, log_login, None),
    (user_logged_out, log_logout, None),
    (user_login_failed, log_failed_login, None),
    (user_locked_out, log_lock_out, None),
    *((m2m_changed, log_relations, through) for through in RELATIONS),
    (pre_delete, log_lost_right, Group),
    (pre_delete, log_lost_right, Permission),
    (got_request_exception, log_failed_request, None),
)


def connect():
    """Connect every receiver of the table, once, however often it is called."""
    for signal, receiver, sender in CONNECTIONS:
        uid = f"activity.{receiver.__name__}"
        if signal is pre_delete:  # a proxy that is deleted takes the same rights
            connect_family(signal, receiver, sender=sender, dispatch_uid=uid)
        else:
            signal.connect(receiver, sender=sender, dispatch_uid=uid)
