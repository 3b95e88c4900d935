from lessons.stage import folding
from lessons.stage.folding import Step, steps_of
from lessons.stage.happenings import RUN, Happening
from lessons.stage.sentences import sentence
from lessons.tests.stage.support import RecordedTestCase
from signal_inspector import Node
from signal_inspector.traces.nodes import Detail, Place


class SentenceTests(RecordedTestCase):
    def setUp(self):
        super().setUp()
        self.told = [(step, sentence(step, self.trace)) for step in steps_of(self.trace)]

    def text(self, title):
        return next(told.text for _step, told in self.told if told.title == title)

    def test_each_step_has_a_title_and_a_text(self):
        for step, told in self.told:
            self.assertTrue(told.title and told.text, step.kind)
            self.assertNotIn("{", told.text)

    def test_a_receiver_is_told_in_the_words_of_its_docstring(self):
        text = self.text("create_profile is called")
        self.assertIn("A receiver of the app <code>users</code>.", text)
        self.assertIn("Give a new user a profile, on the user&#x27;s own database.", text)

    def test_a_signal_says_who_listens(self):
        text = self.text("post_save is sent")
        self.assertIn("A new <code>User</code> was written, and Django says so by <code>post_save</code>.", text)
        self.assertIn("3 receivers listen, and are called one after the other.", text)

    def test_a_signal_of_the_project_is_told_in_the_words_of_its_contract(self):
        self.assertIn("Somebody registered through the form.", self.text("user_registered is sent"))

    def test_one_of_django_s_receivers_tells_what_it_wrote_and_set_off(self):
        text = self.text("update_last_login is called")
        self.assertIn("It writes <code>auth_user.last_login</code>.", text)
        self.assertIn("That sends 2 signals more", text)

    def test_receivers_that_are_told_of_together_have_a_line_each(self):
        step, told = next((step, told) for step, told in self.told if len(told.items) == 3)
        self.assertEqual([name for name, _summary in told.items], [node.short_name for node in step.nodes])
        self.assertTrue(all(summary for _name, summary in told.items))

    def test_what_reads_is_named_and_changes_nothing(self):
        self.assertIn("<code>auth_user</code>. Reading changes nothing.", self.text("Rows are read"))

    def test_a_row_outside_of_a_transaction_is_committed_at_once(self):
        self.assertIn("It is committed at once", self.text("A new row in activity_entry"))

    def test_each_function_that_is_told_of_says_what_it_is_for(self):
        for _step, told in self.told:
            for name, summary in told.items:
                self.assertTrue(summary, name)

    def test_a_callback_without_a_docstring_says_who_gave_it(self):
        origin = Place("shop.orders", 3, "Order.pay")
        node = Node("callback", "shop.orders.Order.pay.<locals>.tell", detail=Detail(origin=origin))
        told = sentence(Step(folding.RAN, [Happening(RUN, 0.0, each) for each in (node, node)]), self.trace)
        self.assertEqual([summary for _name, summary in told.items], ["given by Order.pay()"] * 2)

    def test_the_numbers_at_the_end_are_those_of_the_trace(self):
        counts, text = self.trace.counts(), self.told[-1][1].text
        self.assertIn(f"{counts['signals']} signals, {counts['receivers']} calls of receivers", text)
        self.assertIn(f"{counts['callbacks']} callbacks after the commit and {counts['queries']} statements", text)
