"""
Take the answer on the page behind a link as the proof that an address belongs to the owner of an account.

The link alone is no proof: programs that look into mails for what is dangerous open the links in them, too.
"""

from django.db import transaction

from listening import announce
from users.events import email_verified
from users.links import read_verification
from users.models import Profile


def look_up(token):
    """
    Return the user whose address a token would verify, and change nothing.

    Returns None where the link was used before, or where the address was changed since, even if it is back.

    Raises:
        signing.SignatureExpired: the link is older than three days.
        signing.BadSignature: it is none of ours.
    """
    profile = _claimed(token).first()
    return None if profile is None else profile.user


def verify(token):
    """Mark the address in a token as verified; return and raise what ``look_up()`` does."""
    profiles = _claimed(token)
    with transaction.atomic(using=profiles.db):
        profile = profiles.select_for_update(of=("self",)).first()
        if profile is None:
            return None
        profile.note_verification()
        announce(email_verified, sender=type(profile.user), instance=profile.user, using=profiles.db)
    return profile.user


def _claimed(token):
    """Return the profile that a token is about, as a query that finds nothing if the token is used up."""
    claim = read_verification(token)
    profiles = Profile.objects.filter(user=claim["user"], email_verified_at=None, email_stamp=claim.get("stamp"))
    # The stamp is in the row that verify() locks, so the database looks at it again when it has waited for a change
    # of the address. At the address, in a row that it only joins, PostgreSQL would not look again.
    return profiles.filter(user__email=claim["email"]).select_related("user")
