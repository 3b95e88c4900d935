"""Which share of the requests is recorded."""

from unittest import mock

from django.test import RequestFactory, SimpleTestCase, override_settings

from signal_inspector.requests import sampling


class SamplingTests(SimpleTestCase):
    def recorded(self, path="/", dice=0.5):
        with mock.patch.object(sampling, "random", return_value=dice):
            return sampling.is_recorded(RequestFactory().get(path))

    def test_every_request_is_recorded_by_default(self):
        self.assertTrue(self.recorded(dice=0.999999))

    def test_a_share_of_them(self):
        with override_settings(SIGNAL_INSPECTOR_SAMPLE=0.01):
            self.assertEqual(
                [self.recorded(dice=dice) for dice in (0.0, 0.0099, 0.01, 0.5)], [True, True, False, False]
            )
        with override_settings(SIGNAL_INSPECTOR_SAMPLE=0):
            self.assertFalse(self.recorded(dice=0.0))

    def test_a_callable_may_look_at_the_request(self):
        with override_settings(SIGNAL_INSPECTOR_SAMPLE=lambda request: request.path == "/shop/"):
            self.assertEqual([self.recorded(path) for path in ("/", "/shop/")], [False, True])

    def test_paths_that_are_not_recorded(self):
        with override_settings(SIGNAL_INSPECTOR_IGNORE=["/health/"], STATIC_URL="/static/"):
            self.assertEqual(
                [self.recorded(path) for path in ("/health/db", "/static/a.css", "/a")], [False, False, True]
            )
