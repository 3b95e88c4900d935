"""Take a followed link as the proof that an address belongs to the owner of an account."""

from django.db import transaction

from users.events import email_verified
from users.links import read_verification
from users.models import Profile


def verify(token):
    """
    Mark the address in a token as verified; return whether that was news.

    Returns False where the link was followed before, or where the address was changed since, even if it is back.

    Raises:
        signing.SignatureExpired: the link is older than three days.
        signing.BadSignature: it is none of ours.
    """
    claim = read_verification(token)
    profiles = Profile.objects.filter(user=claim["user"], email_verified_at=None, email_stamp=claim.get("stamp"))
    # The stamp is in the row that is locked, so the database looks at it again when it has waited for a change of
    # the address. At the address, in a row that it only joins, PostgreSQL would not look again.
    profiles = profiles.filter(user__email=claim["email"])
    with transaction.atomic(using=profiles.db):
        profile = profiles.select_related("user").select_for_update(of=("self",)).first()
        if profile is None:
            return False
        profile.note_verification()

        def announce():
            email_verified.send_robust(sender=type(profile.user), instance=profile.user, using=profiles.db)

        transaction.on_commit(announce, using=profiles.db, robust=True)
    return True
