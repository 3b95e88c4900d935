"""The runner of the tests: a copy of the migrated database is used for a few tests, and only while it is true."""

import sys
import tempfile
from pathlib import Path
from unittest import mock, skipUnless

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import SimpleTestCase, TransactionTestCase, override_settings
from django.test.runner import DiscoverRunner

from listening.testing import receivers_of
from userprofile_project import test_runner
from userprofile_project.test_runner import Runner, keep, path_of_copy, restore
from users.models import Profile


@skipUnless(connection.vendor == "sqlite", "other databases are not copied")
class CopyTests(TransactionTestCase):  # SQLite copies nothing while its connection is in a transaction
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()), "copies")
        self.enterContext(mock.patch.object(test_runner, "FOLDER", self.folder))

    def empty_database(self):
        """Return a connection to another database in memory, with nothing in it."""
        other = connection.copy()
        other.settings_dict["NAME"] = ":memory:"
        other.connect()
        self.addCleanup(other.connection.close)
        return other

    def tables(self, connection):
        return connection.connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()

    def test_an_empty_database_becomes_what_was_kept(self):
        get_user_model().objects.create_user("ada")
        keep(connection)
        other = self.empty_database()
        restore(other)
        self.assertEqual(self.tables(other), self.tables(connection))
        self.assertEqual(other.connection.execute("SELECT username FROM auth_user").fetchall(), [("ada",)])

    def test_without_a_copy_it_stays_empty(self):
        other = self.empty_database()
        restore(other)
        self.assertEqual(self.tables(other), [])

    def test_a_database_that_is_not_empty_is_left_alone(self):
        keep(connection)
        other = self.empty_database()
        other.connection.execute("CREATE TABLE mine (id)")
        restore(other)
        self.assertEqual(self.tables(other), [("mine", "CREATE TABLE mine (id)")])

    def test_old_copies_go_and_nothing_half_made_stays(self):
        self.folder.mkdir()
        for number in range(test_runner.KEPT):
            self.folder.joinpath(f"{number}.sqlite3").touch()
        keep(connection)
        self.assertTrue(path_of_copy(connection).exists())
        self.assertEqual({path.suffix for path in self.folder.iterdir()}, {".sqlite3"})
        self.assertEqual(len([*self.folder.iterdir()]), test_runner.KEPT)


class NameTests(SimpleTestCase):
    """The name of the copy changes with what a migrated database depends on."""

    def test_it_is_the_same_twice(self):
        self.assertEqual(path_of_copy(connection), path_of_copy(connection))

    def test_an_edited_migration_changes_it(self):
        package = Path(self.enterContext(tempfile.TemporaryDirectory()), "edited_migrations")
        package.mkdir()
        for name in ("__init__.py", "0001_initial.py"):
            package.joinpath(name).touch()
        self.enterContext(mock.patch.object(sys, "path", [*sys.path, str(package.parent)]))
        with override_settings(MIGRATION_MODULES={"users": "edited_migrations"}):
            names = {path_of_copy(connection)}
            package.joinpath("0001_initial.py").write_text("# edited")
            names.add(path_of_copy(connection))
            package.joinpath("0002_more.py").touch()
            names.add(path_of_copy(connection))
        self.assertEqual(len(names), 3)

    def test_a_field_with_another_column_changes_it(self):
        before, field = path_of_copy(connection), Profile._meta.get_field("bio")
        for change in ({"null": True}, {"db_collation": "nocase"}, {"db_type": lambda connection: "blob"}):
            with self.subTest(change), mock.patch.multiple(field, **change):
                self.assertNotEqual(path_of_copy(connection), before)

    def test_the_second_database_has_its_own(self):
        other = connection.copy(alias="other")
        self.assertNotEqual(path_of_copy(other), path_of_copy(connection))


class RunnerTests(SimpleTestCase):
    def restores(self, *labels):
        """Tell whether the runner restores databases when these labels are run."""
        seen = []

        def look(runner, **kwargs):
            seen.append(restore in receivers_of(connection_created, None))
            return []

        runner = Runner(verbosity=0)
        with mock.patch.multiple(DiscoverRunner, run_tests=mock.DEFAULT, setup_databases=look):
            runner.run_tests(labels)
            runner.setup_databases()
        self.assertNotIn(restore, receivers_of(connection_created, None))
        return seen[0]

    def test_the_whole_suite_migrates(self):
        self.assertFalse(self.restores())

    def test_named_tests_use_the_copy(self):
        self.assertTrue(self.restores("userprofile_project.tests.test_test_runner.NameTests"))
