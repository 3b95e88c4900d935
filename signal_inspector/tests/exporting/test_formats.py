import json
from xml.etree import ElementTree

from django.test import SimpleTestCase

from signal_inspector.exporting.formats import FORMATS
from signal_inspector.tests.support import POST_SAVE, make_trace, node, sample
from signal_inspector.tests.traces.test_folding import nested
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL, Detail, Statement
from signal_inspector.traces.trace import Trace

HOSTILE = '</title><script>alert(\'&"""</script>;%%\\N{BULLET}#\n\x00\ud800end'


def hostile():
    """Return a trace whose names are those of somebody who means harm."""
    signal = node(
        SIGNAL, f"shop.{HOSTILE}", how=HOSTILE, sender=HOSTILE, instance=HOSTILE, details={"action": HOSTILE}
    )
    receiver = node(RECEIVER, f"shop.{HOSTILE}", error=HOSTILE, detail=Detail())
    receiver.detail.statements = [Statement(HOSTILE, 0.0, 0.0, None)]
    signal.add(receiver)
    receiver.add(node(CALLBACK, f"shop.{HOSTILE}", how="on_commit", ran=False))
    return make_trace(signal, unheard={(HOSTILE, HOSTILE): 1})


class FormatTests(SimpleTestCase):
    def test_each_takes_any_trace(self):
        for name, form in FORMATS.items():
            for trace in (sample(), hostile(), make_trace(), nested(400, "again")):
                with self.subTest(name):
                    self.assertGreater(len(form.convert(trace, "GET /people/, answered 200")), 40)

    def test_json_is_the_trace_itself(self):
        text = FORMATS["json"].convert(sample(), "title")
        self.assertEqual(Trace.from_data(json.loads(text)).as_text(), sample().as_text())

    def test_what_a_browser_shows_is_plain_text(self):
        for name, form in FORMATS.items():
            with self.subTest(name):
                self.assertEqual(form.is_shown, form.content_type.startswith("text/plain"))

    def test_names_can_do_no_harm(self):
        for name, form in FORMATS.items():
            text = form.convert(hostile(), HOSTILE)
            text.encode()
            self.assertNotIn("\x00", text)
            if name in ("html", "svg"):
                self.assertNotIn("<script", text)
        ElementTree.fromstring(FORMATS["svg"].convert(hostile(), HOSTILE))

    def test_the_trace_stays_as_it_is(self):
        trace = sample()
        before = trace.as_data()
        for form in FORMATS.values():
            form.convert(trace, "title")
        self.assertEqual(trace.as_data(), before)

    def test_a_trace_that_nobody_recorded_with_a_time(self):
        trace = make_trace(node(SIGNAL, POST_SAVE, node(RECEIVER, "shop.f")))
        for form in FORMATS.values():
            form.convert(trace, "title")
