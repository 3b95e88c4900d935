"""The token in a link that proves an address to be somebody's own."""

from django.core import signing
from django.urls import reverse

LIFETIME = 3 * 24 * 60 * 60  # seconds
SALT = "users.verification"


def verification_path(user, stamp):
    """
    Return the path of a link that verifies the address which a user has now.

    Args:
        user (User): whose address it is.
        stamp (uuid.UUID): the ``email_stamp`` of the profile. The link is good for as long as that one stays.
    """
    claim = {"user": str(user.pk), "email": user.email, "stamp": str(stamp)}
    return reverse("verify_email", args=[signing.dumps(claim, salt=SALT)])


def read_verification(token):
    """
    Return what a token says, as a dict of ``user`` (primary key, as text), ``email`` and ``stamp``.

    Raises:
        signing.SignatureExpired: it is older than LIFETIME.
        signing.BadSignature: it is none of ours.
    """
    return signing.loads(token, salt=SALT, max_age=LIFETIME)
