from django.template.loader import render_to_string
from django.test import TestCase, override_settings

from signal_inspector.models import StoredTrace
from signal_inspector.tests.support import Site, chain, make_trace, node, sample, save, site
from signal_inspector.tests.traces.test_aligning import signal
from signal_inspector.traces.nodes import RECEIVER, Detail, Statement

ADDRESS = "/signals/compare/"


def later():
    """Return the trace of the registration with one receiver more, and one that asks more."""
    trace = sample()
    trace.roots[0].children[0].queries += 1
    trace.roots[0].add(node(RECEIVER, "sample_shop.signals.new"))
    return trace


@override_settings(DEBUG=True)
@site
class CompareTests(Site, TestCase):
    def see(self, **query):
        return self.client.get(ADDRESS, query)

    def test_one_tree_of_both_in_three_statements(self):
        before, after = save(), save(later())
        with self.assertNumQueries(3):
            response = self.see(a=before.pk, b=after.pk)
        for text in (
            "1 receiver was added: sample_shop.signals.new.",
            "1 statement more",
            '<span class="change added">added</span>',
            "as before",
            "not there",
            f"{before.get_absolute_url()}line/2/",
            f"{after.get_absolute_url()}line/7/",
        ):
            self.assertContains(response, text)
        self.assertNotContains(response, "style=")

    def test_with_the_one_before_of_the_same_request(self):
        before, other, after = save(), save(later(), path="/people/"), save(later())
        response = self.see(b=after.pk)
        self.assertEqual(response.context["before"], before)
        self.assertContains(response, "sample_shop.signals.new")
        self.assertContains(self.see(b=other.pk), "There is no earlier trace of the same method and path.")

    def test_two_are_chosen_from_the_list(self):
        before, after = save(), save()
        page = self.client.get("/signals/traces/")
        self.assertContains(page, f'action="{ADDRESS}"')
        for name, stored in (("a", before), ("b", after)):
            radio = f'<input type="radio" name="{name}" value="{stored.pk}" form="compare" required>'
            self.assertContains(page, radio, html=True)
        page = self.see()
        self.assertContains(page, "Choose two traces.")
        self.assertContains(page, f'<option value="{before.pk}"')

    def test_what_is_not_there_is_said(self):
        stored = save()
        for query in ({"a": "0" * 31 + "f", "b": stored.pk}, {"a": stored.pk, "b": "\x00nonsense"}, {"a": "x" * 5000}):
            self.assertContains(self.see(**query), "There is no such trace any more.")
        other = save()
        StoredTrace.objects.filter(pk=other.pk).update(data='{"version": 99}')
        self.assertContains(self.see(a=stored.pk, b=other.pk), "stored by another version")

    def test_of_a_long_one_only_what_changed_is_shown_at_first(self):
        def long(*more):
            return make_trace(
                *(signal("shop.Order", node(RECEIVER, f"shop.r{number}")) for number in range(200)), *more
            )

        before, after = save(long()), save(long(signal("shop.New")))
        response = self.see(a=before.pk, b=after.pk)
        self.assertEqual([line.node.sender for line in response.context["lines"]], ["shop.New"])
        self.assertEqual(len(self.see(a=before.pk, b=after.pk, rows="all").context["lines"]), 401)

    def test_the_same_twice(self):
        stored = save()
        response = self.see(a=stored.pk, b=stored.pk, rows="changed")
        self.assertContains(response, "The same fired, in the same order.")
        self.assertContains(response, "No row changed.")

    def test_which_statements(self):
        def asking(*texts):
            statements = [Statement(text, 0.0, 0.0, None) for text in texts]
            receiver = node(RECEIVER, "shop.f", queries=len(texts), detail=Detail(statements=statements))
            return make_trace(receiver, detailed=True)

        response = self.see(a=save(asking("SELECT 1")).pk, b=save(asking("SELECT 1", "SELECT 2")).pk)
        self.assertContains(response, "<code>SELECT 2</code>")
        self.assertNotContains(response, "<code>SELECT 1</code>")

    def test_names_are_escaped(self):
        hostile = make_trace(signal("<img src=x>", node(RECEIVER, "shop.<script>alert(1)</script>")))
        response = self.see(a=save(make_trace(), path="/<b>/").pk, b=save(hostile).pk)
        for text in ("<img src=x", "<script>alert", "/<b>/"):
            self.assertNotContains(response, text)

    def test_a_tree_thousands_of_levels_deep(self):
        self.assertEqual(self.see(a=save(chain(2000)).pk, b=save(make_trace()).pk).status_code, 200)

    def test_the_menu_of_a_trace_links_here(self):
        stored = save()
        menu = render_to_string("signal_inspector/includes/take_along.html", {"stored": stored})
        self.assertIn(f'href="{ADDRESS}?b={stored.pk}"', menu)
