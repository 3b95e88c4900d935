from lessons.stage.folding import steps_of
from lessons.stage.panel import code_of, has_no_code
from lessons.tests.stage.support import RecordedTestCase


class PanelTests(RecordedTestCase):
    def setUp(self):
        super().setUp()
        self.steps = steps_of(self.trace)
        self.shown = code_of(self.steps, self.recording.functions)

    def marked(self, step):
        """Return what is marked at a step: names of functions and texts of lines."""
        return [
            (shown.excerpt.name, shown.excerpt.text.splitlines()[line].strip())
            for shown in self.shown
            for line, steps in shown.marked.items()
            if step.number in steps
        ]

    def of_kind(self, kind, number=0):
        return [step for step in self.steps if step.kind == kind][number]

    def test_some_code_stands_beside_each_step(self):
        for step in self.steps:
            has_code = any(step.number in shown.steps for shown in self.shown)
            self.assertEqual(has_code, not has_no_code(step), (step.number, step.kind))

    def test_beside_what_django_does_after_the_view_stands_no_code(self):
        alone = [step for step in self.steps if has_no_code(step)]
        self.assertEqual([step.kind for step in alone], ["write"])
        self.assertIn("users_accountsession", alone[0].what.sql)

    def test_the_first_step_the_answer_and_the_end_are_at_the_view(self):
        self.assertEqual(self.marked(self.steps[0]), [("register", "def register(request):")])
        for step in (self.of_kind("answered"), self.steps[-1]):
            self.assertEqual(self.marked(step), [("register", 'return redirect("profile")')])

    def test_a_mail_is_at_the_line_of_the_receiver_that_sends_it(self):
        [(name, line)] = self.marked(self.of_kind("mailed"))
        self.assertEqual((name, line[:18]), ("send_welcome", "send(Kind.WELCOME,"))

    def test_a_transaction_is_at_the_line_that_opens_it(self):
        line = ("save_together", "with transaction.atomic(using=router.db_for_write(User)):")
        self.assertEqual(self.marked(self.of_kind("begin")), [line])
        self.assertEqual(self.marked(self.of_kind("end")), [line])

    def test_a_signal_is_at_the_line_that_saved(self):
        step = next(step for step in self.steps if step.kind == "sent" and step.nodes[0].sender == "auth.User")
        self.assertEqual(self.marked(step), [("UserRegisterForm.save", "user.save(using=using)")])

    def test_one_that_a_receiver_set_off_is_at_the_line_of_the_receiver(self):
        step = next(step for step in self.steps if step.kind == "sent" and step.nodes[0].sender == "users.Profile")
        self.assertEqual(self.marked(step), [("create_profile", "Profile.objects.create_for(instance, using)")])

    def test_a_receiver_that_is_called_is_at_its_first_line(self):
        name, line = self.marked(self.of_kind("called"))[0]
        self.assertTrue(line.startswith(f"def {name}("))

    def test_several_stand_in_the_order_of_their_step(self):
        step = next(step for step in self.steps if len(step.nodes) == 3)
        names = [shown.excerpt.name for shown in self.shown if step.number in shown.steps]
        self.assertEqual(names, [node.short_name for node in step.nodes])

    def test_of_a_function_that_has_changed_no_line_is_marked(self):
        functions = {name: [first, "another"] for name, (first, _digest) in self.recording.functions.items()}
        for shown in code_of(self.steps, functions):
            if f"{shown.excerpt.module}:{shown.excerpt.name}" in functions:
                self.assertTrue(shown.is_changed)
                self.assertEqual(shown.marked, {})

    def test_a_function_that_has_moved_is_marked_where_it_is(self):
        functions = {name: [first + 7, digest] for name, (first, digest) in self.recording.functions.items()}
        key = "users.forms:save_together"
        moved = next(each for each in code_of(self.steps, functions) if each.excerpt.name == "save_together")
        [line] = next(each for each in self.shown if each.excerpt.name == "save_together").marked
        self.assertEqual(list(moved.marked), [line - 7])
        self.assertEqual(functions[key][0], self.recording.functions[key][0] + 7)
