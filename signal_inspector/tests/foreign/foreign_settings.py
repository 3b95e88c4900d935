"""Settings of a project that knows nothing of this one, but for the line with the inspector."""

import django

SECRET_KEY = "foreign"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "sample_shop",
    "sample_two",
    "signal_inspector",
]
DATABASES = {alias: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"} for alias in ("default", "archive")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "sample_shop.Customer"
ROOT_URLCONF = "sample_shop.urls"
USE_TZ = True
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"}}
