"""Settings of the tests: the project's own, without what makes tests slow or leaves something behind."""

import os
from importlib.util import find_spec

os.environ.setdefault("DEBUG", "True")  # the tests set what production sets where they need it
os.environ.pop("TASK_WORKER", None)
os.environ.pop("DELIVERY_URL", None)
os.environ.pop("EVENTS_URL", None)
os.environ["EMAIL_URL"] = "memory:"

from userprofile_project.settings import *  # noqa: F403 - settings are a module of names
from userprofile_project.settings import DATABASES, INSTALLED_APPS, STORAGES

if find_spec("django_tasks_db"):  # for the tests of the worker; tasks run at once all the same
    INSTALLED_APPS.append("django_tasks_db")

TEST_RUNNER = "userprofile_project.test_runner.Runner"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # hashing is the cost of a user in tests

# A second database, of the same kind, for the promise "on the user's own database".
DATABASES["other"] = {**DATABASES["default"], "NAME": f"{DATABASES['default']['NAME']}_other"}
for database in DATABASES.values():
    database["CONN_MAX_AGE"] = 0  # threads of tests leave no connection behind

STORAGES["default"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}}
PROFILE_CARD_SECONDS = 0  # the tests of the cards set it; elsewhere a rollback would leave pages of its own

SITE_HOST = "testserver"

SIGNAL_INSPECTOR_ENABLED = False  # what it costs is no part of the pages' budgets; its own tests switch it on

DELIVERY_AFTER_REQUESTS = False  # what is left of one test is nothing for the request of another one
