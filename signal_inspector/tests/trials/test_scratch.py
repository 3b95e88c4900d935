"""Mail, files and caches of a trial."""

from django.core import mail
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import TestCase

from signal_inspector.trials.running import run
from signal_inspector.trials.scratch import scratch_world


class MailTests(TestCase):
    def test_mail_stays_in_memory_and_no_setting_is_changed(self):
        outcome = run(lambda: lambda: mail.send_mail("Hello", "", "a@example.com", ["b@example.com"]))
        self.assertEqual((outcome.mails, outcome.error, mail.outbox), (1, None, []))
        mail.send_mail("Hello", "", "a@example.com", ["b@example.com"])
        self.assertEqual(len(mail.outbox), 1)


class FileTests(TestCase):
    def setUp(self):
        self.name = default_storage.save("kept.txt", ContentFile(b"kept"))
        self.addCleanup(default_storage.delete, self.name)

    def test_files_are_written_read_and_removed_in_memory(self):
        def story():
            name = default_storage.save("new.txt", ContentFile(b"new"))
            with default_storage.open(name) as file:
                told.append(file.read())
            told.append((default_storage.exists(name), default_storage.size(name)))
            with default_storage.open(self.name) as file:
                told.append(file.read())
            default_storage.delete(self.name)
            told.append(default_storage.exists(self.name))
            default_storage.delete(name)
            told.append(default_storage.exists(name))

        told = []
        outcome = run(lambda: story)
        self.assertIsNone(outcome.error)
        self.assertEqual(told, [b"new", (True, 3), b"kept", False, False])
        self.assertTrue(default_storage.exists(self.name))
        self.assertFalse(default_storage.exists("new.txt"))

    def test_a_name_that_is_taken_gets_another(self):
        names = []
        outcome = run(lambda: lambda: names.append(default_storage.save(self.name, ContentFile(b"x"))))
        self.assertNotEqual(names, [self.name])
        self.assertEqual(outcome.files, 1)

    def test_methods_are_put_back(self):
        kind = type(default_storage.open(self.name)) and type(default_storage._wrapped)
        before = {name: getattr(kind, name) for name in ("save", "open", "delete", "exists", "size")}
        with scratch_world(), scratch_world():
            self.assertIsNot(kind.save, before["save"])
        self.assertEqual({name: getattr(kind, name) for name in before}, before)


class CacheTests(TestCase):
    def test_a_cache_is_an_empty_one(self):
        cache.set("key", "kept")
        self.addCleanup(cache.delete, "key")
        seen = []

        def story():
            seen.append(cache.get("key"))
            cache.set("key", "changed")
            cache.set("counter", 1)
            seen.append((cache.get("key"), cache.incr("counter")))

        self.assertIsNone(run(lambda: story).error)
        self.assertEqual(seen, [None, ("changed", 2)])
        self.assertEqual((cache.get("key"), cache.get("counter")), ("kept", None))
