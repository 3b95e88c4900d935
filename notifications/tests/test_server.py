"""Real mail servers: one that works, and those that do not."""

import io
from unittest import mock

from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError

from delivery.models import Delivery
from notifications.tests.outbox import OutboxTestCase, User, later
from notifications.tests.smtp import RefusingServer, SMTPServer, mail_through

SHORT = 0.5  # seconds


class WorkingServerTests(OutboxTestCase):
    def test_it_gets_the_mail_with_both_parts(self):
        with SMTPServer() as server, mail_through(server):
            self.say_registered()
        (message,) = server.messages
        self.assertEqual((message["To"], message["Subject"]), ("ada@example.com", "Welcome to testserver"))
        self.assertEqual(message["Message-ID"], f"<{self.stored().event_id}.welcome@testserver>")
        for kind in ("plain", "html"):
            self.assertIn(self.link, message.get_body([kind]).get_content())

    def test_two_mails_share_a_connection(self):
        with SMTPServer() as server, mail_through(server):
            self.say_changed(email=("old@example.com", "ada@example.com"))
        self.assertEqual({*server.recipients()}, {"old@example.com", "ada@example.com"})
        self.assertEqual(server.connections, 1)

    def test_an_address_that_it_refuses_for_good_is_given_up_at_once(self):
        with SMTPServer() as server, mail_through(server):
            server.recipient_codes["ada@example.com"] = 550
            self.say_changed(email=("old@example.com", "ada@example.com"))
        row, other = Delivery.objects.order_by("pk")
        # The other mail came after it, through the same connection.
        receivers = [each.receiver.rpartition(".")[2] for each in (row, other)]
        self.assertEqual(receivers, ["send_link_to_new_address", "announce_changed_address"])
        self.assertEqual((server.recipients(), server.connections), (["old@example.com"], 1))
        self.assertEqual((row.attempts, row.state), (1, "given_up"))
        self.assertRegex(row.last_error, r"^SMTPRecipientsRefused \(")

    def test_an_address_that_it_refuses_for_now_is_tried_again(self):
        with SMTPServer() as server, mail_through(server):
            server.recipient_codes["ada@example.com"] = 450  # "greylisting"
            self.say_registered()
            self.assertEqual(self.stored().state, "waiting")
            server.recipient_codes.clear()
            with later(minutes=6):
                call_command("deliver", stdout=io.StringIO())
        self.assertEqual(server.recipients(), ["ada@example.com"])

    def test_an_address_that_can_not_be_written_is_given_up_at_once(self):
        for address in ("ada@exa\r\nmple.com", "ada@" + "ä" * 80 + ".com", "x@y\n.com"):
            with self.subTest(address), SMTPServer() as server, mail_through(server):
                self.say_changed(email=(address, ""))
                self.assertEqual(server.messages, [])
                self.assertEqual(Delivery.objects.latest("pk").state, "given_up")


class BrokenServerTests(OutboxTestCase):
    """The action is the change of an address on the profile page: two mails in one request."""

    def setUp(self):
        super().setUp()
        cache.clear()  # where mails to the new address are counted
        self.client.force_login(self.user)

    def change_address(self):
        """Change the address in a request; it must stand, and the log must tell of both mails."""
        with self.assertLogs("delivery.running", "WARNING") as logs:
            response = self.client.post("/profile/", {"username": "ada", "email": "new@example.com"})
        self.assertRedirects(response, "/profile/")
        self.assertEqual(User.objects.get().email, "new@example.com")
        self.assertEqual(len(logs.output), 2)

    def assertWaiting(self, error):
        rows = Delivery.objects.all()
        self.assertEqual({(row.attempts, row.last_error.partition(" (")[0]) for row in rows}, {(1, error)})
        self.assertEqual(Delivery.objects.open().count(), 2)
        self.assertEqual(Delivery.objects.due().count(), 0)

    def test_one_that_refuses_connections(self):
        with RefusingServer() as server, mail_through(server, SHORT):
            self.change_address()
        self.assertWaiting("ConnectionRefusedError 111")

    def test_one_that_accepts_and_never_answers_is_given_up_by_us_and_asked_once(self):
        with SMTPServer("silent") as server, mail_through(server, SHORT):
            self.change_address()
            # We hung up: the server said nothing, and would have waited a minute.
            self.assertTrue(server.hung_up.wait(30))
            self.assertEqual(server.connections, 1)
        self.assertWaiting("SMTPServerDisconnected")

    def test_one_that_takes_the_mail_and_never_answers_is_asked_once(self):
        with SMTPServer("stalls") as server, mail_through(server, SHORT):
            self.change_address()
            self.assertTrue(server.hung_up.wait(30))
            self.assertEqual(server.connections, 1)
        self.assertWaiting("SMTPServerDisconnected")

    def test_when_it_is_well_again_the_mails_are_sent(self):
        with RefusingServer() as server, mail_through(server, SHORT):
            self.change_address()
        with SMTPServer() as server, mail_through(server):
            call_command("deliver", stdout=io.StringIO())
            self.assertEqual(server.messages, [])  # not yet
            with later(minutes=6):
                call_command("deliver", stdout=io.StringIO())
        self.assertEqual({*server.recipients()}, {"ada@example.com", "new@example.com"})
        self.assertEqual(Delivery.objects.open().count(), 0)

    def test_the_command_asks_it_once_for_all_mails_and_says_so(self):
        with RefusingServer() as server, mail_through(server, SHORT):
            self.change_address()
        with SMTPServer("stalls") as server, mail_through(server, SHORT), later(minutes=6):
            with self.assertRaisesMessage(CommandError, "2 deliveries failed"):
                call_command("deliver", stdout=io.StringIO())
            self.assertEqual(server.connections, 1)
        self.assertEqual(sorted(Delivery.objects.values_list("attempts", flat=True)), [2, 2])

    def test_one_that_fails_when_all_is_sent(self):
        with (
            mock.patch("django.core.mail.backends.locmem.EmailBackend.close", side_effect=OSError),
            self.assertNoLogs("delivery"),
        ):
            self.say_registered()
        self.assertEqual(self.stored().state, "done")
        self.assertEqual(len(mail.outbox), 1)

    def test_settings_that_contradict_each_other_are_no_fault_of_the_mail(self):
        error = ValueError("EMAIL_USE_TLS/EMAIL_USE_SSL are mutually exclusive")
        with mock.patch("django.core.mail.backends.locmem.EmailBackend.__init__", side_effect=error):
            self.change_address()
        self.assertWaiting("ValueError")

    def test_a_mail_that_arrives_twice_has_one_message_id(self):
        # What "at least once" means: the server accepted the mail, and its answer was lost.
        with SMTPServer("accepts and stalls") as server, mail_through(server, SHORT):
            self.say_registered()
            server.mode = "works"
            with later(minutes=6):
                call_command("deliver", stdout=io.StringIO())
        self.assertEqual(len(server.messages), 2)
        self.assertEqual(len({message["Message-ID"] for message in server.messages}), 1)
