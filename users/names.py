"""What a user name and an address may be, and when two of them are the same one."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Names that would be taken for the site itself, or that mean something in its addresses.
RESERVED = frozenset(
    """
    . .. about account accounts activity admin administrator anonymous api billing contact delete email help
    home host info login logout mail mailer me media moderator news nobody none null people postmaster privacy
    profile register root security settings signals signup staff static superuser support system terms undefined
    user users webmaster www
    """.split()
)

# Scripts that are written together. Everything else stands alone in a name, digits and punctuation apart.
MIXED_BY_CUSTOM = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    {"LATIN", "CJK", "HANGUL"},
    {"LATIN", "CJK", "BOPOMOFO"},
)


def fold(text):
    """
    Return the form in which two spellings of one name or address are equal.

    The folding is that of Unicode's NFKC_Casefold but for ignorable characters, which no name may hold:
    https://www.unicode.org/reports/tr31/#NFKC_Modifications.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def validate_not_reserved(name):
    """Raise ValidationError for a name that belongs to the site."""
    if fold(name).strip(".-_+@") in RESERVED or not fold(name).strip(".-_+@"):
        raise ValidationError(_("This name is reserved. Please choose another one."), code="reserved")


def validate_one_script(name):
    """
    Raise ValidationError for a name that mixes scripts, as look-alikes do ("pаypal" with a Cyrillic "а").

    This is the "highly restrictive" level of https://www.unicode.org/reports/tr39/#Restriction_Level_Detection.
    Python knows no script property, so the first word of a letter's Unicode name stands for it.
    """
    scripts = {unicodedata.name(char, "?").split()[0] for char in name if char.isalpha()}
    if len(scripts) > 1 and not any(scripts <= custom for custom in MIXED_BY_CUSTOM):
        raise ValidationError(_("Please use letters of one alphabet only."), code="mixed_scripts")


def validate_deliverable(address):
    """Raise ValidationError for an address that EmailValidator lets pass but that no mail can be sent to."""
    try:
        address.rpartition("@")[2].encode("idna")
        address.rpartition("@")[0].encode("ascii")
    except UnicodeError:
        raise ValidationError(_("Enter a valid email address."), code="invalid") from None


KEY_LENGTH = 300  # characters; a fold can be longer than the name, and a column has an end
CLAIM = "_users_claim"


def claim(user):
    """
    Ask that the next save of a user takes the name and the address for this account alone.

    The forms do. If two of them take one at once, the second save ends in an IntegrityError, which the forms turn
    into a form error. Code that saves users by itself asks for nothing and so is never refused.
    """
    setattr(user, CLAIM, True)


def keys(user):
    """
    Return the keys of a user's profile: ``name_key`` and ``email_key``, both unique.

    A claimed name is its fold alone. An unclaimed one ends in the primary key, behind a space, which no form lets
    into a name: it sorts and searches alike and can't collide with anybody's.
    """
    claimed = getattr(user, CLAIM, False)
    name = fold(str(user.get_username()))[:KEY_LENGTH]
    email = fold(str(getattr(user, user.get_email_field_name(), None) or ""))[:KEY_LENGTH]
    return {
        "name_key": name if claimed else f"{name} {user.pk}",
        "email_key": (email or None) if claimed else None,
    }
