from lessons.exhibits import itself
from lessons.tests.exhibits.support import ExhibitTestCase


class ItselfTests(ExhibitTestCase):
    def test_it_calls_itself_until_python_gives_up(self):
        side = self.run_side(itself, "naive")
        self.assertEqual((side.left["failed"], side.holds), ("RecursionError", False))
        self.assertGreater(side.left["calls"], 10)
        self.assertIn(f"Called {side.left['calls']} times, ended by RecursionError", side.sentence)

    def test_in_pre_save_it_is_called_once(self):
        sentence = "Called 1 time, no error; slug in the database: “hello-signals”."
        self.assertHolds(itself, sentence, failed="", calls=1, slug="hello-signals")
