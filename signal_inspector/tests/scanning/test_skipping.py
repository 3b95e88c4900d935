"""Which receivers a place skips."""

from unittest import mock

from django.db.models.signals import m2m_changed, post_save, pre_delete, pre_save
from django.test import override_settings

from signal_inspector.connected import inventory
from signal_inspector.scanning import places, skipping
from signal_inspector.tests.scanning.support import FOLDER, NAME, ShopTestCase

HERE = __name__


def hear_order(sender, **kwargs):
    pass


def hear_order_too(sender, **kwargs):
    pass


def hear_every_model(sender, **kwargs):
    pass


def hear_labels(sender, **kwargs):
    pass


class BypassedTestCase(ShopTestCase):
    def connect(self, signal, receiver, sender=None):
        signal.connect(receiver, sender=sender)
        self.addCleanup(signal.disconnect, receiver, sender=sender)

    def bypassed(self, *names, everything=False):
        """Return what is found in modules of the shop, by the operation and the model that is written."""
        files = [(str(FOLDER / f"{name}.py"), f"{NAME}.{name}") for name in names]
        ours = mock.patch.object(skipping, "OWN", "/nowhere/")  # the shop lies in the inspector's own folder
        with ours, mock.patch.object(places, "own_files", return_value=files):
            return skipping.bypassed(inventory.all_signals(), everything)

    def skipped(self, found, operation, label="scanned_shop.Order"):
        """Return what the first place of an operation on a model skips."""
        one = next(each for each in found if each.place.operation == operation and each.models == [label])
        return [(each.signal, each.name.rpartition(".")[2]) for each in one.skipped]


class SkippingTests(BypassedTestCase):
    def setUp(self):
        self.connect(post_save, hear_order, self.model("Order"))
        self.connect(pre_save, hear_order_too, self.model("Order"))

    def test_those_of_the_model_in_the_order_in_which_they_would_run(self):
        found = self.bypassed("writes")
        self.assertEqual(self.skipped(found, "update"), [("pre_save", "hear_order_too"), ("post_save", "hear_order")])
        one = next(each for each in found if each.place.operation == "update").skipped[1]
        self.assertEqual(one.name, f"{HERE}.hear_order")
        self.assertRegex(one.where, r"scanning/test_skipping\.py:\d+$")
        self.assertFalse(one.every)

    def test_a_deletion_skips_those_that_hear_deletions(self):
        self.connect(pre_delete, hear_order, self.model("Order"))
        self.assertEqual(self.skipped(self.bypassed("writes"), "_raw_delete"), [("pre_delete", "hear_order")])

    def test_a_place_that_skips_nobody_is_told_if_it_is_asked_for(self):
        self.assertNotIn(["scanned_shop.Quiet"], [each.models for each in self.bypassed("writes")])
        self.assertIn(["scanned_shop.Quiet"], [each.models for each in self.bypassed("writes", everything=True)])

    def test_a_save_of_the_models_own(self):
        found = self.bypassed("writes")
        self.assertEqual(self.skipped(found, "update", "scanned_shop.Customer"), [("", "save")])

    def test_of_two_models_those_that_somebody_hears(self):
        found = self.bypassed("writes")
        either = next(each for each in found if each.place.code == "either.update(pk=1)")
        self.assertEqual(either.models, ["scanned_shop.Order"])

    def test_those_of_every_model(self):
        self.connect(post_save, hear_every_model)
        found = self.bypassed("writes", "guesses")
        self.assertIn(("post_save", "hear_every_model"), self.skipped(found, "update", "scanned_shop.Quiet"))
        unknown = next(each for each in found if each.place.module.endswith("guesses"))
        self.assertEqual(unknown.models, [])
        self.assertIn(f"{HERE}.hear_every_model", [each.name for each in unknown.skipped])
        self.assertNotIn(f"{HERE}.hear_order", [each.name for each in unknown.skipped])
        self.assertTrue(all(each.every for each in unknown.skipped))

    def test_what_follows_upon_a_deletion_is_told_of_receivers_of_the_very_model(self):
        self.connect(post_save, hear_every_model)
        self.connect(m2m_changed, hear_every_model)
        self.load("models")
        found = self.bypassed("models", "writes")
        self.assertEqual(self.skipped(found, "SET_NULL")[-1], ("post_save", "hear_order"))
        self.assertNotIn("delete", [each.place.operation for each in found])
        self.connect(m2m_changed, hear_labels, self.model("Order").labels.through)
        found = self.bypassed("writes")
        self.assertEqual(self.skipped(found, "delete", "scanned_shop.Order_labels"), [("m2m_changed", "hear_labels")])

    def test_rows_that_django_makes_for_a_relation(self):
        self.connect(post_save, hear_every_model)
        self.connect(m2m_changed, hear_labels, self.model("Order").labels.through)
        found = self.bypassed("writes")
        self.assertEqual(self.skipped(found, "update", "scanned_shop.Order_labels"), [("m2m_changed", "hear_labels")])

    def test_a_filter_does_not_change_what_receivers_hear(self):
        (receivers,) = self.load("receivers")
        self.connect(post_save, receivers.hear_both, self.model("Order"))
        self.connect(pre_save, receivers.hear_both, self.model("Line"))
        files = [(str(FOLDER / "receivers.py"), f"{NAME}.receivers")]
        signals = [each for each in inventory.all_signals() if each.short_name == "post_save"]
        with (
            mock.patch.object(skipping, "OWN", "/nowhere/"),
            mock.patch.object(places, "own_files", return_value=files),
        ):
            found = skipping.bypassed(signals, everything=True)
        self.assertNotIn("hear_both", [each.place.inside for each in found])

    def test_a_foreign_key_of_an_abstract_model(self):
        self.connect(post_save, hear_order_too, self.model("Heir"))
        found = self.bypassed("models")
        self.assertEqual(self.skipped(found, "SET_NULL", "scanned_shop.Heir"), [("post_save", "hear_order_too")])

    def test_the_inspector_itself_is_told_if_it_is_asked_for(self):
        files = [(str(FOLDER / "writes.py"), f"{NAME}.writes")]
        with mock.patch.object(places, "own_files", return_value=files):
            self.assertEqual(skipping.bypassed(inventory.all_signals()), [])
            self.assertNotEqual(skipping.bypassed(inventory.all_signals(), everything=True), [])

    def test_what_is_silenced(self):
        with override_settings(SIGNAL_INSPECTOR_SILENCED=[f"{HERE}.hear_order"]):
            self.assertEqual(self.skipped(self.bypassed("writes"), "update"), [("pre_save", "hear_order_too")])
        with override_settings(SIGNAL_INSPECTOR_SILENCED=[f"{NAME}.writes"]):
            self.assertEqual(self.bypassed("writes"), [])

    def test_receivers_of_one_model_tell_what_their_instance_is(self):
        (receivers,) = self.load("receivers")
        self.connect(post_save, receivers.hear_order, self.model("Order"))
        self.connect(post_save, receivers.hear_everything)
        self.connect(pre_save, hear_every_model)
        self.assertEqual(
            [(each.place.inside, each.models) for each in self.bypassed("receivers")],
            [
                ("hear_order", ["scanned_shop.Line"]),
                ("hear_order", ["scanned_shop.Order"]),
            ],
        )
