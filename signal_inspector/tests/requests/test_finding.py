import json
import tempfile
from pathlib import Path

from django.test import TestCase

from signal_inspector.models import StoredTrace
from signal_inspector.requests import finding
from signal_inspector.requests.finding import NotFoundError
from signal_inspector.tests.support import make_trace, sample, save


class StoredTests(TestCase):
    def test_the_newest_that_fired_something(self):
        fired = save()
        save(make_trace())
        with self.assertNumQueries(1):
            self.assertEqual(finding.stored(), fired)

    def test_nothing_has_fired(self):
        save(make_trace())
        with self.assertRaisesMessage(NotFoundError, "nothing has fired"):
            finding.stored()

    def test_by_the_beginning_of_an_id(self):
        found = save(id="ab" + "0" * 30)
        save(id="ac" + "0" * 30)
        self.assertEqual(finding.stored("ab"), found)
        with self.assertRaisesMessage(NotFoundError, "More than one trace begins with 'a'."):
            finding.stored("a")
        with self.assertRaisesMessage(NotFoundError, "There is no such trace."):
            finding.stored("b")

    def test_one_of_another_version(self):
        StoredTrace.objects.filter(pk=save().pk).update(data='{"version": 99}')
        with self.assertRaisesMessage(NotFoundError, "another version"):
            finding.trace_of(StoredTrace.objects.get())


class BeforeTests(TestCase):
    def test_the_newest_of_the_same_method_and_path_that_is_older(self):
        save(), save(path="/people/")
        before = save()
        save(method="GET")
        asked = save()
        save()
        self.assertEqual(finding.before_it(asked), before)

    def test_there_is_none(self):
        self.assertIsNone(finding.before_it(save()))


class FileTests(TestCase):
    def setUp(self):
        self.path = Path(self.enterContext(tempfile.TemporaryDirectory()), "trace.json")

    def read(self, text):
        self.path.write_text(text, encoding="utf-8")
        return finding.stored_or_file(str(self.path))

    def test_what_the_command_writes_and_what_the_page_gives(self):
        data = sample().as_data()
        for text, title in (
            (json.dumps({"request": "GET /, answered 200", "trace": data}), "GET /, answered 200"),
            (json.dumps(data), "trace.json"),
        ):
            found, trace = self.read(text)
            self.assertEqual((found, trace.as_text()), (title, sample().as_text()))

    def test_what_is_none(self):
        for text, message in (
            ("nonsense", "is no file of JSON"),
            ("[]", "holds no trace"),
            ("{}", "holds no trace"),
            ('{"nodes": [], "version": 99}', "holds no trace"),
            ("\x00", "is no file of JSON"),
        ):
            with self.subTest(text), self.assertRaisesMessage(NotFoundError, message):
                self.read(text)
        with self.assertRaisesMessage(NotFoundError, "is no id of a trace, and no file: No such file"):
            finding.stored_or_file("nowhere/trace.json")

    def test_an_id(self):
        stored = save()
        self.assertEqual(finding.stored_or_file(stored.pk)[0], "POST /register/, answered 302")
