from types import SimpleNamespace
from uuid import UUID

from django.test import RequestFactory, SimpleTestCase, override_settings
from django.urls import path

from signal_inspector.requests.paths import kept_path


def kept(address, *args, **kwargs):
    match = SimpleNamespace(args=args, kwargs=kwargs)
    return kept_path(SimpleNamespace(path=address, resolver_match=match))


urlpatterns = [path("reset/<uidb64>/<token>/", lambda request: None)]


class PathTests(SimpleTestCase):
    def test_what_a_person_reads_is_kept(self):
        self.assertEqual(kept("/people/ada/", username="ada"), "/people/ada/")
        self.assertEqual(kept("/orders/17/", pk=17), "/orders/17/")

    def test_what_makes_a_link_a_secret_is_not(self):
        self.assertEqual(kept("/reset/Mg/c-1/", uidb64="Mg", token="c-1"), "/reset/Mg/<token>/")
        self.assertEqual(kept("/api/a/", api_key="a"), "/api/<api_key>/")
        self.assertEqual(kept(f"/s/{'x' * 31}.ics", feed="x" * 31), "/s/<feed>.ics")
        self.assertEqual(kept(f"/s/{'x' * 31}/", "x" * 31), "/s/<…>/")
        self.assertEqual(kept("/k/a/b/", key="a/b"), "/k/<key>/")
        self.assertEqual(kept("/k/", key=""), "/k/")
        key = UUID(int=7)
        self.assertEqual(kept(f"/k/{key}/", key=key), "/k/<key>/")

    @override_settings(ROOT_URLCONF=__name__)
    def test_nor_is_it_where_the_answer_came_before_the_route_was_looked_for(self):
        self.assertEqual(kept_path(RequestFactory().get("/reset/Mg/c-1/")), "/reset/Mg/<token>/")
        self.assertEqual(kept_path(RequestFactory().get("/nowhere/")), "/nowhere/")

    def test_what_no_route_captured_is_cut(self):
        request = SimpleNamespace(path=f"/{'x' * 61}/\x00\ud800\n/", resolver_match=None)
        self.assertEqual(kept_path(request), "/xxxxxxxx…/\ufffd\ufffd\ufffd/")
