"""
The receivers of this app, connected when ``UsersConfig.ready()`` imports this module.

They are connected with ``@receiver``: they are the app's own, and belong to what it does. Every one has a
``dispatch_uid``, so a module that is imported under a second name connects nothing twice.

Why signals, here: a user is made by forms, commands, fixtures, the admin and other people's code, and all of them
get a profile. Where one function of ours calls another, this app calls it.
"""

import logging
import sys

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connections, router, transaction
from django.db.backends.signals import connection_created
from django.db.models.signals import (
    class_prepared,
    post_delete,
    post_migrate,
    post_save,
    pre_delete,
    pre_save,
)
from django.dispatch import receiver

from users import pictures
from users.changes import follow, watch
from users.files import remove_unused_after_commit
from users.missing import insert_missing
from users.models import AccountSession, Profile
from users.names import fold, keys

logger = logging.getLogger(__name__)

User = get_user_model()


# Users


@receiver(post_save, sender=settings.AUTH_USER_MODEL, dispatch_uid="users.create_profile")
def create_profile(sender, instance, created, raw, using, **kwargs):
    """Give a new user a profile, on the user's own database."""
    if raw:
        # A fixture may bring its own profiles, before or after the users: look when all of it is there.
        transaction.on_commit(lambda: insert_missing(Profile, using, [instance.pk]), using=using, robust=True)
        return
    if not created or not router.allow_migrate_model(using, Profile):
        return
    profile = _profile_in_hand(instance)
    if profile is None or not profile._state.adding:  # a copy still holds the profile of its model
        profile = Profile()
    profile.user = instance
    for name, value in keys(instance).items():
        setattr(profile, name, value)
    try:
        profile.save(using=using)
    except DatabaseError:
        if Profile._meta.db_table in connections[using].introspection.table_names():
            raise
        # "migrate auth" and "createsuperuser" come before "migrate" now and then.
        logger.warning("No profile for a new user: its table is missing. Run manage.py migrate, which makes both.")


@receiver(post_save, sender=settings.AUTH_USER_MODEL, dispatch_uid="users.save_profile")
def save_profile(sender, instance, created, raw, using, update_fields, **kwargs):
    """Save what was changed on ``user.profile`` together with the user, and only that."""
    if raw or update_fields is not None or created:
        return
    profile = _profile_in_hand(instance)
    if profile is None or profile.user_id != instance.pk:
        return
    if profile._state.adding:
        profile.save(using=using)
    elif profile._state.db == using and (changed := profile.unsaved_fields()):
        # Not profile.save(): a stale copy would undo what others have changed meanwhile.
        profile.save(using=using, update_fields=changed)


def _profile_in_hand(user):
    """Return the profile that is loaded on a user, or None, without a query."""
    return user._state.fields_cache.get("profile")


def update_keys(instance, changes, using):
    """Keep the profile's keys true to a changed name or address; a changed address is not verified."""
    values = keys(instance)
    if instance.get_email_field_name() in changes:
        values["email_verified_at"] = None
    else:
        values.pop("email_key")
    if instance.USERNAME_FIELD not in changes:
        values.pop("name_key")
    Profile._base_manager.using(using).filter(user_id=instance.pk).update(**values)
    profile = _profile_in_hand(instance)
    if profile is not None:
        profile.note_saved(**values)


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL, dispatch_uid="users.lock_user")
def lock_user(sender, instance, using, **kwargs):
    """Lock the user before Django deletes the profile: everybody locks the user first, so nobody deadlocks."""
    connection = connections[using]
    if connection.features.has_select_for_update and connection.in_atomic_block:
        User._base_manager.using(using).select_for_update().filter(pk=instance.pk).values("pk").first()


@receiver(post_delete, sender=settings.AUTH_USER_MODEL, dispatch_uid="users.close_sessions")
def close_sessions(sender, instance, using, **kwargs):
    """End the sessions of an account that is deleted, in the same transaction."""
    if using == router.db_for_write(AccountSession):  # a namesake on another database has none
        AccountSession.objects.using(using).filter(account_id=str(instance.pk)).delete()


# Profiles and their pictures


@receiver(pre_save, sender=Profile, dispatch_uid="users.make_room_for_fixture")
def make_room_for_fixture(sender, instance, raw, using, **kwargs):
    """Let the profile of a fixture replace the one that the user has under another primary key."""
    if raw and instance.user_id is not None:
        others = Profile._base_manager.using(using).filter(user_id=instance.user_id).exclude(pk=instance.pk)
        others._raw_delete(using)


@receiver(pre_save, sender=Profile, dispatch_uid="users.normalise_picture")
def normalise_picture(sender, instance, raw, update_fields, **kwargs):
    """Turn a new picture into the one kind of file that is stored, whoever assigned it."""
    if raw or "image" not in (instance.__dict__ if update_fields is None else update_fields):
        return
    image = instance.image
    if image and not image._committed and not isinstance(image.file, pictures.Picture):
        instance.image = pictures.normalise(image.file)


def discard_replaced_picture(instance, changes, using):
    """Remove the file of a replaced or cleared picture once that is committed."""
    remove_unused_after_commit(changes["image"][0], using)


@receiver(pre_delete, sender=Profile, dispatch_uid="users.remember_picture")
def remember_picture(sender, instance, using, **kwargs):
    """Note the stored name of the picture: a stub made from a primary key doesn't know it."""
    row = Profile._base_manager.using(using).filter(pk=instance.pk).values("image").first()
    instance._picture_to_remove = row["image"] if row else ""


@receiver(post_delete, sender=Profile, dispatch_uid="users.remove_picture")
def remove_picture(sender, instance, using, **kwargs):
    """Remove the file of a deleted profile once the deletion is committed."""
    remove_unused_after_commit(instance.__dict__.pop("_picture_to_remove", ""), using)


# The process, the database


@receiver(class_prepared, dispatch_uid="users.include_user_class")
def include_user_class(sender, **kwargs):
    """Treat a proxy or a child of the user model as the user model: Django sends its saves under its own name."""
    if sender is User or not issubclass(sender, User) or sender._meta.abstract:
        return
    user_classes.add(sender)
    for signal, function in USER_RECEIVERS:
        signal.connect(function, sender=sender, dispatch_uid=f"users.{function.__name__}")
    follow(sender)


@receiver(connection_created, dispatch_uid="users.add_fold_to_sqlite")
def add_fold_to_sqlite(sender, connection, **kwargs):
    """Teach SQLite the folding of letters beyond ASCII, for ``users.missing.Fold``."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("USERS_FOLD", 1, fold, deterministic=True)


@receiver(post_migrate, sender=apps.get_app_config("users"), dispatch_uid="users.create_missing_profiles")
def create_missing_profiles(sender, using, verbosity=1, stdout=None, **kwargs):
    """Give a profile to the users who are older than this app, or came while it was not installed."""
    if not router.allow_migrate_model(using, Profile):
        return
    try:
        with transaction.atomic(using=using):
            made = insert_missing(Profile, using)
    except DatabaseError:
        # An earlier state of the table, or none: the users app was migrated backwards.
        logger.info("Profiles were not looked at on %r: the table is not at its newest migration.", using)
        return
    if made and verbosity:
        (stdout or sys.stdout).write(f"  Created {made} missing profile{'s' if made > 1 else ''}.\n")


# Kept alive: a signal knows its sender by id() alone, and a class that is gone leaves its number to another one.
user_classes = {User}

USER_RECEIVERS = (
    (post_save, create_profile),
    (post_save, save_profile),
    (pre_delete, lock_user),
    (post_delete, close_sessions),
)

watch(User, *{User.USERNAME_FIELD, User.get_email_field_name()}, then=update_keys)
watch(Profile, "image", then=discard_replaced_picture)

for model in apps.get_models():  # classes that were prepared before this module was imported
    include_user_class(model)
