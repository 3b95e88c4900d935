"""What pages need to know of a trace."""

from django.test import SimpleTestCase

from signal_inspector.requests import summary
from signal_inspector.tests.support import sample


class SavedTests(SimpleTestCase):
    def test_what_became_of_it_in_the_database(self):
        self.assertEqual(
            {
                model: {kind: times for kind, times in counts.items() if times}
                for model, counts in summary.saved(sample())
            },
            {"auth.User": {"created": 1}, "sample_shop.Order": {"saved": 2}},
        )
