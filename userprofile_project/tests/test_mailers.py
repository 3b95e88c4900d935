"""EMAIL_URL becomes the settings of the running Django."""

import tempfile
import warnings
from pathlib import Path

import django
from django.core import mail
from django.test import SimpleTestCase, override_settings

from userprofile_project.mailers import ContradictionError, default_sender, mail_settings, settings_from_url
from users.tests.test_security import GOOD, run


class MailersTests(SimpleTestCase):
    def mailer(self, url):
        """Return the default mailer that an EMAIL_URL leads to."""
        with override_settings(**settings_from_url(url)):
            return mail.mailers.default if django.VERSION >= (6, 1) else mail.get_connection()

    def assertMailer(self, url, **expected):
        mailer = self.mailer(url)
        self.assertEqual({name: getattr(mailer, name) for name in expected}, expected)

    def test_a_mail_server_with_all_that_can_be_said_of_it(self):
        self.assertMailer(
            "smtp://ada%40example.com:s3cr%2Ft@mail.example:2525?tls=True&timeout=5",
            host="mail.example",
            port=2525,
            username="ada@example.com",
            password="s3cr/t",
            use_tls=True,
            use_ssl=False,
            timeout=5,
        )

    def test_what_is_not_said_is_here_without_a_password_and_not_for_ever(self):
        self.assertMailer("smtp:", host="localhost", port=25, use_tls=False, use_ssl=False, timeout=10)
        self.assertMailer("submission://mail.example", host="mail.example", port=587, use_tls=True, timeout=10)
        self.assertFalse(self.mailer("smtp:").username)

    def test_what_the_spellings_mean(self):
        for url, port, tls, ssl in (
            ("smtp://mail.example", 25, False, False),
            ("smtp://mail.example?tls=True", 25, True, False),
            ("smtp://mail.example:587", 587, False, False),
            ("smtp://mail.example:587?tls=True", 587, True, False),
            ("submission://mail.example", 587, True, False),
            ("submit://mail.example:2525", 2525, True, False),
            ("smtps://mail.example", 465, False, True),
            ("smtps://mail.example:465", 465, False, True),
            ("smtps://mail.example:2465", 2465, False, True),
            ("submissions://mail.example", 465, False, True),
            ("smtp://mail.example:465", 465, False, True),
            ("smtp://mail.example?ssl=True", 465, False, True),
            ("smtp://mail.example:2465?ssl=on", 2465, False, True),
            ("smtp://mail.example?ssl=False", 25, False, False),
        ):
            with self.subTest(url):
                self.assertMailer(url, host="mail.example", port=port, use_tls=tls, use_ssl=ssl)

    def test_what_contradicts_itself_is_refused_in_a_sentence(self):
        for url in (
            "smtp://mail.example:465?tls=True",
            "smtp://mail.example:465?ssl=False",
            "smtps://mail.example:587",
            "smtps://mail.example?tls=True",
            "smtps://mail.example?ssl=off",
            "submissions://mail.example:25",
            "submission://mail.example:465",
            "submission://mail.example?ssl=True",
            "submission://mail.example?tls=no",
            "smtp://mail.example:587?ssl=True",
        ):
            with self.subTest(url), self.assertRaisesMessage(ContradictionError, "This address says both."):
                settings_from_url(url)
        result = run("manage.py", "check", **{**GOOD, "EMAIL_URL": "smtps://me:hunter2@mail.example:587"})
        self.assertRegex(result.stderr, r"^The environment is wrong:\n  EMAIL_URL: .* This address says both\.\n$")
        self.assertNotIn("hunter2", result.stderr)

    def test_mails_into_a_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertMailer(f"file:///{folder}", file_path=folder)
            with override_settings(**settings_from_url(f"file:///{folder}")):
                mail.send_mail("Hello", "you", None, ["ada@example.com"])
            self.assertEqual(len([*Path(folder).iterdir()]), 1)

    def test_the_kinds_that_have_nothing_to_say(self):
        for kind, module in (("console", "console"), ("memory", "locmem"), ("dummy", "dummy")):
            self.assertEqual(type(self.mailer(f"{kind}:")).__module__, f"django.core.mail.backends.{module}")

    def test_senders_are_named_too(self):
        found = settings_from_url("smtp://mail.example?_default_from_email=a@example.com&_server_email=b@example.com")
        self.assertEqual((found["DEFAULT_FROM_EMAIL"], found["SERVER_EMAIL"]), ("a@example.com", "b@example.com"))

    def test_mails_come_from_the_host_of_the_site_unless_the_address_names_a_sender(self):
        for host, sender in (
            ("signals.example", "noreply@signals.example"),
            ("Signals.example:8443", "noreply@signals.example"),
            ("192.0.2.1:8000", "noreply@[192.0.2.1]"),
            ("[2001:db8::1]", "noreply@[IPv6:2001:db8::1]"),
        ):
            self.assertEqual(default_sender(host), sender)

    def test_the_settings_of_a_server_name_the_sender(self):
        named = "smtp://127.0.0.1:25?_default_from_email=Signals%20%3Caccounts%40signals.example%3E"
        for url, sender in (
            ("smtp://127.0.0.1:25", "noreply@signals.example"),
            (named, "Signals <accounts@signals.example>"),
        ):
            script = "from django.core.mail import EmailMessage; print(EmailMessage().from_email)"
            result = run("-c", script, **{**GOOD, "EMAIL_URL": url})
            self.assertEqual((result.stdout.strip(), result.stderr), (sender, ""))

    def test_what_is_no_mail_server(self):
        for url in ("", "mail.example", "nonsense://x", "smtp://mail.example:99999", "smtp://x?timeout=soon"):
            with self.subTest(url), self.assertRaises(ValueError):
                settings_from_url(url)

    def test_nothing_that_the_running_django_deprecates_is_set(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            given = mail_settings("django.core.mail.backends.smtp.EmailBackend", host="localhost", timeout=1)
            with override_settings(**given):
                pass
        self.assertEqual("MAILERS" in given, django.VERSION >= (6, 1))
        self.assertEqual("EMAIL_HOST" in given, django.VERSION < (6, 1))
