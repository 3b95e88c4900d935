"""What is added to a new connection, and that nothing about it can fail the first query."""

from types import SimpleNamespace

from django.db import connection, connections
from django.db.backends.signals import connection_created
from django.db.models import CharField, Value
from django.test import SimpleTestCase, TestCase

from listening.muting import sent
from users.identity.folding import Fold, fold
from users.models import Interest


class ConnectionTests(TestCase):
    databases = "__all__"

    def test_each_connection_folds_letters_beyond_ascii(self):
        for alias in connections:
            Interest.objects.using(alias).create(name="Ä")
            query = Interest.objects.using(alias).annotate(folded=Fold(Value("ÄÖÜ", CharField())))
            self.assertEqual(query.values_list("folded", flat=True).get(), fold("ÄÖÜ"))

    def test_a_new_connection_is_told_once(self):
        other = connection.copy()
        with sent(connection_created) as calls:
            other.ensure_connection()
            other.ensure_connection()
        self.addCleanup(other.close)
        self.assertEqual([call.kwargs["connection"] for call in calls], [other])


class OtherVendorTests(SimpleTestCase):
    def test_nothing_is_asked_of_a_database_that_folds_by_itself(self):
        for vendor in ("postgresql", "mysql", "oracle", "something new"):
            stranger = SimpleNamespace(vendor=vendor, alias="stranger")  # has nothing that could be called
            answers = connection_created.send_robust(sender=SimpleNamespace, connection=stranger)
            ours = [answer for receiver, answer in answers if receiver.__module__ == "users.signals"]
            self.assertEqual(ours, [None])
