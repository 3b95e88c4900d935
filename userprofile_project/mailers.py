"""How mails are sent, by the names that the running Django has for it: MAILERS from 6.1 on, EMAIL_… before."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import dj_email_url
import django

SMTP = "django.core.mail.backends.smtp.EmailBackend"
FILES = "django.core.mail.backends.filebased.EmailBackend"

# By the names of MAILERS; a backend of 6.1 refuses an option that is not its own.
SETTINGS = {
    SMTP: {
        "host": "EMAIL_HOST",
        "port": "EMAIL_PORT",
        "username": "EMAIL_HOST_USER",
        "password": "EMAIL_HOST_PASSWORD",
        "use_tls": "EMAIL_USE_TLS",
        "use_ssl": "EMAIL_USE_SSL",
        "timeout": "EMAIL_TIMEOUT",
    },
    FILES: {"file_path": "EMAIL_FILE_PATH"},
}

DEFAULTS = {SMTP: {"host": "localhost", "port": 25, "timeout": 10}}  # seconds; Django's default waits for ever


def settings_from_url(url):
    """
    Return the settings that an address such as ``smtp://user:password@host:587?tls=True`` stands for.

    Raises:
        ValueError: it is no such address.
    """
    parsed = dj_email_url.parse(url)
    backend = parsed.get("EMAIL_BACKEND")
    if backend is None:
        raise ValueError("Not a known kind of mail server.")
    names = SETTINGS.get(backend, {})
    given = {option: parsed[name] for option, name in names.items() if parsed[name] is not None}
    # These have one name in every Django. The address gives them as ?_default_from_email= and ?_server_email=.
    senders = {name: parsed[name] for name in ("DEFAULT_FROM_EMAIL", "SERVER_EMAIL") if name in parsed}
    return senders | mail_settings(backend, **DEFAULTS.get(backend, {}) | given)


def mail_settings(backend, **options):
    """
    Return the settings that let the default mailer be of a backend, by its dotted path, with some options.

    Django 6.1 deprecates the EMAIL_… settings, and refuses to start where they stand beside MAILERS.
    """
    if django.VERSION >= (6, 1):
        return {"MAILERS": {"default": {"BACKEND": backend, "OPTIONS": options}}}
    return {"EMAIL_BACKEND": backend, **{SETTINGS[backend][name]: value for name, value in options.items()}}


def default_sender(host):
    """Return the address that mails of a site come from unless EMAIL_URL names one: SITE_HOST may have a port."""
    name = urlsplit(f"//{host}").hostname or host
    try:
        return f"noreply@[{'IPv6:' if ip_address(name).version == 6 else ''}{name}]"  # RFC 5321, section 4.1.3
    except ValueError:
        return f"noreply@{name}"
