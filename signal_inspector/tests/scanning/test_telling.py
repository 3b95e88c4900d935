"""What the scan has found, as text and as data."""

from django.db.models.signals import post_save

from signal_inspector.scanning import findings, telling
from signal_inspector.scanning.places import Place
from signal_inspector.scanning.skipping import Bypassed, Skipped
from signal_inspector.tests.scanning.test_skipping import BypassedTestCase, hear_order

ONE = Skipped("post_save", "shop.signals.hear", "shop/signals.py:9")


def bypassed(path="shop/views.py", line=3, models=("shop.Order",), skipped=(ONE,), operation="update"):
    place = Place("shop.views", path, line, 5, "close", "Order.objects.update()", operation, [])
    return Bypassed(place, list(models), list(skipped))


class LinesTests(BypassedTestCase):
    def text(self, *found, width=100, **options):
        return "\n".join(telling.grouped(found, width, **options))

    def test_places_under_the_model_and_what_they_skip(self):
        self.assertEqual(
            self.text(bypassed(), bypassed("shop/a.py", 12, operation="bulk_create")),
            "shop.Order\n"
            "    skips post_save   shop.signals.hear  shop/signals.py:9\n"
            "  shop/views.py:3  update       Order.objects.update()\n"
            "  shop/a.py:12     bulk_create  Order.objects.update()\n",
        )

    def test_methods_and_receivers_of_every_model(self):
        skipped = [Skipped("pre_save", "a.b", "a.py:1", True), Skipped("", "shop.models.Order.save", "c.py:2")]
        text = self.text(bypassed(skipped=skipped))
        self.assertIn("skips pre_save    a.b  a.py:1  (every model)\n", text)
        self.assertIn("skips method      shop.models.Order.save  c.py:2\n", text)

    def test_places_in_tests_are_counted(self):
        found = [bypassed(), bypassed("shop/tests/test_a.py"), bypassed("shop/conftest.py")]
        self.assertIn("  and 2 places in tests\n", self.text(*found))
        self.assertIn("shop/conftest.py:3", self.text(*found, with_tests=True))
        self.assertEqual(self.text(found[1]), "")

    def test_many_models_and_none(self):
        self.assertIn("a, b, c and 2 more\n", self.text(bypassed(models="abcde")))
        self.assertIn("A model that the source does not tell\n", self.text(bypassed(models=())))

    def test_long_code_is_cut_at_the_width(self):
        self.assertEqual(max(map(len, self.text(bypassed(), width=30).splitlines()[2:])), 41)

    def test_it_ends_with_a_count(self):
        found = [bypassed(), bypassed("shop/tests.py")]
        self.assertEqual(
            telling.summary(found, with_tests=True),
            "2 places write without signals, 1 of them in tests: 1 receiver or method is skipped.",
        )

    def test_the_whole_as_data(self):
        post_save.connect(hear_order, sender=self.model("Order"))
        self.addCleanup(post_save.disconnect, hear_order, sender=self.model("Order"))
        (found,) = self.bypassed("guesses", "receivers", everything=True)[:1]
        (data,) = telling.as_data([(found, findings.of_bypassed(found))], [])["bypassed"]
        self.assertEqual(data["inside"], "close")
        self.assertEqual((data["operation"], data["models"], data["skipped"]), ("update", [], []))
        self.assertTrue(data["path"].endswith("scanning/shop/guesses.py"))
