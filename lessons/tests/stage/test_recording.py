from unittest import mock

from django.contrib.auth import get_user_model
from django.core import mail
from django.db import DatabaseError
from django.test import TestCase

from lessons.models import Recording
from lessons.stage import recording
from lessons.stage.excerpts import excerpt
from lessons.tests.stage.support import RecordedTestCase
from signal_inspector import Trace
from signal_inspector.traces.nodes import Place, Statement

User = get_user_model()


class RecordTests(RecordedTestCase):
    def test_somebody_is_registered_for_real(self):
        user = User.objects.get()
        self.assertTrue(user.check_password("correct-horse-7"))
        self.assertEqual((user.username, user.profile.user), ("grace", user))

    def test_the_trace_has_the_details_and_the_commit(self):
        self.assertTrue(self.trace.detailed)
        names = [moment.name for moment in self.trace.moments]
        self.assertLess(names.index("BEGIN"), names.index("COMMIT"))
        self.assertIn("users.signals.create_profile", [node.name for node, _depth in self.trace.walk()])

    def test_no_secret_and_no_name_is_in_it(self):
        text = str(self.recording.trace)
        for secret in ("correct-horse-7", "grace"):
            self.assertNotIn(secret, text)

    def test_the_mail_leaves_the_process_by_no_backend(self):
        self.assertEqual(mail.outbox, [])

    def test_a_later_one_takes_its_place(self):
        recording.record_registration("ada", "ada@example.com", "correct-horse-7")
        self.assertEqual(Recording.objects.count(), 1)
        self.assertIn(f"auth.User:{User.objects.get(username='ada').pk}", str(Recording.objects.get().trace))

    def test_a_refused_form_keeps_the_earlier_one(self):
        with self.assertRaises(recording.NotRecorded):
            recording.record_registration("admin", "no address", "x")
        self.assertEqual(User.objects.count(), 1)
        self.assertEqual(Recording.objects.get().trace, self.recording.trace)

    def test_where_a_middleware_calls_on_is_no_place_of_what_django_does(self):
        places = {each.place.name for each in self.trace.statements if each.place}
        self.assertIn("find_taken", places)
        self.assertNotIn("RequestIdMiddleware.__call__", places)
        self.assertIn("RequestIdMiddleware.__call__", str(self.recording.trace))  # which was recorded

    def test_what_a_middleware_asks_itself_keeps_its_place(self):
        function = excerpt("activity.middleware", "RequestIdMiddleware.__call__")
        lines = function.text.splitlines()
        for text, kept in (("get_response(request)", False), ("write_failures(context)", True)):
            line = function.first + next(number for number, each in enumerate(lines) if text in each)
            trace = Trace()
            trace.statements.append(Statement("SELECT 1", 0, 0, Place(function.module, line, function.name)))
            recording.forget_call_throughs(trace, {})
            self.assertEqual(trace.statements[0].place is not None, kept, text)

    def test_each_function_in_it_has_a_digest(self):
        for name in ("users.signals:create_profile", "users.forms:UserRegisterForm.save", "users.forms:save_together"):
            first, digest = self.recording.functions[name]
            self.assertGreater(first, 1)
            self.assertEqual(len(digest), 16)
        self.assertNotIn("django.contrib.auth.models:update_last_login", self.recording.functions)


class KeptTests(TestCase):
    def test_there_is_none_at_first(self):
        self.assertIsNone(recording.kept())

    def test_one_of_another_version_counts_as_none(self):
        Recording.objects.create(name=recording.NAME, trace={"version": 99}, functions={})
        self.assertIsNone(recording.kept())

    def test_a_table_that_was_not_made_yet_holds_none(self):
        with mock.patch.object(Recording.objects, "filter", side_effect=DatabaseError):
            self.assertIsNone(recording.kept())

    def test_it_goes_by_its_name(self):
        self.assertEqual(str(Recording(name="registration")), "registration")

    def test_the_host_is_one_that_the_site_answers_to(self):
        for hosts, host in ((["*"], "localhost"), ([], "localhost"), (["*", ".example.com"], "example.com")):
            with (
                self.subTest(hosts),
                self.settings(ALLOWED_HOSTS=hosts),
                mock.patch.object(recording, "Client") as made,
            ):
                made.return_value.post.return_value.status_code = 200
                with self.assertRaises(recording.NotRecorded):
                    recording.record_registration("ada", "ada@example.com", "x")
                made.assert_called_once_with(headers={"host": host})
