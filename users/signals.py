"""
The receivers of this app, connected when ``UsersConfig.ready()`` imports this module.

Each is connected by the decorator above it: they are the app's own, and belong to what it does. ``family_receiver`` is
Django's ``receiver`` for a model with its proxies and children, and ``watch`` calls a function for a save that really
changed one of some fields. ``after_commit``, the decorator below either, lets a function wait for the commit.

Why signals, here: a user is made by forms, commands, fixtures, the admin and other people's code, and all of them
get a profile. Where one function of ours calls another, this app calls it.
"""

import sys
from datetime import timedelta

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.signals import setting_changed
from django.db import router
from django.db.backends.signals import connection_created
from django.db.models.signals import m2m_changed, post_delete, post_migrate, post_save, pre_delete, pre_save
from django.dispatch import receiver

from listening import Between, after_commit, announce, durable, family_receiver, unless_loaded, watch
from users.cards import drop_all_cards, drop_card, drop_card_of
from users.events import account_closed, fields_changed, password_reset_requested
from users.files import remove_unused
from users.fixtures import complete_when_loaded, make_room
from users.identity.folding import fold
from users.identity.keys import user_key
from users.identity.names import reserved_names
from users.interests import note_interests
from users.models import AccountSession, Interest, Profile
from users.passwords import is_new_password
from users.pictures import Picture, normalise
from users.profiles.locking import lock_account, stored_picture
from users.profiles.missing import create_missing_if_migrated
from users.profiles.relation import loaded_profile
from users.resets import send_reset_links

User = get_user_model()
CLOSED_ACCOUNT = Between("closed_account")
REMOVED_PICTURE = Between("removed_picture")


@family_receiver(post_save, sender=User, dispatch_uid="users.create_profile")
def create_profile(sender, instance, created, raw, using, **kwargs):
    """Give a new user a profile, on the user's own database."""
    # user_key: a child of the user model has a primary key of its own.
    if raw:  # loaddata: the fixture may bring the profile too, before or after its user (test_ways.FixtureTests)
        complete_when_loaded(user_key(instance), using)
    elif created:
        # create() would write to the default database (test_ways.DatabaseTests), and beside the profile that somebody
        # has prepared as user.profile (OtherCodeTests).
        Profile.objects.create_for(instance, using)


@family_receiver(post_save, sender=User, dispatch_uid="users.save_profile")
def save_profile(sender, instance, created, using, update_fields, **kwargs):
    """Save what was changed on ``user.profile`` together with the user, and only that."""
    if created or update_fields is not None:  # each login saves last_login alone (test_a_login_costs_nothing)
        return
    profile = loaded_profile(instance)  # user.profile would ask the database (test_no_change_costs_nothing)
    if profile is not None:
        profile.save_with_user(instance, using)


# Users


@watch(User, "username", "email")
def update_keys(sender, instance, changes, using, **kwargs):
    """Keep the profile's keys true to a changed name or address; a changed address is not verified."""
    Profile.objects.renew_keys(instance, changes, using)


@family_receiver(pre_delete, sender=User, dispatch_uid="users.lock_user")
def lock_user(sender, instance, using, **kwargs):
    """Lock an account before Django deletes what depends on it, the interests first of all."""
    lock_account(Profile, instance.pk, using)


@family_receiver(pre_delete, sender=User, dispatch_uid="users.remember_account")
def remember_account(sender, instance, using, **kwargs):
    """Note what is to be told of an account: nothing if it is gone, which whoever waited for the lock finds here."""
    rows = User._base_manager.using(using).filter(pk=instance.pk)
    CLOSED_ACCOUNT.leave(instance, rows.values("pk", "username", "email").first())


@family_receiver(post_delete, sender=User, dispatch_uid="users.close_sessions")
def close_sessions(sender, instance, using, **kwargs):
    """End the sessions of an account that is deleted, in the same transaction."""
    if using == router.db_for_write(AccountSession):  # a namesake on another database has none
        AccountSession.objects.using(using).filter(account_id=str(instance.pk)).delete()


@family_receiver(post_delete, sender=User, dispatch_uid="users.announce_closed_account")
def announce_closed_account(sender, instance, using, **kwargs):
    """Tell others, after the commit, that an account is gone: once, however many have deleted it at once."""
    row = CLOSED_ACCOUNT.take(instance)
    if row is not None:
        facts = {"user_id": row["pk"], "username": row["username"], "email": row["email"] or ""}
        announce(account_closed, sender=User, using=using, **facts)


@receiver(password_reset_requested, dispatch_uid="users.send_links_to_address")
@durable(atomic=False, lease=timedelta(minutes=5))
def send_links_to_address(sender, email, domain, options, **kwargs):
    """Send a link that sets a new password, if there is an account with the address."""
    send_reset_links(email, domain, options)


# Profiles and their pictures


@family_receiver(pre_save, sender=Profile, dispatch_uid="users.make_room_for_fixture")
def make_room_for_fixture(sender, instance, raw, using, **kwargs):
    """Let the profile of a fixture replace the one that the user has."""
    if raw and instance.user_id is not None:
        make_room(instance, using)


@family_receiver(pre_save, sender=Profile, dispatch_uid="users.normalise_picture")
def normalise_picture(sender, instance, raw, update_fields, **kwargs):
    """Turn a new picture into the one kind of file that is stored, whoever assigned it."""
    if raw or "image" not in (instance.__dict__ if update_fields is None else update_fields):
        return
    image = instance.image
    if image and not image._committed and not isinstance(image.file, Picture):
        instance.image = normalise(image.file)


@watch(Profile, "image")
@after_commit
def discard_replaced_picture(sender, instance, changes, **kwargs):
    """Remove the file of a replaced or cleared picture."""
    remove_unused(changes["image"][0])


@family_receiver(pre_delete, sender=Profile, dispatch_uid="users.remember_picture")
def remember_picture(sender, instance, using, **kwargs):
    """Note the stored name of the picture: an instance made of a primary key alone doesn't know it."""
    REMOVED_PICTURE.leave(instance, stored_picture(Profile, instance.pk, using))


@family_receiver(post_delete, sender=Profile, dispatch_uid="users.remove_picture")
@after_commit
def remove_picture(sender, instance, **kwargs):
    """Remove the file of a deleted profile."""
    remove_unused(REMOVED_PICTURE.take(instance, default=""))


# Interests


@receiver(m2m_changed, sender=Profile.interests.through, dispatch_uid="users.announce_interests")
@unless_loaded
def announce_interests(sender, instance, action, reverse, pk_set, using, **kwargs):
    """Tell others, after the commit, which interests were taken or dropped, from either side of the relation."""
    # "pk_set or": add() of what is there already names nothing. No query if nobody listens.
    if action.startswith("pre_") and (pk_set or pk_set is None) and fields_changed.has_listeners(Profile):
        note_interests(instance, reverse, pk_set, using)


@family_receiver(pre_delete, sender=Interest, dispatch_uid="users.announce_lost_interest")
def announce_lost_interest(sender, instance, using, **kwargs):
    """Tell others, after the commit, who has lost an interest because it is deleted; no relation tells of that."""
    if fields_changed.has_listeners(Profile):
        note_interests(instance, reverse=True, pk_set=None, using=using)


# The public card, which is cached


@family_receiver([post_save, post_delete], sender=Profile, dispatch_uid="users.drop_card_of_profile")
@after_commit
def drop_card_of_profile(sender, instance, using, **kwargs):
    """Invalidate the cached card of a profile."""
    drop_card_of(instance, using)


@watch(User, "username", "first_name", "last_name", "is_active")
@after_commit
def drop_card_of_changed_user(sender, instance, using, **kwargs):
    """Invalidate the cached card that shows old names, or an account that is not active any more."""
    drop_card(user_key(instance), using)


@family_receiver(post_delete, sender=User, dispatch_uid="users.drop_card_of_deleted_user")
@after_commit
def drop_card_of_deleted_user(sender, instance, using, **kwargs):
    """Invalidate the cached card of a user whose profile went before, unheard."""
    drop_card(instance.pk, using)


@receiver(m2m_changed, sender=Profile.interests.through, dispatch_uid="users.drop_cards_of_interested")
@after_commit
def drop_cards_of_interested(sender, instance, action, reverse, using, **kwargs):
    """Invalidate the cached cards that show old interests."""
    if not reverse:
        drop_card_of(instance, using)
    elif action.startswith("post_"):
        drop_all_cards(using)


@receiver([post_save, post_delete], sender=Interest, dispatch_uid="users.drop_cards_with_interest")
@after_commit
def drop_cards_with_interest(sender, using, **kwargs):
    """Invalidate the cached cards that show the old name of an interest."""
    drop_all_cards(using)


# What others are told of changed fields, when all that reacts to them is done


# Three times: the fields are of two models, and of a password only that it changed is told.
@watch(User, "username", "email", "first_name", "last_name", "is_active", "is_staff", "is_superuser")
@watch(User, "password", secret=is_new_password)
@watch(Profile, "image")
def announce_changes(sender, instance, changes, using, **kwargs):
    """Tell others, after the commit, which watched fields have new values."""
    announce(fields_changed, sender=sender, instance=instance, changes=changes, using=using)


# The process, the database


@receiver(connection_created, dispatch_uid="users.add_fold_to_sqlite")
def add_fold_to_sqlite(sender, connection, **kwargs):
    """Teach SQLite the folding of letters beyond ASCII, for ``users.identity.folding.Fold``."""
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
    made = create_missing_if_migrated(Profile, using)
    if made and verbosity:
        (stdout or sys.stdout).write(f"  Created {made} missing profile{'s' if made > 1 else ''}.\n")
