"""What the mails say. Written when a mail is sent, from the account as it is then."""

import re
import unicodedata
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.encoding import punycode

from notifications.models import Kind

DEVELOPMENT_HOST = "127.0.0.1:8000"  # where runserver listens

HAVE_LINK = {Kind.WELCOME, Kind.VERIFY_ADDRESS}


def render(kind, address, user_id, using, event_id):
    """
    Return the message of a mail, or None if there is no point in it any more.

    Args:
        kind (Kind): what it is about.
        address (str): whom it is for.
        user_id (object): the primary key of the user whom it is about.
        using (str): the alias of the user's database.
        event_id (str): what tells the event from others.

    A link verifies the address that the account has now. So it goes to that address, and to no other that the
    account had when the mail was asked for: whoever reads that one could claim this one with it.
    """
    user = _user(user_id, using)
    context = {"name": one_line(user.get_username()) if user else "", "site": _host(), "home": _url("/")}
    if kind in HAVE_LINK:
        if user is None or not user.is_active or getattr(user, user.get_email_field_name()) != address:
            return None
        if user.profile.email_verified_at is None:
            context["link"] = _url(user.profile.get_verification_path())
        elif kind == Kind.VERIFY_ADDRESS:
            return None
    with translation.override(settings.LANGUAGE_CODE):  # not the language of whoever's request this is
        return _message(kind, address, event_id, context)


def one_line(text):
    """Return a text without line breaks, control characters and the invisible ones that turn the order of letters."""
    return " ".join("".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text).split())


def _message(kind, address, event_id, context):
    subject, text, html = (
        render_to_string(f"notifications/{kind}{suffix}", context) for suffix in ("_subject.txt", ".txt", ".html")
    )
    message = EmailMultiAlternatives(
        subject=one_line(subject),
        body=re.sub(r"\n\s*\n", "\n\n", text.strip()) + "\n",  # what {% if %} and {% include %} leave
        to=[address],
        headers={
            # The same at each attempt: where one mail arrives twice, a mailbox can tell. One event may have two mails.
            "Message-ID": f"<{event_id}.{kind}@{punycode(urlsplit(_url('/')).hostname)}>",
            "Auto-Submitted": "auto-generated",  # RFC 3834: no answers from people on holiday
        },
    )
    message.attach_alternative(html, "text/html")
    return message


def _user(user_id, using):
    users = get_user_model()._base_manager.using(using).select_related("profile")
    try:
        return users.get(pk=user_id)
    except get_user_model().DoesNotExist:
        return None


def _host():
    """Return the host of this site from the settings. Never from a request: a stranger writes that one."""
    return getattr(settings, "SITE_HOST", None) or DEVELOPMENT_HOST


def _url(path):
    return f"{'http' if settings.DEBUG or _host() == DEVELOPMENT_HOST else 'https'}://{_host()}{path}"
