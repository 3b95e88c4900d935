"""
What ``loaddata`` does to profiles: it brings users without profiles, profiles before their users, and keys that are
somebody else's by now. Nothing is settled before all of the fixture is there, at the commit.
"""

import uuid

from django.db import router, transaction
from django.utils import timezone

from users.cards import drop_card
from users.identity.keys import claimed_keys, unclaimed_keys
from users.models import Profile
from users.profiles.missing import create_missing, warning_if_no_table


def complete_when_loaded(pk, using):
    """Give a user of a fixture, by primary key, what is missing when all of the fixture is there."""
    transaction.on_commit(lambda: complete_loaded_user(pk, using), using=using, robust=True)
    transaction.on_commit(lambda: drop_card(pk, using), using=using, robust=True)  # by itself: the cache may be away


def complete_loaded_user(pk, using):
    """Give a user of a fixture a profile if it brought none, and make the keys true to what it wrote past us."""
    if not router.allow_migrate_model(using, Profile):
        return
    with warning_if_no_table(Profile, using):
        create_missing(Profile, using, [pk])
        profile = Profile._base_manager.using(using).select_related("user").filter(user=pk).first()
        if profile is None:
            return
        unclaimed, claimed = unclaimed_keys(profile.user), claimed_keys(profile.user)
        stored = {name: getattr(profile, name) for name in unclaimed}
        stale = {name: unclaimed[name] for name in stored if stored[name] not in (unclaimed[name], claimed[name])}
        if "email_key" in stale:  # it was verified, or not, for another address
            stale |= {"email_verified_at": None, "email_stamp": uuid.uuid4()}
        if stale:
            Profile._base_manager.using(using).filter(pk=profile.pk).update(**stale)


def make_room(profile, using):
    """
    Delete the profile that a user has beside a loaded one, leave the keys of other profiles alone, and give the times
    that a fixture leaves out.
    """
    profiles = Profile._base_manager.using(using)
    profiles.filter(user=profile.user_id).exclude(pk=profile.pk).delete()
    others = profiles.exclude(pk=profile.pk)
    if not profile.name_key or others.filter(name_key=profile.name_key).exists():
        profile.name_key = f" {profile.user_id}"  # until all of the fixture is there
        complete_when_loaded(profile.user_id, using)
    if profile.email_key and others.filter(email_key=profile.email_key).exists():
        profile.email_key = None
    for field in profile._meta.concrete_fields:  # a raw save asks no field for a value
        if getattr(profile, field.attname) is None and (
            getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        ):
            setattr(profile, field.attname, timezone.now())
