"""A registration that is recorded for real, with its commit, as the tests of the stage need it."""

from django.core.cache import cache
from django.test import TransactionTestCase

from lessons.stage import recording


class RecordedTestCase(TransactionTestCase):
    """Each test begins with ``self.trace``, and its ``self.recording``, of the registration of grace."""

    databases = "__all__"

    def setUp(self):
        super().setUp()
        cache.clear()
        recording.record_registration("grace", "grace@example.com", "correct-horse-7")
        self.recording, self.trace = recording.kept()
