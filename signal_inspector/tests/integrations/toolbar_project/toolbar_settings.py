"""A small project with the debug toolbar. What the documentation tells to write stands here as it stands there."""

import os

from debug_toolbar.settings import PANELS_DEFAULTS

DEBUG = True
SECRET_KEY = "toolbar"
USE_TZ = True
ROOT_URLCONF = "toolbar_urls"
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SMALL_DATABASE"]}}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
INTERNAL_IPS = ["127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "debug_toolbar",
    "signal_inspector",
]

MIDDLEWARE = [
    "signal_inspector.middleware.SignalInspectorMiddleware",
    "debug_toolbar.middleware.DebugToolbarMiddleware",
]

DEBUG_TOOLBAR_PANELS = [*PANELS_DEFAULTS, "signal_inspector.integrations.toolbar.SignalsFiredPanel"]

SIGNAL_INSPECTOR_IGNORE = ["/__debug__/"]
