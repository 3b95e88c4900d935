"""Take a followed link as the proof that an address belongs to the owner of an account."""

from django.db import transaction
from django.utils import timezone

from users.events import email_verified
from users.links import read_verification
from users.models import Profile


def verify(token):
    """
    Mark the address in a token as verified; return whether that was news.

    Returns False where the link was followed before, or where the account or its address is another one by now.

    Raises:
        signing.SignatureExpired: the link is older than three days.
        signing.BadSignature: it is none of ours.
    """
    claim = read_verification(token)
    profiles = Profile.objects.filter(user=claim["user"], user__email=claim["email"], email_verified_at=None)
    with transaction.atomic(using=profiles.db):
        profile = profiles.select_related("user").select_for_update(of=("self",)).first()
        if profile is None:
            return False
        profile.email_verified_at = timezone.now()
        profile.save(update_fields=["email_verified_at"])

        def announce():
            email_verified.send_robust(sender=type(profile.user), instance=profile.user, using=profiles.db)

        transaction.on_commit(announce, using=profiles.db, robust=True)
    return True
