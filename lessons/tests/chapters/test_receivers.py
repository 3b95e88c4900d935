from django.contrib.auth.models import AnonymousUser, User
from django.test import SimpleTestCase, modify_settings, override_settings

from lessons.chapters.receivers import connected, receivers_for


class ReceiversTests(SimpleTestCase):
    def test_the_projects_own_by_the_name_in_a_text(self):
        found = connected()
        self.assertEqual(found["create_profile"], "users.signals.create_profile")
        self.assertEqual([name for name in found.values() if name.startswith(("django.", "lessons."))], [])

    def test_only_for_those_who_may_see_their_source(self):
        self.assertEqual(receivers_for(AnonymousUser()), {})
        self.assertEqual(receivers_for(User(is_staff=True)), connected())
        with override_settings(DEBUG=True):
            self.assertEqual(receivers_for(AnonymousUser()), connected())

    def test_not_without_the_inspector(self):
        with modify_settings(INSTALLED_APPS={"remove": "signal_inspector"}):
            self.assertEqual(receivers_for(User(is_staff=True)), {})
