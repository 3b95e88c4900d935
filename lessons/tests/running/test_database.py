import threading

from django.contrib.auth.models import Group
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.test import TestCase

from lessons.questions.shop import Order
from lessons.running.database import LARGEST, private_database


class PrivateDatabaseTests(TestCase):
    def test_it_stands_in_for_default_and_is_gone_afterwards(self):
        usual = connections["default"]
        with private_database([Order]):
            self.assertEqual(connection.vendor, "sqlite")
            self.assertIsNot(connections["default"], usual)
            Order.objects.create(item="lamp")
            self.assertEqual(Order.objects.count(), 1)
            inner = connections["default"].connection
        self.assertIs(connections["default"], usual)
        with self.assertRaisesMessage(Exception, "closed"):
            inner.execute("SELECT 1")

    def test_the_sites_tables_are_not_in_it(self):
        Group.objects.create(name="editors")
        with private_database([]), self.assertRaises(OperationalError):
            Group.objects.count()
        self.assertEqual(Group.objects.get().name, "editors")

    def test_it_commits_for_real_inside_a_test(self):
        called = []
        with private_database([Order]):
            with transaction.atomic():
                Order.objects.create(item="lamp")
                transaction.on_commit(lambda: called.append(1))
                self.assertEqual(called, [])
            self.assertEqual(called, [1])

    def test_the_usual_one_is_back_after_an_error(self):
        usual = connections["default"]
        with self.assertRaises(ZeroDivisionError), private_database([Order]):
            1 / 0  # noqa: B018 - raises
        self.assertIs(connections["default"], usual)

    def test_each_is_empty(self):
        for _time in range(2):
            with private_database([Order]):
                self.assertEqual(Order.objects.count(), 0)
                Order.objects.create(item="lamp")

    def test_other_threads_keep_theirs(self):
        seen = []

        def look():
            seen.append(connections["default"].settings_dict["NAME"])

        usual = connections["default"].settings_dict["NAME"]
        with private_database([]):
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
        self.assertEqual(seen, [usual])

    def test_its_size_has_a_bound(self):
        with private_database([]), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE large (content)")
            with self.assertRaises(DatabaseError):
                cursor.execute("INSERT INTO large VALUES (zeroblob(%s))", [LARGEST * 5000])
