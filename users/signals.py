"""
The receivers of this app, connected when ``UsersConfig.ready()`` imports this module.

They are connected with ``@receiver``: they are the app's own, and belong to what it does. Every one has a
``dispatch_uid``, so a module that is imported under a second name connects nothing twice.

Why signals, here: a user is made by forms, commands, fixtures, the admin and other people's code, and all of them
get a profile. Where one function of ours calls another, this app calls it.
"""

import logging
import sys
import uuid

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.signals import setting_changed
from django.db import DatabaseError, connections, router, transaction
from django.db.backends.signals import connection_created
from django.db.models.signals import (
    class_prepared,
    m2m_changed,
    post_delete,
    post_migrate,
    post_save,
    pre_delete,
    pre_save,
)
from django.dispatch import receiver

from listening.watching import announce, follow, watch
from users.cards import drop_all_cards, drop_card
from users.events import account_closed, fields_changed
from users.files import remove_unused_after_commit
from users.fixtures import make_room, settle_loaded_user, warning_if_no_table
from users.identity.keys import CLAIM, take_keys, user_key
from users.identity.names import fold, reserved_names
from users.interests import interest_changes
from users.models import AccountSession, Interest, Profile
from users.pictures import normalising
from users.profiles.missing import create_missing

logger = logging.getLogger(__name__)

User = get_user_model()


# Users


@receiver(post_save, sender=settings.AUTH_USER_MODEL, dispatch_uid="users.create_profile")
def create_profile(sender, instance, created, raw, using, **kwargs):
    """Give a new user a profile, on the user's own database."""
    if not (created or raw) or not router.allow_migrate_model(using, Profile):
        return
    if raw:
        # A fixture may bring its own profiles, before or after the users: look when all of it is there.
        pk = user_key(instance)
        transaction.on_commit(lambda: settle_loaded_user(pk, using), using=using, robust=True)
        drop_card(pk, using)
        return
    profile = _profile_to_save(instance, using)
    profile.user = instance
    claimed, values = CLAIM in instance.__dict__, take_keys(instance, using)
    for name, value in values.items():
        setattr(profile, name, value)
    with warning_if_no_table(using):
        profile.save(using=using)
    if claimed and values["name_key"] != profile.name_key:  # somebody was faster, and saw no claim
        Profile._base_manager.using(using).filter(pk=profile.pk).update(**values)
        profile.note_saved(**values)


def _profile_to_save(user, using):
    """Return what becomes the profile of a new user: what was prepared on the instance, or an empty one."""
    profile = _profile_in_hand(user)
    if profile is None:
        return Profile()
    if not profile._state.adding:
        if profile._state.db != using or Profile._base_manager.using(using).filter(pk=profile.pk).exists():
            return Profile()  # the user is a copy, and this is the profile of its model
        profile.pk, profile._state.adding = None, True  # its row went with a rollback
    return profile


@receiver(post_save, sender=settings.AUTH_USER_MODEL, dispatch_uid="users.save_profile")
def save_profile(sender, instance, created, raw, using, update_fields, **kwargs):
    """
    Save what was changed on ``user.profile`` together with the user, and only that.

    Not with ``update_fields``, which Django sets by itself for a user whose fields are deferred.
    """
    if raw or update_fields is not None or created:
        return
    profile = _profile_in_hand(instance)
    if profile is None or profile.user_id != user_key(instance):
        return
    if profile._state.adding or (profile._state.db == using and profile.unsaved_fields()):
        profile.save(using=using)  # what was changed on it, no more: see Profile.save()


def _profile_in_hand(user):
    """Return the profile that is loaded on a user, or None, without a query."""
    return user._state.fields_cache.get("profile")


def update_keys(instance, changes, using):
    """Keep the profile's keys true to a changed name or address; a changed address is not verified."""
    if not router.allow_migrate_model(using, Profile):
        return
    values = take_keys(instance, using, changes)
    if instance.get_email_field_name() in changes:
        values |= {"email_verified_at": None, "email_stamp": uuid.uuid4()}
    else:
        values.pop("email_key")
    if instance.USERNAME_FIELD not in changes:
        values.pop("name_key")
    Profile._base_manager.using(using).filter(user_id=user_key(instance)).update(**values)
    profile = _profile_in_hand(instance)
    if profile is not None and profile._state.db == using:
        profile.note_saved(**values)


def is_new_password(instance, update_fields):
    """Tell a new password from an old one that Django hashes again, and saves alone, at a login."""
    return instance._password is not None or update_fields is None or set(update_fields) != {"password"}


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL, dispatch_uid="users.lock_user")
def lock_user(sender, instance, using, **kwargs):
    """Lock an account before Django deletes what depends on it, the interests first of all."""
    _lock_account(instance.pk, using)


def _lock_account(pk, using):
    """
    Lock a user, then the profile, and tell whether the database has locks.

    Whoever changes an account takes the rows in this order, so nobody deadlocks.
    """
    connection = connections[using]
    if not (connection.features.has_select_for_update and connection.in_atomic_block):
        return False
    User._base_manager.using(using).select_for_update().filter(pk=pk).values("pk").first()
    Profile._base_manager.using(using).select_for_update().filter(user=pk).values("pk").first()
    return True


@receiver(post_delete, sender=settings.AUTH_USER_MODEL, dispatch_uid="users.close_sessions")
def close_sessions(sender, instance, using, **kwargs):
    """End the sessions of an account that is deleted, in the same transaction."""
    if using == router.db_for_write(AccountSession):  # a namesake on another database has none
        AccountSession.objects.using(using).filter(account_id=str(instance.pk)).delete()


@receiver(post_delete, sender=settings.AUTH_USER_MODEL, dispatch_uid="users.announce_closed_account")
def announce_closed_account(sender, instance, using, **kwargs):
    """Tell others, after the commit, that an account is gone. Its values are read now: the instance loses its key."""
    email = getattr(instance, instance.get_email_field_name(), "")
    facts = {"user_id": instance.pk, "username": instance.get_username(), "email": email or "", "using": using}

    def announce():
        account_closed.send_robust(sender=User, **facts)

    transaction.on_commit(announce, using=using, robust=True)


# Profiles and their pictures


@receiver(pre_save, sender=Profile, dispatch_uid="users.make_room_for_fixture")
def make_room_for_fixture(sender, instance, raw, using, **kwargs):
    """Let the profile of a fixture replace the one that the user has."""
    if raw and instance.user_id is not None:
        make_room(instance, using)


@receiver(pre_save, sender=Profile, dispatch_uid="users.normalise_picture")
def normalise_picture(sender, instance, raw, update_fields, **kwargs):
    """Turn a new picture into the one kind of file that is stored, whoever assigned it."""
    if raw or "image" not in (instance.__dict__ if update_fields is None else update_fields):
        return
    image = instance.image
    if image and not image._committed and not isinstance(image.file, normalising.Picture):
        instance.image = normalising.normalise(image.file)


def discard_replaced_picture(instance, changes, using):
    """Remove the file of a replaced or cleared picture once that is committed."""
    remove_unused_after_commit(changes["image"][0], using)


@receiver(pre_delete, sender=Profile, dispatch_uid="users.remember_picture")
def remember_picture(sender, instance, using, **kwargs):
    """
    Note the stored name of the picture: a stub made from a primary key doesn't know it.

    Django deletes a user's profile before it says that the user goes. So the account is locked here already, and
    looked at again: somebody may have replaced the picture in between.
    """
    rows = Profile._base_manager.using(using).filter(pk=instance.pk).values("image", "user_id")
    row = rows.first()
    if row and _lock_account(row["user_id"], using):
        row = rows.first()
    instance._picture_to_remove = row["image"] if row else ""


@receiver(post_delete, sender=Profile, dispatch_uid="users.remove_picture")
def remove_picture(sender, instance, using, **kwargs):
    """Remove the file of a deleted profile once the deletion is committed."""
    remove_unused_after_commit(instance.__dict__.pop("_picture_to_remove", ""), using)


# Interests


@receiver(m2m_changed, sender=Profile.interests.through, dispatch_uid="users.announce_interests")
def announce_interests(sender, instance, action, reverse, pk_set, using, **kwargs):
    """
    Tell others, after the commit, which interests were taken or dropped, from either side of the relation.

    A ``set()`` that drops and takes is two changes, as Django sends it. No query if nobody listens.
    """
    if not fields_changed.has_listeners(Profile):
        return
    for profile, old, new in interest_changes(instance, action, reverse, pk_set, using):
        announce(Profile, profile, {"interests": (old, new)}, using)


# The public card


@receiver([post_save, post_delete], sender=Profile, dispatch_uid="users.drop_card_of_profile")
def drop_card_of_profile(sender, instance, using, **kwargs):
    """Let nobody see the old public card of a profile."""
    if "user_id" in instance.__dict__:
        drop_card(instance.user_id, using)
    else:  # deferred, and after a deletion past reading
        drop_all_cards(using)


def drop_card_of_changed_user(instance, changes, using):
    """Let nobody see the old names on a card, or the card of an account that is not active any more."""
    drop_card(user_key(instance), using)


@receiver(post_delete, sender=settings.AUTH_USER_MODEL, dispatch_uid="users.drop_card_of_deleted_user")
def drop_card_of_deleted_user(sender, instance, using, **kwargs):
    """Let nobody see the public card of a user who is gone."""
    drop_card(instance.pk, using)


@receiver(m2m_changed, sender=Profile.interests.through, dispatch_uid="users.drop_cards_of_interested")
def drop_cards_of_interested(sender, instance, action, reverse, pk_set, using, **kwargs):
    """Let nobody see the old interests on a card."""
    if not reverse:
        drop_card(instance.user_id, using)
    elif action.startswith("post_"):
        drop_all_cards(using)


@receiver([post_save, post_delete], sender=Interest, dispatch_uid="users.drop_cards_with_interest")
def drop_cards_with_interest(sender, using, **kwargs):
    """Let nobody see the old name of an interest on a card."""
    drop_all_cards(using)


# The process, the database


@receiver(class_prepared, dispatch_uid="users.include_subclass")
def include_subclass(sender, **kwargs):
    """Treat a proxy or a child of a user or a profile as one: Django sends its saves under its own name."""
    for model, receivers in RECEIVERS.items():
        if sender is model or not issubclass(sender, model) or sender._meta.abstract:
            continue
        subclasses.add(sender)
        for signal, function in receivers:
            # Deleting a child deletes its parent, which is announced as such; or keeps it, which then stays as is.
            if signal in (pre_save, post_save) or sender._meta.concrete_model is model:
                signal.connect(function, sender=sender, dispatch_uid=f"users.{function.__name__}")
        follow(sender)


@receiver(connection_created, dispatch_uid="users.add_fold_to_sqlite")
def add_fold_to_sqlite(sender, connection, **kwargs):
    """Teach SQLite the folding of letters beyond ASCII, for ``users.profiles.missing.Fold``."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("USERS_FOLD", 1, fold, deterministic=True)


@receiver(setting_changed, dispatch_uid="users.forget_reserved_names")
def forget_reserved_names(sender, setting, **kwargs):
    """Drop what was computed from a setting that a test changes, or puts back."""
    if setting == "RESERVED_USERNAMES":
        reserved_names.cache_clear()


@receiver(post_migrate, sender=apps.get_app_config("users"), dispatch_uid="users.create_missing_profiles")
def create_missing_profiles(sender, using, verbosity=1, stdout=None, **kwargs):
    """Give a profile to the users who are older than this app, or came while it was not installed."""
    if not router.allow_migrate_model(using, Profile):
        return
    try:
        with transaction.atomic(using=using):
            made = create_missing(Profile, using)
    except DatabaseError:
        # An earlier state of the table, or none: the users app was migrated backwards.
        logger.info("Profiles were not looked at on %r: the table is not at its newest migration.", using)
        return
    if made and verbosity:
        (stdout or sys.stdout).write(f"  Created {made} missing profile{'s' if made > 1 else ''}.\n")


# Kept alive: a signal knows its sender by id() alone, and a class that is gone leaves its number to another one.
subclasses = set()

RECEIVERS = {
    User: (
        (post_save, create_profile),
        (post_save, save_profile),
        (pre_delete, lock_user),
        (post_delete, close_sessions),
        (post_delete, announce_closed_account),
        (post_delete, drop_card_of_deleted_user),
    ),
    Profile: (
        (pre_save, make_room_for_fixture),
        (pre_save, normalise_picture),
        (pre_delete, remember_picture),
        (post_delete, remove_picture),
        (post_save, drop_card_of_profile),
        (post_delete, drop_card_of_profile),
    ),
}

watch(User, User.USERNAME_FIELD, User.get_email_field_name(), then=update_keys)
watch(User, "is_active", "is_staff", "is_superuser")
watch(User, User.USERNAME_FIELD, "first_name", "last_name", "is_active", then=drop_card_of_changed_user)
watch(User, "password", secret=is_new_password)
watch(Profile, "image", then=discard_replaced_picture)

for model in apps.get_models():  # classes that were prepared before this module was imported
    include_subclass(model)
