import threading
from unittest import mock

from django.test import SimpleTestCase

from lessons.running import turns


class TurnsTests(SimpleTestCase):
    def test_a_second_one_is_refused_after_a_while(self):
        refused = []

        def second():
            try:
                with turns.alone():
                    pass
            except turns.Busy:
                refused.append(True)

        with mock.patch.object(turns, "PATIENCE", 0.01), turns.alone():
            thread = threading.Thread(target=second)
            thread.start()
            thread.join()
        self.assertEqual(refused, [True])

    def test_the_next_one_runs_after_an_error(self):
        with self.assertRaises(ZeroDivisionError), turns.alone():
            1 / 0  # noqa: B018 - raises
        with turns.alone():
            pass
