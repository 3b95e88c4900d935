"""Findings against a baseline, and as SARIF."""

import json
import tempfile
from pathlib import Path

from django.test import SimpleTestCase

from signal_inspector.scanning import findings
from signal_inspector.scanning.findings import CHANGED, KNOWN, NEW, Finding

HERE = __file__


def finding(subject="run: Order.objects.update()", line=3, details=("post_save shop.hear",), path=HERE):
    return Finding("bypassed.update", path, line, "It skips.", subject, list(details))


class BaselineTests(SimpleTestCase):
    def setUp(self):
        self.path = Path(self.enterContext(tempfile.TemporaryDirectory()), "baseline.json")

    def states(self, *found, against):
        findings.write(against, self.path)
        gone = findings.compare(found, self.path)
        return [each.state for each in found], gone

    def test_what_is_in_it_is_known_wherever_its_line_is(self):
        self.assertEqual(self.states(finding(line=80), against=[finding()]), ([KNOWN], 0))

    def test_what_is_not_in_it_is_new(self):
        self.assertEqual(self.states(finding(), finding("other"), against=[finding()]), ([KNOWN, NEW], 0))

    def test_a_second_one_alike_is_new(self):
        self.assertEqual(self.states(finding(), finding(line=4), against=[finding()]), ([KNOWN, NEW], 0))

    def test_one_that_skips_a_further_receiver_has_changed(self):
        more = finding(details=("post_save shop.hear", "post_save shop.added"))
        self.assertEqual(self.states(more, against=[finding()]), ([CHANGED], 0))
        self.assertEqual(self.states(finding(), against=[more]), ([KNOWN], 0))

    def test_what_is_gone_is_counted(self):
        self.assertEqual(self.states(against=[finding(), finding("other")]), ([], 2))

    def test_the_file_changes_with_what_is_found_alone(self):
        findings.write([finding(), finding("other")], self.path)
        first = self.path.read_text()
        findings.write([finding("other", line=50), finding(line=9)], self.path)
        self.assertEqual(self.path.read_text(), first)
        self.assertNotIn(str(Path(HERE).parents[3]), first)  # it is the same on another machine

    def test_what_is_no_baseline_is_refused(self):
        for text in (None, "", "{}", "[]", '{"findings": [1]}'):
            if text is not None:
                self.path.write_text(text)
            with self.subTest(text), self.assertRaisesMessage(ValueError, "There is no baseline in"):
                findings.compare([], self.path)


class SarifTests(SimpleTestCase):
    def test_it_says_what_and_where(self):
        one = finding()
        one.state = NEW
        log = findings.sarif([one, finding(line=9), finding(path="", line=0)], {"bypassed.update": "Skips."})
        self.assertEqual((log["version"], len(log["runs"])), ("2.1.0", 1))
        json.dumps(log)
        (run,) = log["runs"]
        self.assertEqual(
            run["tool"]["driver"]["rules"], [{"id": "bypassed.update", "shortDescription": {"text": "Skips."}}]
        )
        first, second, third = run["results"]
        self.assertEqual((first["ruleId"], first["level"]), ("bypassed.update", "warning"))
        self.assertEqual(first["message"], {"text": "It skips."})
        self.assertEqual((first["baselineState"], "baselineState" in second), ("new", False))
        place = first["locations"][0]["physicalLocation"]
        self.assertEqual(place["region"], {"startLine": 3})
        self.assertTrue(place["artifactLocation"]["uri"].endswith("tests/scanning/test_findings.py"))
        prints = [each["partialFingerprints"]["signalInspector/v1"] for each in run["results"]]
        self.assertEqual(len(set(prints)), 3)
        self.assertNotIn("locations", third)

    def test_a_fingerprint_stays_when_lines_move(self):
        prints = [
            findings.sarif([finding(line=line)], {})["runs"][0]["results"][0]["partialFingerprints"]
            for line in (3, 30)
        ]
        self.assertEqual(*prints)
