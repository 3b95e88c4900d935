"""A small project that is traced with OpenTelemetry, with the inspector's middleware or without."""

import os

SECRET_KEY = "telemetry"
ALLOWED_HOSTS = ["testserver"]
USE_TZ = True
ROOT_URLCONF = "telemetry_urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SMALL_DATABASE"]}}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "signal_inspector"]
MIDDLEWARE = ["signal_inspector.middleware.SignalInspectorMiddleware"]
SIGNAL_INSPECTOR_ENABLED = os.environ["RECORDED"] == "1"
