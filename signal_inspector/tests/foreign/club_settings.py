"""Settings of a club: a user model of its own, a replica that takes no writes, and no table of traces yet."""

import sqlite3
import tempfile
from pathlib import Path

import django

FOLDER = Path(tempfile.mkdtemp())
for name in ("default", "replica"):
    sqlite3.connect(FOLDER / name).close()

SECRET_KEY = "club"
ALLOWED_HOSTS = ["testserver"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "sample_club",
    "signal_inspector",
]
MIDDLEWARE = [
    "signal_inspector.middleware.SignalInspectorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
SQLITE = "django.db.backends.sqlite3"
DATABASES = {
    "default": {"ENGINE": SQLITE, "NAME": FOLDER / "default"},
    "replica": {
        "ENGINE": SQLITE,
        "NAME": f"file:{FOLDER / 'replica'}?mode=ro",
        "OPTIONS": {"uri": True, "transaction_mode": "IMMEDIATE"},
    },
}
AUTH_USER_MODEL = "sample_club.Member"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "sample_club.urls"
STATIC_URL = "/static/"
USE_TZ = True
SIGNAL_INSPECTOR_ENABLED = True
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"}}
