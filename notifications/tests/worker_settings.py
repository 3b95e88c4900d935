"""
Settings of a worker that runs in a process of its own, on the database of the test that started it.

From the environment: WORKER_DATABASE, a database as JSON; WORKER_MAIL_PORT, where the mail server listens;
WORKER_CLOCK_AHEAD, seconds by which the clock is set forward; WORKER_DELIVERY_URL and WORKER_QUEUE, what hands over.
"""

import json
import os
from datetime import timedelta

from django.utils import timezone

from userprofile_project import test_settings
from userprofile_project.test_settings import *  # noqa: F403 - settings are a module of names

_now = timezone.now
timezone.now = lambda: _now() + timedelta(seconds=int(os.environ["WORKER_CLOCK_AHEAD"]))

INSTALLED_APPS = [*test_settings.INSTALLED_APPS]
INSTALLED_APPS += [app for app in ("delivery", "notifications", "django_tasks_db") if app not in INSTALLED_APPS]

DATABASES = {"default": json.loads(os.environ["WORKER_DATABASE"])}
DELIVERY_URL = os.environ.get("WORKER_DELIVERY_URL", "tasks:")
DELIVERY_QUEUE = os.environ.get("WORKER_QUEUE", "delivery")
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

_port = int(os.environ["WORKER_MAIL_PORT"])
_backend = "django.core.mail.backends.smtp.EmailBackend"
if hasattr(test_settings, "MAILERS"):  # Django 6.1
    _options = {"host": "127.0.0.1", "port": _port, "timeout": 60}
    MAILERS = {"default": {"BACKEND": _backend, "OPTIONS": _options}}
else:
    EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = _backend, "127.0.0.1", _port, 60
