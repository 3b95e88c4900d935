"""How mails are sent, by the names that the running Django has for it: MAILERS from 6.1 on, EMAIL_… before."""

from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

import dj_email_url
import django
from dj_email_url import TRUTHY

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

DEFAULTS = {SMTP: {"host": "localhost", "timeout": 10}}  # seconds; Django's default waits for ever

# What a scheme says of the encryption: "ssl" is TLS from the first byte, "tls" is STARTTLS. The names are Django's.
SCHEMES = {"smtp": None, "smtps": "ssl", "submissions": "ssl", "submission": "tls", "submit": "tls"}
PORTS = {"ssl": 465, "tls": 587}  # RFC 8314, section 3.3

CONTRADICTION = (
    "smtps:, submissions:, port 465 and ssl=True mean TLS from the first byte; submission:, ports 587 and 25, and "
    "tls=True mean STARTTLS or none. This address says both."
)


class ContradictionError(ValueError):
    """An address says of the encryption two things that can't both be."""


def settings_from_url(url):
    """
    Return the settings that an address such as ``smtp://user:password@host:587?tls=True`` stands for.

    Raises:
        ContradictionError: it says two things of the encryption.
        ValueError: it is no such address.
    """
    scheme, colon, rest = url.partition(":")
    # dj_email_url knows no TLS from the first byte but by an option, and takes smtps: for STARTTLS.
    parsed = dj_email_url.parse(f"smtp{colon}{rest}" if scheme in SCHEMES else url)
    if scheme in SCHEMES:
        parsed.update(_encryption(scheme, url))
    backend = parsed.get("EMAIL_BACKEND")
    if backend is None:
        raise ValueError("Not a known kind of mail server.")
    names = SETTINGS.get(backend, {})
    given = {option: parsed[name] for option, name in names.items() if parsed[name] is not None}
    # These have one name in every Django. The address gives them as ?_default_from_email= and ?_server_email=.
    senders = {name: parsed[name] for name in ("DEFAULT_FROM_EMAIL", "SERVER_EMAIL") if name in parsed}
    return senders | mail_settings(backend, **DEFAULTS.get(backend, {}) | given)


def _encryption(scheme, url):
    """Return the port and the encryption that an address of a mail server stands for, as settings."""
    port, options = urlsplit(url).port, dict(parse_qsl(urlsplit(url).query))
    wanted = {SCHEMES[scheme], "ssl" if port == PORTS["ssl"] else None} - {None}
    wanted |= {name for name in PORTS if options.get(name) in TRUTHY}
    excluded = {name for name in PORTS if name in options and options[name] not in TRUTHY}
    excluded |= {"ssl"} if port in (25, PORTS["tls"]) else set()
    if len(wanted) > 1 or wanted & excluded:
        raise ContradictionError(CONTRADICTION)
    usual = 25 if scheme == "smtp" and "ssl" not in wanted else PORTS[next(iter(wanted))]
    return {"EMAIL_PORT": port or usual, "EMAIL_USE_TLS": "tls" in wanted, "EMAIL_USE_SSL": "ssl" in wanted}


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
