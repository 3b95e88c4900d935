"""What the mails say, and to whom."""

import re

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import RequestFactory, SimpleTestCase, TestCase, TransactionTestCase, override_settings
from django.utils import timezone, translation

from notifications.rendering import one_line, render
from notifications.tests.outbox import Kind, MailMixin, make_user
from users import events
from users.models import Profile


class RenderMixin(MailMixin):
    def render(self, kind, recipient="ada@example.com", *, user_id=None, using="default", event_id="7"):
        return render(kind, recipient, user_id or self.user.pk, using, event_id)

    def parts(self, *args, **kwargs):
        message = self.render(*args, **kwargs)
        self.assertIsInstance(message, EmailMultiAlternatives)
        self.assertEqual([alternative[1] for alternative in message.alternatives], ["text/html"])
        return message.subject, message.body, message.alternatives[0][0]


class ContentTests(RenderMixin, TestCase):
    subjects = {
        Kind.WELCOME: "Welcome to testserver",
        Kind.VERIFY_ADDRESS: "Your address at testserver",
        Kind.ADDRESS_CHANGED: "The address of your account at testserver was changed",
        Kind.PASSWORD_CHANGED: "Your password at testserver was changed",
        Kind.ACCOUNT_CLOSED: "Your account at testserver was closed",
    }
    sentences = {
        Kind.WELCOME: "the name to log in with is ada",
        Kind.VERIFY_ADDRESS: "Open this link",
        Kind.ADDRESS_CHANGED: "the address of your account at testserver was changed",
        Kind.PASSWORD_CHANGED: "the password of your account at testserver was changed",
        Kind.ACCOUNT_CLOSED: "your account at testserver was closed",
    }

    def test_each_kind_has_its_subject_and_both_parts_say_the_same(self):
        for kind in Kind:
            with self.subTest(kind):
                subject, text, html = self.parts(kind)
                self.assertEqual(subject, self.subjects[kind])
                self.assertIn("Hello ada,", text)
                self.assertIn("Hello <bdi>ada</bdi>,", html)
                for part in (text, html):
                    self.assertIn(self.sentences[kind], part)
                    self.assertIn("https://testserver/", part)
                self.assertEqual(words(html), words(text))

    def test_the_link_is_in_both_parts_of_the_mails_that_verify(self):
        for kind in Kind:
            with self.subTest(kind):
                _subject, text, html = self.parts(kind)
                linked = kind in (Kind.WELCOME, Kind.VERIFY_ADDRESS)
                self.assertEqual(f"\n\n{self.link}\n\n" in text, linked)
                self.assertEqual(f'<a href="{self.link}">{self.link}</a>' in html, linked)
                self.assertEqual("/email/verify/" in text + html, linked)

    def test_the_new_address_is_not_told_to_the_old_one(self):
        type(self.user).objects.update(email="new@example.com")
        _subject, text, html = self.parts(Kind.ADDRESS_CHANGED)
        self.assertNotIn("new@example.com", text + html)

    def test_it_is_written_to_nobody_else(self):
        message = self.render(Kind.PASSWORD_CHANGED)
        self.assertEqual(message.recipients(), ["ada@example.com"])
        self.assertEqual(message.from_email, settings.DEFAULT_FROM_EMAIL)

    def test_it_says_that_no_person_wrote_it(self):
        self.assertEqual(self.render(Kind.WELCOME).message()["Auto-Submitted"], "auto-generated")

    def test_a_mail_has_the_same_message_id_each_time_and_another_mail_another_one(self):
        first, second = (self.render(Kind.WELCOME).message()["Message-ID"] for _ in range(2))
        self.assertEqual(first, "<7.welcome@testserver>")
        self.assertEqual(first, second)
        for other in (self.render(Kind.WELCOME, event_id="8"), self.render(Kind.PASSWORD_CHANGED)):
            self.assertNotEqual(first, other.message()["Message-ID"])

    def test_the_text_has_no_gaps(self):
        for kind in Kind:
            _subject, text, _html = self.parts(kind)
            self.assertNotIn("\n\n\n", text)
            self.assertNotRegex(text, r"^\s|[ \t]\n|&\w+;")


class LanguageTests(RenderMixin, TestCase):
    @override_settings(LANGUAGE_CODE="ar")
    def test_it_is_the_one_of_the_settings(self):
        with translation.override("de"):
            self.assertIn('<html lang="ar"\n      dir="rtl">', self.parts(Kind.WELCOME)[2])
            self.assertEqual(translation.get_language(), "de")


class LinkTests(RenderMixin, TestCase):
    def test_the_host_of_a_request_is_never_used(self):
        RequestFactory().get("/", headers={"host": "evil.example"})
        self.assertIn("https://testserver/", self.parts(Kind.WELCOME)[1])

    @override_settings(SITE_HOST="example.com")
    def test_in_production_it_is_https_and_the_host_of_the_settings(self):
        subject, text, html = self.parts(Kind.WELCOME)
        self.assertEqual(subject, "Welcome to example.com")
        self.assertEqual(
            {*urls(text), *urls(html)}, {"https://example.com/", self.link.replace("testserver", "example.com")}
        )

    def test_in_development_it_is_where_runserver_listens(self):
        for options in ({"DEBUG": True, "SITE_HOST": "127.0.0.1:8000"}, {"SITE_HOST": None}, {"SITE_HOST": ""}):
            with self.subTest(options), self.settings(**options):
                _subject, text, html = self.parts(Kind.WELCOME)
                self.assertEqual(
                    {url.partition("/e")[0].rstrip("/") for url in urls(text + html)}, {"http://127.0.0.1:8000"}
                )

    def test_it_goes_only_to_the_address_that_it_verifies(self):
        # Whoever reads the former address could otherwise verify the new one, which is not theirs.
        for kind in (Kind.WELCOME, Kind.VERIFY_ADDRESS):
            self.assertIsNone(self.render(kind, recipient="former@example.com"))

    def test_there_is_none_for_an_account_that_is_gone_or_closed_by_staff(self):
        type(self.user).objects.update(is_active=False)
        for kind in (Kind.WELCOME, Kind.VERIFY_ADDRESS):
            self.assertIsNone(self.render(kind))
            self.assertIsNone(self.render(kind, user_id="0"))

    def test_there_is_none_for_an_address_that_is_verified_already(self):
        Profile.objects.update(email_verified_at=timezone.now())
        self.assertIsNone(self.render(Kind.VERIFY_ADDRESS))
        _subject, text, html = self.parts(Kind.WELCOME)
        self.assertNotIn("/email/verify/", text + html)

    def test_notices_reach_people_whose_account_is_gone(self):
        for kind in (Kind.ADDRESS_CHANGED, Kind.PASSWORD_CHANGED, Kind.ACCOUNT_CLOSED):
            _subject, text, html = self.parts(kind, user_id="0")
            self.assertTrue(text.startswith("Hello,\n"))
            self.assertIn("Hello,", html)


class OtherDatabaseTests(RenderMixin, TestCase):
    databases = {"default", "other"}

    def test_the_account_is_looked_up_where_it_lives(self):
        user = make_user("grace", using="other", pk=self.user.pk)
        _subject, text, _html = self.parts(Kind.WELCOME, recipient="grace@example.com", user_id=user.pk, using="other")
        self.assertIn("Hello grace,", text)


class EscapingTests(RenderMixin, TestCase):
    def test_a_name_changes_no_markup(self):
        type(self.user).objects.update(username="""<b>"x"</b>&'amp;'""")
        for kind in Kind:
            _subject, text, html = self.parts(kind)
            self.assertIn("""Hello <b>"x"</b>&'amp;',""", text)
            self.assertIn("Hello <bdi>&lt;b&gt;&quot;x&quot;&lt;/b&gt;&amp;&#x27;amp;&#x27;</bdi>,", html)

    def test_a_name_adds_no_line_and_no_header(self):
        type(self.user).objects.update(username="x\r\nBcc: all@example.com\n\n\u202ehello\u2028\x01\x1b[31m")
        for kind in Kind:
            message = self.render(kind)
            self.assertTrue(message.body.startswith("Hello x Bcc: all@example.com hello [31m,\n"))
            self.assertIsNone(message.message()["Bcc"])
            self.assertNotIn("\n", message.subject)

    @override_settings(SITE_HOST="a\r\nBcc: all@example.com")
    def test_a_subject_is_one_line_whatever_is_in_it(self):
        self.assertEqual(one_line("a\r\nBcc: x"), "a Bcc: x")
        self.assertEqual(
            self.render(Kind.PASSWORD_CHANGED).subject, "Your password at a Bcc: all@example.com was changed"
        )


class OneLineTests(SimpleTestCase):
    def test_letters_of_all_scripts_stay(self):
        self.assertEqual(one_line("Zoë 夏目 İpek"), "Zoë 夏目 İpek")


class RealLinkTests(TransactionTestCase):
    def test_the_link_of_the_mail_leads_to_the_page_that_verifies_the_address(self):
        user = make_user("ada")
        events.user_registered.send_robust(sender=type(user), instance=user, using="default")
        (url,) = (url for url in urls(mail.outbox[0].body) if len(url) > 30)
        self.assertTrue(url.startswith("https://testserver/"))
        self.client.force_login(user)
        self.assertContains(self.client.get(url, secure=True), "ada@example.com")
        self.client.post(url, secure=True)
        self.assertIsNotNone(Profile.objects.get().email_verified_at)


def urls(text):
    return re.findall(r"https?://[^\s\"<]+", text)


def words(part):
    """Return the words of a part, without markup, and without the address of the site, which is text in one."""
    text = re.sub(
        r"<style>[^<]*</style>|<title>.*</title>|</?bdi>|https://testserver/$|\btestserver\s*$", "", part.strip()
    )
    text = re.sub(r"<[^>]+>", " ", text)
    return re.sub(r"\btestserver\s*$", "", text).split()
