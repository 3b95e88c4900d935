from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models.signals import post_save
from django.test import TestCase, override_settings
from django.urls import reverse

from signal_inspector.tests.support import POST_SAVE, Site, make_trace, node, save, site
from signal_inspector.traces.nodes import RECEIVER, SIGNAL


def count_groups(sender, **kwargs):
    """Count."""


def count_groups_again(sender, **kwargs):
    """Count again."""


LAST_LOGIN = "django.contrib.auth.models.update_last_login"


@site
@override_settings(DEBUG=True)
class WhyTests(Site, TestCase):
    def ask(self, **fields):
        return self.client.get(reverse("signal_inspector:why"), fields)

    def test_it_asks_first(self):
        page = self.ask()
        self.assertContains(page, '<option value="auth.Group" >auth.Group</option>', html=True)
        self.assertContains(page, "QuerySet.update()")
        self.assertNotContains(page, "The most likely first")
        self.assertContains(page, f'<option value="{LAST_LOGIN}"></option>', 1, html=True)
        self.assertContains(page, 'list="why-known"', 1)

    def test_its_examples_are_links_that_are_answered(self):
        post_save.connect(count_groups, sender=Group)
        self.addCleanup(post_save.disconnect, count_groups, sender=Group)
        save(make_trace(node(SIGNAL, POST_SAVE, node(RECEIVER, f"{__name__}.count_groups"))))
        with self.assertNumQueries(1):
            examples = self.ask().context["examples"]
        self.assertEqual([each.kind for each in examples], ["called", "other", "update"])
        for each, answer in zip(examples, ("called", "other-sender", "silent-operation"), strict=True):
            page = self.client.get(f"{reverse('signal_inspector:why')}?{each.query}")
            self.assertEqual(page.context["answers"][0].id, answer, each.query)

    def test_it_answers_and_says_what_to_do(self):
        page = self.ask(receiver="update_last_login", operation="save", model="auth.Group")
        self.assertContains(page, "save() does not send user_logged_in.")
        self.assertContains(page, f"<code>{LAST_LOGIN}</code>", 1)
        self.assertContains(page, f'href="{reverse("signal_inspector:receiver")}?name={LAST_LOGIN}"', 1)
        page = self.ask(receiver="test_why_views.listen_nowhere", operation="update")
        self.assertContains(page, "No receiver is named &#x27;test_why_views.listen_nowhere&#x27;")

    def test_a_name_that_may_be_several_is_asked_for_again(self):
        for receiver in (count_groups, count_groups_again):
            post_save.connect(receiver, sender=Group)
            self.addCleanup(post_save.disconnect, receiver, sender=Group)
        page = self.ask(receiver="test_why_views.count", operation="update", model="auth.Group")
        self.assertContains(page, "Which of these?")
        for receiver in (count_groups, count_groups_again):
            query = f"receiver={__name__}.{receiver.__name__}&amp;operation=update&amp;model=auth.Group"
            self.assertContains(page, f'href="?{query}"')
        self.assertNotContains(self.ask(receiver="nonsense"), "Which of these?")

    def test_where_another_model_is_saved_it_says_whom_to_connect_to(self):
        post_save.connect(count_groups, sender=Group)
        self.addCleanup(post_save.disconnect, count_groups, sender=Group)
        page = self.ask(receiver=f"{__name__}.count_groups", operation="save", model="auth.Permission")
        self.assertContains(page, "save() sends post_save with the sender auth.Permission")
        self.assertContains(page, "Connect it to that class, too")

    def test_it_answers_from_a_trace(self):
        called = save(make_trace(node(SIGNAL, POST_SAVE, node(RECEIVER, LAST_LOGIN))))
        self.assertContains(self.ask(receiver=LAST_LOGIN, trace=called.pk), f"{LAST_LOGIN} was called.")
        empty = save(make_trace())
        page = self.ask(receiver=LAST_LOGIN, trace=empty.pk)
        self.assertContains(page, "user_logged_in was not sent while this was recorded.")
        self.assertContains(page, empty.label)

    def test_other_pages_lead_to_it(self):
        address = reverse("signal_inspector:why")
        stored = save(make_trace())
        receiver = self.client.get(reverse("signal_inspector:receiver"), {"name": LAST_LOGIN})
        self.assertContains(receiver, f'href="{address}?receiver={LAST_LOGIN}"')
        idle = self.client.get(stored.get_absolute_url(), {"view": "not-called"})
        self.assertContains(idle, f'href="{address}?receiver={LAST_LOGIN}&amp;trace={stored.pk}"')
        self.assertContains(self.ask(), f'<a href="{address}" aria-current="page">Why not called?</a>', html=True)

    def test_a_trace_that_is_gone_is_not_found(self):
        for trace in ("f" * 32, "\x00"):
            with self.assertLogs("django.request"):
                self.assertEqual(self.ask(receiver=LAST_LOGIN, trace=trace).status_code, 404)

    def test_a_name_is_escaped(self):
        self.assertNotContains(self.ask(receiver="<script>"), "<script>x")
        self.assertContains(self.ask(receiver="<b>x"), "&lt;b&gt;x")

    @override_settings(DEBUG=False)
    def test_it_is_for_staff(self):
        self.assertEqual(self.ask().status_code, 302)
        self.client.force_login(get_user_model().objects.create_user("ada"))
        with self.assertLogs("django.request"):
            self.assertEqual(self.ask().status_code, 403)
        self.client.force_login(get_user_model().objects.create_user("boss", is_staff=True))
        self.assertEqual(self.ask().status_code, 200)
