"""
Settings of the project, in the order of startproject's file.

What differs from one machine to another comes from the environment (see environment.py). With an empty
environment the project runs on SQLite, local memory and the console, for development.
"""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.contrib.messages import constants as messages
from django.urls import reverse_lazy

from userprofile_project import environment
from userprofile_project.mailers import default_sender

BASE_DIR = Path(__file__).resolve().parent.parent

env = environment.read(BASE_DIR)

DEBUG = env["DEBUG"]
SECRET_KEY = env["SECRET_KEY"]
ALLOWED_HOSTS = env["ALLOWED_HOSTS"]

# Who sees "debug" in templates while DEBUG: the home page tells of the demo accounts then.
INTERNAL_IPS = ["127.0.0.1", "::1"]

# The host in the links of mails. Never the Host header: a stranger writes that one.
SITE_HOST = env["SITE_HOST"] or next((host.lstrip(".") for host in ALLOWED_HOSTS), None)

INSTALLED_APPS = [
    "lessons",  # before users: its seed_demo is the one that runs. It can be taken out, as those below
    "users",  # before django.contrib.auth: its createsuperuser is the one that runs
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "js_lib_bootstrap5",
    "csp",
    "axes",
    # Each of these can be taken out, with its urls; the others then work unchanged.
    "activity",
    "delivery",
    "notifications",
    "signal_inspector",
]

MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",  # first: the answers of all the others, error pages too, carry the policy
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # before what refuses a request
    "userprofile_project.middleware.ReadableRequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "userprofile_project.middleware.KnownMethodsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "userprofile_project.middleware.PrivateAnswerMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as axes asks: it turns a locked login into its answer
]

if "activity" in INSTALLED_APPS:  # before all others: it writes what failed when the request is over
    MIDDLEWARE.insert(0, "activity.middleware.RequestIdMiddleware")

if "signal_inspector" in INSTALLED_APPS:  # before all others: what they do is recorded too
    MIDDLEWARE.insert(0, "signal_inspector.middleware.SignalInspectorMiddleware")

if DEBUG:  # which shows pages of Django's own
    MIDDLEWARE.append("userprofile_project.middleware.WayHomeMiddleware")

if not DEBUG:  # the development server has static files of its own, and needs no collectstatic
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware"),
        "whitenoise.middleware.WhiteNoiseMiddleware",
    )

ROOT_URLCONF = "userprofile_project.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

if "signal_inspector" in INSTALLED_APPS:
    TEMPLATES[0]["OPTIONS"]["context_processors"].append("signal_inspector.context_processors.inspector")

WSGI_APPLICATION = "userprofile_project.wsgi.application"
ASGI_APPLICATION = "userprofile_project.asgi.application"


# Database

DATABASES = {"default": env["DATABASE_URL"]}

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Django's defaults let most of eight simultaneous writers fail as "locked": see docs/benchmarks.md.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # take the write lock at BEGIN, where waiting is possible
        "timeout": 20,  # seconds
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    DATABASES["default"]["CONN_MAX_AGE"] = None  # the pragmas once a thread, not once a request
else:
    # A new connection for each request, as the parsed URL has it, would cost most of what PostgreSQL can do; a pool of
    # psycopg's own (?pool=true) wants just that.
    DATABASES["default"]["CONN_MAX_AGE"] = 0 if "pool" in DATABASES["default"].get("OPTIONS", {}) else 60  # seconds
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# Cache

CACHES = {"default": env["CACHE_URL"]}

if "locmem" in CACHES["default"]["BACKEND"]:
    # Django keeps 300 entries, then drops a third of them: a few dozen public pages, and failed logins are forgotten.
    CACHES["default"].setdefault("OPTIONS", {}).setdefault("MAX_ENTRIES", 100_000)

# How long a public profile page is kept. Changes drop it at once by signal; this bounds the age of a page whose
# row was changed by what sends no signal. 0 keeps none.
PROFILE_CARD_SECONDS = 300


# Sessions: Django's database sessions with a column that tells whose they are, so that they can be closed.

SESSION_ENGINE = "users.sessions"


# Accounts

AUTHENTICATION_BACKENDS = [
    "users.lockouts.LockoutBackend",  # first: it refuses before a password is looked at
    "django.contrib.auth.backends.ModelBackend",
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Names that nobody may take, beside those of users/identity/names.py: brands, projects, people of the house.
RESERVED_USERNAMES = []

# Whose password another system keeps, a directory for example: a function of a user, or its path. Everybody else can
# have a link that sets a new one, who has none too: people are imported without.
PASSWORD_KEPT_ELSEWHERE = None

LOGIN_URL = reverse_lazy("login")
LOGIN_REDIRECT_URL = reverse_lazy("profile")
LOGOUT_REDIRECT_URL = reverse_lazy("home")

# Failed logins are counted in the cache, by user name and network address together: with the name alone a
# stranger could lock somebody out, with the address alone one could try many names. Of an IPv6 address the network
# counts; axes takes it for the address, so what wants the address itself has a setting of its own.
AXES_HANDLER = "users.lockouts.LenientCacheHandler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the page says when the lock ends: a try must not put it off
AXES_ENABLE_ADMIN = False  # the cache handler keeps no rows to show
AXES_VERBOSE = False
AXES_USERNAME_CALLABLE = "users.throttle.attempted_name"
AXES_CLIENT_IP_CALLABLE = "users.throttle.client_network"
AXES_LOCKOUT_CALLABLE = "users.throttle.locked_out"

# The account log notes the whole address.
ACTIVITY_CLIENT_ADDRESS = "users.throttle.client_address"

# An entry bears the id of the trace of its request, so that the page of the log can lead there.
ACTIVITY_REQUEST_ID = "signal_inspector.logs.trace_id" if "signal_inspector" in INSTALLED_APPS else None

# How many reverse proxies of our own stand in front. Each adds one address to X-Forwarded-For; what stands
# before those is the client's own invention.
PROXY_COUNT = env["PROXY_COUNT"]


# Internationalization

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True


# Static files and media

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"

MEDIA_URL = "media/"
MEDIA_ROOT = env["MEDIA_ROOT"]

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# The second handler keeps at most the size of a picture on disk, however much is sent.
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "users.pictures.uploads.CappedFileUploadHandler",
]


# Mail

if SITE_HOST:  # Django's webmaster@localhost is refused or ends among the spam
    DEFAULT_FROM_EMAIL = default_sender(SITE_HOST)

globals().update(env["EMAIL_URL"])  # MAILERS on Django 6.1, EMAIL_BACKEND and the others on 5.2: see mailers.py


# What must not be lost: run by this process after the commit, by "manage.py db_worker", or by Celery.

DELIVERY_URL = env["DELIVERY_URL"]

# The trace of a request goes on in the process that does the work.
DELIVERY_TRACER = "signal_inspector.work.tracer" if "signal_inspector" in INSTALLED_APPS else None

if DELIVERY_URL == environment.TASKS:
    INSTALLED_APPS.append("django_tasks_db")
    TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Where events that are public go, for other programs: a topic exchange. And whose they are: an address that stays.

EVENTS_URL = env["EVENTS_URL"]
EVENTS_SOURCE = f"https://{SITE_HOST or 'localhost'}/"


# Forms and messages

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

MESSAGE_TAGS = {messages.ERROR: "danger"}  # Bootstrap's word for it


# Logging: everything from WARNING on goes to the server's log, in production too.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        # Django's own console handler speaks only while DEBUG; the root's speaks always.
        "django": {"handlers": [], "level": "INFO"},
        "django.request": {"level": "ERROR" if not DEBUG else "WARNING"},
    },
}


# The signal inspector: whether requests are recorded. Staff see the pages, everybody while DEBUG.

SIGNAL_INSPECTOR_ENABLED = env["SIGNAL_INSPECTOR_ENABLED"]

# What the bench, /signals/try/, can do beside saving rows.
SIGNAL_INSPECTOR_STORIES = {
    "a registration": "lessons.stories.register",
    "a login": "lessons.stories.log_in",
}


# Security

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap draws its arrows and switches as data
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}

CSRF_FAILURE_VIEW = "userprofile_project.errors.forged_request"

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

if not DEBUG:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000  # a year
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
