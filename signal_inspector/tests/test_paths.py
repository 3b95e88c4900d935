from types import SimpleNamespace

from django.test import SimpleTestCase

from signal_inspector.paths import kept_path


def kept(path, *args, **kwargs):
    match = SimpleNamespace(args=args, kwargs=kwargs)
    return kept_path(SimpleNamespace(path=path, resolver_match=match))


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

    def test_what_no_route_captured_is_cut(self):
        request = SimpleNamespace(path=f"/{'x' * 61}/\x00\ud800\n/", resolver_match=None)
        self.assertEqual(kept_path(request), "/xxxxxxxx…/\ufffd\ufffd\ufffd/")
