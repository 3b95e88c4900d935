"""The runner of ``manage.py test``: Django's, which need not migrate anew each time that a few tests are run again."""

import hashlib
import os
import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.db.backends.signals import connection_created
from django.db.migrations.loader import MigrationLoader
from django.test.runner import DiscoverRunner

FOLDER = Path(settings.BASE_DIR, ".migrated")
KEPT = 12  # files; test_apart.py wants four, for other sets of apps


class Runner(DiscoverRunner):
    """
    Where tests are named, migrated databases are kept, and copied instead of being migrated from nothing.

    The whole suite always migrates. So does what runs on another database than SQLite's in memory.
    """

    named = False

    def run_tests(self, test_labels, **kwargs):
        """Run the tests, all of them if none is named, and return how many failed."""
        self.named = bool(test_labels)
        return super().run_tests(test_labels, **kwargs)

    def setup_databases(self, **kwargs):
        """Make the databases, from copies where there are some, and keep copies of those that were migrated."""
        if not self.named:
            return super().setup_databases(**kwargs)
        connection_created.connect(restore)
        try:
            config = super().setup_databases(**kwargs)
        finally:
            connection_created.disconnect(restore)
        for connection, _, made in config:
            if made and is_in_memory(connection):
                keep(connection)
        return config


def is_in_memory(connection):
    """Tell whether a connection leads to a database of SQLite in memory, as the tests have one."""
    return connection.vendor == "sqlite" and connection.is_in_memory_db()


def restore(connection, **kwargs):
    """Fill an empty database in memory with the copy. Django migrates after that, and so what the copy lacks."""
    if is_in_memory(connection):
        copy = path_of_copy(connection)
        empty = not connection.connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        if empty and copy.exists():
            with closing(sqlite3.connect(copy)) as source:
                source.backup(connection.connection)


def keep(connection):
    """Keep a copy of a migrated database, unless there is one or nothing can be written. Old copies go."""
    copy = path_of_copy(connection)
    if copy.exists() or not os.access(FOLDER.parent, os.W_OK):
        return
    FOLDER.mkdir(exist_ok=True)
    unfinished = copy.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(unfinished)) as target:
        connection.connection.backup(target)
    unfinished.replace(copy)
    for old in sorted(FOLDER.glob("*.sqlite3"), key=os.path.getmtime)[:-KEPT]:
        old.unlink(missing_ok=True)


def path_of_copy(connection):
    """Return where the copy of a database is kept: its name changes with all that a migrated database depends on."""
    digest = hashlib.sha256(repr((django.VERSION, sqlite3.sqlite_version, connection.alias)).encode())
    for app in apps.get_app_configs():
        name, _ = MigrationLoader.migrations_module(app.label)
        found = find_spec(name) if name else None
        for folder in found.submodule_search_locations if found else ():
            for file in sorted(Path(folder).glob("*.py")):
                digest.update(f"{name}.{file.name}".encode() + file.read_bytes())
    # What the fields that migrations name make of their columns, today.
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            column = model._meta.db_table, field.column, field.db_type(connection), field.null, field.unique
            digest.update(repr((*column, getattr(field, "db_collation", None))).encode())
    return FOLDER / f"{digest.hexdigest()[:32]}.sqlite3"
