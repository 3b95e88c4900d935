from lessons.stage.folding import steps_of
from lessons.stage.tree import tree_of
from lessons.tests.stage.support import RecordedTestCase


class TreeTests(RecordedTestCase):
    def setUp(self):
        super().setUp()
        self.steps = steps_of(self.trace)
        self.roots = tree_of(self.steps)

    def find(self, title, kind=None, within=None):
        for branch in self.roots if within is None else within:
            if branch.title == title and kind in (None, branch.kind):
                return branch
            found = self.find(title, kind, branch.inside)
            if found:
                return found
        return None

    def test_what_a_receiver_set_off_stands_below_it(self):
        inside = [branch.title for branch in self.find("create_profile").inside]
        self.assertEqual(inside[:3], ["pre_save", "INSERT users_profile", "post_save"])

    def test_what_waited_has_a_line_where_it_was_given_and_one_where_it_ran(self):
        titles = [branch.title for branch in self.roots]
        waiting, signal = self.find("user_registered", "waiting"), self.find("user_registered", "signal")
        places = [self.roots.index(waiting), titles.index("COMMIT"), self.roots.index(signal)]
        self.assertEqual(places, sorted(places))
        self.assertEqual(max(waiting.waits) + 1, min(signal.now))
        self.assertEqual([branch.title for branch in signal.inside], ["log_registration", "send_welcome"])

    def test_a_line_runs_from_its_first_step_to_the_last_of_what_it_set_off(self):
        branch = self.find("create_profile")
        spans = branch.spans
        returned = next(step.number for step in self.steps if step.kind == "returned")
        self.assertIn(returned, spans["running"])
        self.assertNotIn(returned + 1, spans["running"])
        self.assertEqual(str(spans["shown"]), f"{branch.first}-{len(self.steps)}")
