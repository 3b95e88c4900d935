from lessons.stage import folding
from lessons.tests.stage.support import RecordedTestCase


class StepTests(RecordedTestCase):
    def setUp(self):
        super().setUp()
        self.steps = folding.steps_of(self.trace)

    def find(self, kind, name):
        """Return the only step of a kind that tells of a node of a name, or of a statement with these words."""
        found = [
            step
            for step in self.steps
            if step.kind == kind
            and any(name in (each.what.sql if kind == "write" else each.node.short_name) for each in step.happenings)
        ]
        self.assertEqual(len(found), 1, f"{kind} {name}")
        return found[0]

    def test_a_person_wants_to_take_them(self):
        self.assertIn(len(self.steps), range(20, 46))
        self.assertEqual([step.number for step in self.steps], list(range(1, len(self.steps) + 1)))

    def test_the_story_is_told_in_order(self):
        story = (
            self.steps[0],
            next(step for step in self.steps if step.kind == "work"),
            next(step for step in self.steps if step.kind == "begin"),
            self.find("write", 'INSERT INTO "auth_user"'),
            self.find("called", "create_profile"),
            self.find("write", 'INSERT INTO "users_profile"'),
            self.find("returned", "create_profile"),
            self.find("waits", "user_registered"),
            next(step for step in self.steps if step.kind == "end"),
            self.find("sent", "user_registered"),
            self.find("called", "log_registration"),
            self.find("quiet", "send_welcome"),
            self.find("handed", "hand_over_rows"),
            self.find("mailed", "hand_over_rows"),
            self.find("sent", "user_logged_in"),
            next(step for step in self.steps if step.kind == "answered"),
            self.steps[-1],
        )
        numbers = [step.number for step in story]
        self.assertEqual(numbers, sorted(numbers))

    def test_what_is_written_between_begin_and_commit_is_in_a_transaction_and_nothing_else_is(self):
        kinds = [step.kind for step in self.steps]
        begin, end = kinds.index("begin"), kinds.index("end")
        self.assertEqual([step.number - 1 for step in self.steps if step.in_transaction], list(range(begin, end)))

    def test_a_transaction_of_one_statement_is_no_step(self):
        self.assertEqual([step.kind for step in self.steps].count("begin"), 1)
        self.assertFalse(self.find("write", 'INSERT INTO "users_accountsession"').in_transaction)

    def test_receivers_that_did_nothing_else_are_one_step(self):
        step = self.find("quiet", "make_room_for_fixture")
        names = ["make_room_for_fixture", "normalise_picture", "remember_stored_values"]
        self.assertEqual([node.short_name for node in step.nodes], names)

    def test_a_receiver_of_django_is_one_step_with_all_that_it_set_off(self):
        self.find("foreign", "update_last_login")
        written = [each.what.sql for step in self.steps if step.kind == "write" for each in step.happenings]
        self.assertFalse([sql for sql in written if sql.startswith('UPDATE "auth_user"')])

    def test_what_only_packages_do_is_left_out(self):
        names = {node.short_name for step in self.steps for node in step.nodes if node}
        self.assertFalse(names & {"request_started", "task_enqueued", "log_task_started", "handle_user_logged_in"})
