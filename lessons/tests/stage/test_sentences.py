import logging
from unittest import mock

from django.core.signals import request_finished

from delivery.signals import LookAround
from lessons.stage import folding
from lessons.stage.folding import Step, steps_of
from lessons.stage.happenings import RUN, Happening
from lessons.stage.sentences import sentence
from lessons.tests.stage.support import RecordedTestCase
from signal_inspector import Node
from signal_inspector.traces.nodes import Detail, Place
from users.events import user_registered


class ToldTestCase(RecordedTestCase):
    """Each test begins with the sentences of all steps of a registration."""

    def setUp(self):
        super().setUp()
        self.told = [(step, sentence(step, self.trace)) for step in steps_of(self.trace)]

    def text(self, title):
        return next(told.text for _step, told in self.told if told.title == title)

    def titles(self):
        return [told.title for _step, told in self.told]


class SentenceTests(ToldTestCase):
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
        counts, text = self.trace.counts(), self.text("That was all")
        self.assertEqual(text, self.told[-1][1].text)
        self.assertIn(f"{counts['signals']} signals, {counts['receivers']} calls of receivers", text)
        self.assertIn(f"{counts['callbacks']} callbacks after the commit and {counts['queries']} statements", text)

    def test_who_saved_waits_for_a_receiver_of_the_save(self):
        self.assertIn("Whoever saved is still waiting", self.text("create_profile is done"))

    def test_a_durable_receiver_returns_at_once_and_is_run_from_its_row(self):
        text = self.text("send_welcome is called")
        self.assertIn("Durable: <code>send_welcome</code>", text)
        self.assertNotIn("sends no signal", text)
        text = self.text("The durable receivers are due")
        self.assertIn("has to be run: <code>send_welcome</code>. Here this process does so itself", text)

    def test_the_mail_is_sent_after_the_commit_and_the_function_that_sends_it_is_named(self):
        titles = self.titles()
        self.assertLess(titles.index("COMMIT: now it is true"), titles.index("A mail is sent"))
        text = self.text("A mail is sent")
        self.assertIn("<code>send_welcome</code> hands it over", text)
        self.assertIn("what the mail tells of is committed", text)


class WorkerTests(ToldTestCase):
    def setUp(self):
        self.enterContext(mock.patch("delivery.signals.hand_over"))  # as if it had told a worker
        super().setUp()

    def test_what_a_worker_does_is_not_told_and_who_does_it_is(self):
        text = self.text("The durable receivers are due")
        self.assertIn("it leaves the rows to a worker", text)
        self.assertNotIn("A mail is sent", self.titles())


class FailureTests(ToldTestCase):
    def setUp(self):
        def fail(sender, **kwargs):
            raise OSError

        user_registered.connect(fail)
        self.addCleanup(user_registered.disconnect, fail)
        logger = logging.getLogger("django.dispatch")
        self.addCleanup(logger.setLevel, logger.level)
        logger.setLevel(logging.CRITICAL)
        super().setUp()

    def test_a_receiver_that_raises_is_not_done_and_the_others_go_on(self):
        self.assertIn("<code>send_robust()</code> logs that, and goes on.", self.text("fail raises OSError"))
        kinds = [step.kind for step, told in self.told if told.title.startswith("fail ")]
        self.assertEqual(kinds, ["called", "returned"])  # by itself, though it asked the database nothing
        self.assertIn("A mail is sent", self.titles())


class AfterTheAnswerTests(ToldTestCase):
    def setUp(self):
        look_around = LookAround(60)
        request_finished.connect(look_around.take_up_what_is_left)
        self.addCleanup(request_finished.disconnect, look_around.take_up_what_is_left)
        super().setUp()

    def test_the_answer_is_out_before_the_signal_of_its_end_is_sent(self):
        titles = self.titles()
        after = titles[titles.index("The answer goes out") + 1 :]
        self.assertEqual(after[:2], ["request_finished is sent", "take_up_what_is_left is called"])
        self.assertEqual(after[-1], "That was all")

    def test_nobody_who_saved_waits_for_what_runs_then(self):
        text = self.text("take_up_what_is_left is done")
        self.assertIn("The answer is out: no visitor waits for this.", text)
        self.assertNotIn("saved", text)
