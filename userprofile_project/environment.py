"""Read the environment, and refuse to start with one message that names every wrong variable."""

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError, validate

from userprofile_project.mailers import settings_from_url

# Known to everybody who reads this file, and so of no use in production: see read().
DEVELOPMENT_SECRET_KEY = "development-only-" + "not-a-secret-" * 4


def read(base_dir):
    """Return the project's settings from the environment, as a dict by variable name.

    Args:
        base_dir (pathlib.Path): where the default database and media live.

    Raises:
        ImproperlyConfigured: naming every variable that is wrong, or missing while DEBUG is off.
    """
    env = Env(eager=False)  # collect every complaint, raise once
    env.add_parser("email", _email)
    debug = env.bool("DEBUG", True)
    production = debug is False
    required = {} if production else {"default": DEVELOPMENT_SECRET_KEY}
    values = {
        "DEBUG": debug,
        "SECRET_KEY": env.str(
            "SECRET_KEY", **required, validate=validate.Length(min=50, error="Shorter than 50 characters.")
        ),
        "ALLOWED_HOSTS": env.list(
            "ALLOWED_HOSTS",
            **({} if production else {"default": []}),
            validate=[_named_hosts] if production else [],
        ),
        "DATABASE_URL": env.dj_db_url("DATABASE_URL", f"sqlite:///{base_dir / 'db.sqlite3'}"),
        "CACHE_URL": env.dj_cache_url("CACHE_URL", "locmem://"),
        "EMAIL_URL": env.email("EMAIL_URL", "console:"),
        "MEDIA_ROOT": env.path("MEDIA_ROOT", base_dir / "media"),
        "SITE_HOST": env.str("SITE_HOST", None),
        "TASK_WORKER": env.bool("TASK_WORKER", False),
        "SIGNAL_INSPECTOR_ENABLED": env.bool("SIGNAL_INSPECTOR_ENABLED", debug),
        "PROXY_COUNT": env.int("PROXY_COUNT", 0, validate=validate.Range(min=0)),
    }
    try:
        env.seal()
    except EnvValidationError as error:
        raise ImproperlyConfigured(_message(error.error_messages)) from None
    return values


def _named_hosts(hosts):
    """Refuse an empty list and the wildcard: the host of a mail's link is taken from this list."""
    if not [host for host in hosts if host.strip()] or "*" in hosts:
        raise validate.ValidationError("Name the hosts of this site; '*' is not a name.")


def _email(url):
    try:
        return settings_from_url(url)
    except ValueError:
        raise validate.ValidationError("Not a known kind of mail server; smtp://host:25 is one.") from None


def _message(errors):
    lines = [f"  {name}: {' '.join(map(str, messages))}" for name, messages in sorted(errors.items())]
    return "The environment is not complete:\n" + "\n".join(lines)
