"""
The public page of a profile as plain data, kept in the cache until something about it changes.

A cached card must never outlive a change, and deleting it is not enough: a reader who read the old row before the
commit could store it after the deletion. So each card carries the versions that were valid *before* its row was
read, and a change makes a new version, after the commit. A card whose versions are not today's is not shown.
"""

import logging
import uuid

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import DatabaseError, router
from django.utils.crypto import salted_hmac

from users.models import Profile

logger = logging.getLogger(__name__)

EVERYBODY = "everybody"  # stands for what all cards share, the names of the interests, where a user's key stands


def get_card(username):
    """
    Return what everybody may see of a user, as a dict, or None if that is nothing.

    No query if the card is in the cache; the database alone if the cache can't be reached.
    """
    if not settings.PROFILE_CARD_SECONDS:
        return _read(username)
    try:
        kept = cache.get(_key(username))
        if kept is not None and kept["versions"] == _versions(kept["card"]["user_id"]):
            return kept["card"]
        pk = _public(username=username).values_list("user_id", flat=True).first()
        versions = _versions(pk) if pk is not None else None
        card = _read(username)
        if card is not None and card["user_id"] == pk:
            cache.set(_key(username), {"versions": versions, "card": card}, settings.PROFILE_CARD_SECONDS)
        return card
    except DatabaseError:
        raise
    except Exception:  # each cache backend has errors of its own
        logger.exception("The cache of public cards can't be reached.")
        return _read(username)


def make_card(profile):
    """Return the card of a profile: plain values only, so that the cache holds no model."""
    return {
        "user_id": profile.user_id,
        "username": profile.user.get_username(),
        "full_name": profile.user.get_full_name(),
        "picture_url": profile.picture_url,
        "bio": profile.bio,
        "location": profile.location,
        "website_link": profile.website_link,
        "interests": [interest.name for interest in profile.interests.all()],
        "created_at": profile.created_at,
    }


def drop_card(user_id, using):
    """Invalidate the cached card of a user, by primary key, after a change on a database was committed."""
    if using == router.db_for_read(Profile):  # the pages show one database; a namesake on another has no card
        cache.set(_version_key(user_id), uuid.uuid4().hex, settings.PROFILE_CARD_SECONDS * 2)


def drop_card_of(profile, using):
    """Invalidate the cached card of a profile; every card if its user is deferred, and by now past reading."""
    drop_card(profile.__dict__.get("user_id", EVERYBODY), using)


def drop_all_cards(using):
    """Invalidate every cached card, after a change on a database was committed."""
    drop_card(EVERYBODY, using)


def _versions(user_id):
    """Return the versions of what a card shows, making those that are not there."""
    keys = (_version_key(user_id), _version_key(EVERYBODY))
    found = cache.get_many(keys)
    seconds = settings.PROFILE_CARD_SECONDS * 2
    return [found.get(key) or cache.get_or_set(key, uuid.uuid4().hex, seconds) for key in keys]


def _version_key(user_id):
    return f"users.card.version.{user_id}"


def _key(username):
    """Return the key of a name: memcached allows few characters, so the name is hashed."""
    return "users.card." + salted_hmac("users.cards", username, algorithm="sha256").hexdigest()


def _public(username):
    name = get_user_model().USERNAME_FIELD
    return Profile.objects.filter(**{f"user__{name}": username}, user__is_active=True, is_public=True)


def _read(username):
    profile = _public(username).select_related("user").first()
    return None if profile is None else make_card(profile)
