import json
import re

from django.template.loader import render_to_string
from django.test import TestCase, override_settings
from django.urls import reverse

from signal_inspector.exporting.formats import FORMATS
from signal_inspector.models import StoredTrace
from signal_inspector.tests.exporting.test_formats import hostile
from signal_inspector.tests.support import Site, leaving, sample, save, save_work, site
from signal_inspector.traces.trace import Trace


@override_settings(DEBUG=True)
@site
class ExportTests(Site, TestCase):
    def take(self, stored, name):
        return self.client.get(reverse("signal_inspector:export", args=[stored.pk, name]))

    def test_a_file_that_can_tell_it_tells_what_other_processes_did(self):
        whole = save(leaving())
        save_work(whole=whole)
        for name, statements in (("html", 2), ("chrome", 2), ("svg", 1)):
            with self.subTest(name), self.assertNumQueries(statements):
                text = self.take(whole, name).content.decode()
            self.assertEqual("worker 7 on web-2" in text, name != "svg")
            self.assertIn("left for later", text)

    def test_each_format_has_its_type_and_its_name_in_one_statement(self):
        stored = save()
        for name, form in FORMATS.items():
            with self.subTest(name):
                with self.assertNumQueries(1):
                    response = self.take(stored, name)
                self.assertEqual(response.headers["Content-Type"], form.content_type)
                self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
                how = "inline" if form.is_shown else "attachment"
                self.assertEqual(
                    response.headers["Content-Disposition"],
                    f'{how}; filename="signals-{stored.pk[:8]}.{form.ending}"',
                )

    def test_what_would_run_or_be_styled_is_stored_and_not_shown(self):
        stored = save(hostile())
        for name in ("html", "svg"):
            self.assertIn("attachment", self.take(stored, name).headers["Content-Disposition"])

    def test_the_json_is_the_trace(self):
        data = json.loads(self.take(save(), "json").content)
        self.assertEqual(Trace.from_data(data).as_text(), sample().as_text())

    def test_the_title_is_the_request(self):
        self.assertContains(self.take(save(), "svg"), "POST /register/, answered 302")

    def test_what_is_not_there(self):
        stored = save()
        with self.assertLogs("django.request"):
            self.assertEqual(self.take(stored, "pdf").status_code, 404)
            StoredTrace.objects.update(data='{"version": 99}')
            self.assertEqual(self.take(stored, "json").status_code, 404)
            StoredTrace.objects.all().delete()
            self.assertEqual(self.take(stored, "json").status_code, 404)

    def test_the_menu_of_a_trace_has_all_of_them(self):
        stored = save()
        menu = render_to_string("signal_inspector/includes/take_along.html", {"stored": stored})
        self.assertCountEqual(re.findall(r"/as/([a-z]+)/", menu), FORMATS)
