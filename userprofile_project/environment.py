"""Read the environment, and refuse to start with one message that names every wrong variable."""

import os
import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import dj_database_url
import django_cache_url
from dj_email_url import TRUTHY
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError, validate

from delivery.publishing import addresses
from userprofile_project.mailers import ContradictionError, settings_from_url

# Known to everybody who reads this file, and so of no use in production: see read().
DEVELOPMENT_SECRET_KEY = "development-only-" + "not-a-secret-" * 4

TASKS = "tasks:"  # the engine that is whatever backend TASKS has

# dj_email_url takes for false whatever it does not take for true, a slip of the pen too.
FALSE = {"0", "n", "no", "f", "false", "off"}
MAIL_OPTIONS = {"tls", "ssl", "timeout", "_server_email", "_default_from_email"}


class WrongEnvironment(ImproperlyConfigured):
    """The environment is wrong; the message names every wrong variable and is meant to be read alone."""


def read(base_dir):
    """Return the project's settings from the environment, as a dict by variable name.

    Args:
        base_dir (pathlib.Path): where the default database and media live.

    Raises:
        WrongEnvironment: naming every variable that is wrong, or missing while DEBUG is off.
    """
    env = Env(eager=False)  # collect every complaint, raise once
    env.add_parser("database", _database)
    env.add_parser("cache", _cache)
    env.add_parser("email", _email)
    debug = env.bool("DEBUG", True)
    production = debug is False
    required = {} if production else {"default": DEVELOPMENT_SECRET_KEY}
    long_enough = validate.Length(min=50, error="Shorter than 50 characters.")
    values = {
        "DEBUG": debug,
        "SECRET_KEY": env.str(
            "SECRET_KEY", **required, validate=[long_enough, _secret] if production else long_enough
        ),
        "ALLOWED_HOSTS": env.list(
            "ALLOWED_HOSTS",
            **({} if production else {"default": []}),
            validate=[_bare_hosts, _named_hosts] if production else _bare_hosts,
        ),
        "DATABASE_URL": env.database("DATABASE_URL", f"sqlite:///{base_dir / 'db.sqlite3'}"),
        "CACHE_URL": env.cache("CACHE_URL", "locmem://"),
        "EMAIL_URL": env.email("EMAIL_URL", "console:"),
        "MEDIA_ROOT": env.path("MEDIA_ROOT", base_dir / "media", validate=lambda path: _folder(path, base_dir)),
        "SITE_HOST": env.str("SITE_HOST", None, validate=_bare_host),
        "DELIVERY_URL": env.str("DELIVERY_URL", "", validate=_delivery),
        "EVENTS_URL": env.str("EVENTS_URL", "", validate=_events),
        "TASK_WORKER": env.bool("TASK_WORKER", False, validate=_worker),
        "SIGNAL_INSPECTOR_ENABLED": env.bool("SIGNAL_INSPECTOR_ENABLED", debug),
        "PROXY_COUNT": env.int("PROXY_COUNT", 0, validate=validate.Range(min=0)),
    }
    try:
        env.seal()
    except EnvValidationError as error:
        raise WrongEnvironment(_message(error.error_messages)) from None
    if values.pop("TASK_WORKER"):  # the former spelling
        if values["DELIVERY_URL"] not in ("", TASKS):
            sentence = f"True means DELIVERY_URL={TASKS}, and DELIVERY_URL is another one."
            raise WrongEnvironment(_message({"TASK_WORKER": [sentence]}))
        values["DELIVERY_URL"] = TASKS
    return values


def _secret(key):
    if key == DEVELOPMENT_SECRET_KEY:
        raise validate.ValidationError("The known key of development; make one of your own.")


def _named_hosts(hosts):
    """Refuse an empty list and the wildcard: the host of a mail's link is taken from this list."""
    if not hosts or "*" in hosts:
        raise validate.ValidationError("Name the hosts of this site; '*' is not a name.")


def _bare_hosts(hosts):
    for host in hosts:
        if not host or re.search(r"[^:]:\d+$", host):
            raise validate.ValidationError("Names of hosts, separated by commas, without a port.")
        _bare_host(host)


def _bare_host(host):
    """Refuse an address where a host is wanted: it would match no request, and break the links in mails."""
    try:
        urlsplit(f"//{host}")
        is_bare = not re.search(r"[\s/\\?#@]", host)
    except ValueError:  # half a pair of brackets
        is_bare = False
    if not is_bare:
        raise validate.ValidationError("A host like example.com, without a scheme, slash or blank.")


def _folder(path, base_dir):
    """Refuse what holds the project: all of it would be served under MEDIA_URL."""
    if path == Path() or base_dir.resolve().is_relative_to(path.resolve()):  # "" would be the current folder
        raise validate.ValidationError("Name a folder for pictures alone; this one is empty or holds the project.")
    if any(os.path.isfile(part) for part in (path, *path.parents)):
        raise validate.ValidationError("A file, and no folder.")


def _database(url):
    try:
        parsed = dj_database_url.parse(url)
    except Exception:  # whatever it is, its words may repeat the password
        raise validate.ValidationError("Not a valid database URL.") from None
    if "postgresql" in parsed["ENGINE"] and not (find_spec("psycopg") or find_spec("psycopg2")):
        raise validate.ValidationError(_lacks("psycopg"))
    return parsed


def _cache(url):
    try:
        parsed = django_cache_url.parse(url)
    except Exception:
        raise validate.ValidationError("Not a known kind of cache; redis://host:6379/0 is one.") from None
    if "redis" in parsed["BACKEND"].lower() and not find_spec("redis"):
        raise validate.ValidationError(_lacks("redis"))
    return parsed


def _email(url):
    try:
        options = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        if {"tls", "ssl"} <= set(options):
            raise validate.ValidationError("Give tls or ssl, not both.")
        parsed = settings_from_url(url)
    except ContradictionError as error:
        raise validate.ValidationError(str(error)) from None
    except ValueError:
        raise validate.ValidationError("Not a known kind of mail server; smtp://host:25 is one.") from None
    if not set(options) <= MAIL_OPTIONS:
        raise validate.ValidationError(f"The options are {', '.join(sorted(MAIL_OPTIONS))}.")
    given = [options[name] for name in ("tls", "ssl") if name in options]
    if any(value not in TRUTHY and value.lower() not in FALSE for value in given):
        raise validate.ValidationError("tls and ssl are True or False.")
    return parsed


def _worker(wanted):
    if wanted and not find_spec("django_tasks_db"):
        raise validate.ValidationError(_lacks("django-tasks-db"))


def _delivery(url):
    """Refuse an engine that is none, or is not installed."""
    scheme = urlsplit(url).scheme
    if url and url != TASKS and scheme not in ("amqp", "amqps"):
        raise validate.ValidationError(f"Not a known engine; {TASKS} and amqp://user:password@host:5672// are two.")
    _worker(url == TASKS)
    if scheme.startswith("amqp") and not find_spec("celery"):
        raise validate.ValidationError(_lacks("celery"))


def _events(url):
    """Refuse what names no exchange of a broker, or where the package that publishes is not installed."""
    if url:
        try:
            addresses.read(url)
        except ValueError as error:
            raise validate.ValidationError(str(error)) from None
        if not find_spec(addresses.NEEDED):
            raise validate.ValidationError(_lacks("celery"))


def _lacks(package):
    return f"The package {package} is not installed; it is in requirements-prod.txt."


def _message(errors):
    lines = [f"  {name}: {' '.join(map(str, messages))}" for name, messages in sorted(errors.items())]
    return "The environment is wrong:\n" + "\n".join(lines)
