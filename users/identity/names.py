"""What a user name and an address may be."""

import re
import unicodedata
from functools import cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from users.identity.folding import fold

# Names that would be taken for the site itself, or that mean something in its addresses. A site adds its own by the
# setting RESERVED_USERNAMES.
RESERVED = frozenset(
    """
    . .. about account accounts activity admin administrator anonymous api billing contact delete email help
    home host info login logout mail mailer me media moderator news nobody none null people postmaster privacy
    profile register root security settings signals signup staff static superuser support system terms undefined
    user users webmaster www
    """.split()
)

# Scripts that are written together. Everything else stands alone in a name, ASCII digits and punctuation apart.
MIXED_BY_CUSTOM = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "HANGUL"},
    {"LATIN", "CJK", "BOPOMOFO"},
)


@cache
def reserved_names():
    """Return the folded names that nobody may take; computed once, and again when the setting changes."""
    return RESERVED | {fold(name) for name in settings.RESERVED_USERNAMES}


def validate_not_reserved(name):
    """Raise ValidationError for a name that belongs to the site."""
    if fold(name).strip(".-_+@") in reserved_names() or not fold(name).strip(".-_+@"):
        raise ValidationError(_("This name is reserved. Please choose another one."), code="reserved")


def validate_visible(name):
    """Raise ValidationError for the letters that leave no mark; the other such characters are no letters."""
    if any("FILLER" in unicodedata.name(char, "") for char in name):
        raise ValidationError(_("Please use letters that can be seen."), code="invisible")


def validate_one_script(name):
    """
    Raise ValidationError for a name that mixes scripts, as look-alikes do ("pаypal" with a Cyrillic "а").

    This is the "highly restrictive" level of https://www.unicode.org/reports/tr39/#Restriction_Level_Detection.
    Python knows no script property, so the first word of a character's Unicode name stands for it.
    """
    scripts = {_script(char) for char in name if char.isalnum()} - {"DIGIT"}
    if len(scripts) > 1 and not any(scripts <= custom for custom in MIXED_BY_CUSTOM):
        raise ValidationError(_("Please use letters of one alphabet only."), code="mixed_scripts")


def _script(char):
    """Return "LATIN", "GREEK" and so on; the ASCII digits are of the script "DIGIT"."""
    words = re.split("[ -]", unicodedata.name(char, "?").removeprefix("EXTENDED "))
    return "CJK" if words[0] == "IDEOGRAPHIC" else words[0]


def deliverable(address):
    """
    Return an address with its domain in ASCII, so that one mailbox has one spelling but for letter case.

    Raises:
        ValidationError: for an address that EmailValidator lets pass but that no mail can be sent to.
    """
    local, _at, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
        sendable = local.isascii() and local.isprintable()  # EmailValidator lets a form feed pass, in quotes
    except UnicodeError:
        sendable = False
    if not sendable:
        raise ValidationError(_("Enter a valid email address."), code="invalid")
    return f"{local}@{domain}"
