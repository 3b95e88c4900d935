"""The token in a link that proves an address to be somebody's own."""

from django.core import signing
from django.urls import reverse

LIFETIME = 3 * 24 * 60 * 60  # seconds
SALT = "users.verification"


def verification_path(user):
    """Return the path of a link that verifies the address which a user has now."""
    return reverse("verify_email", args=[signing.dumps({"user": str(user.pk), "email": user.email}, salt=SALT)])


def read_verification(token):
    """
    Return what a token says, as a dict of ``user`` (primary key, as text) and ``email``.

    Raises:
        signing.SignatureExpired: it is older than LIFETIME.
        signing.BadSignature: it is none of ours.
    """
    return signing.loads(token, salt=SALT, max_age=LIFETIME)
