"""What is found, from the checks and from the scan alike: against a baseline, and as SARIF 2.1.0."""

import json
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from signal_inspector.reading.places import short_path
from signal_inspector.scanning.files import shown

VERSION = 1
KNOWN, NEW, CHANGED = "unchanged", "new", "updated"  # the words of SARIF


@dataclass
class Finding:
    """
    Something that is found.

    Attributes:
        rule (str): the kind of it: "bypassed.update", "signal_inspector.W004".
        path (str), line (int): where it is; "" and 0 if that is not known.
        text (str): a sentence.
        subject (str): what stays the same when lines move: the function and the code, or the receiver.
        details (list): names of what it concerns. If there are further ones, it is new as well.
        state (str): what it is against a baseline, "" if there is none.
    """

    rule: str
    path: str
    line: int
    text: str
    subject: str
    details: list = field(default_factory=list)
    state: str = ""

    @property
    def is_new(self):
        """Tell whether a baseline has it not, or without one of its details."""
        return self.state in (NEW, CHANGED)

    @property
    def key(self):
        """Return what it is recognised by, on any machine."""
        return f"{self.rule} {short_path(self.path)} {self.subject}"


def of_bypassed(found):
    """Return the ``Finding`` of a ``Bypassed``."""
    names = [f"{each.signal} {each.name}".strip() for each in found.skipped]
    models = ", ".join(found.models) or "a model that the source does not tell"
    receivers = ", ".join(dict.fromkeys(each.name for each in found.skipped)) or "any receiver: there is none"
    place = found.place
    operation = f"{place.operation}()" if place.operation.islower() else place.operation
    text = f"{operation} of {models} does not call {receivers}."
    subject = f"{place.inside}: {place.code}" if place.inside else place.code
    return Finding(f"bypassed.{place.operation}", place.path, place.line, text, subject, names)


def compare(findings, path):
    """
    Set the state of findings against a baseline, and return how many of it are gone.

    Raises:
        ValueError: if the file is not there, or no baseline.
    """
    try:
        recorded = json.loads(Path(path).read_text(encoding="utf-8"))
        known = [(each["key"], set(each["details"])) for each in recorded["findings"]]
    except (OSError, KeyError, TypeError, ValueError) as error:
        told = f"There is no baseline in {path}. --write-baseline {path} writes one."
        raise ValueError(told) from error
    left = Counter(key for key, _details in known)
    details = {}
    for key, names in known:
        details.setdefault(key, set()).update(names)
    for each in findings:
        each.state = NEW if not left[each.key] else KNOWN if details[each.key].issuperset(each.details) else CHANGED
        left[each.key] -= left[each.key] > 0
    return left.total()


def write(findings, path):
    """Write findings as a baseline: in a stable order and without lines, so that it changes with them alone."""
    told = sorted(({"key": each.key, "details": sorted(each.details)} for each in findings), key=json.dumps)
    text = json.dumps({"version": VERSION, "findings": told}, indent=1, ensure_ascii=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def sarif(findings, rules):
    """
    Return findings as a SARIF log, a dict.

    Args:
        findings (list): each ``Finding``.
        rules (dict): a sentence for each rule.
    """
    described = [{"id": name, "shortDescription": {"text": str(text)}} for name, text in sorted(rules.items())]
    driver = {"name": "django-signal-inspector", "rules": described}
    counts, results = Counter(), []
    for each in findings:
        counts[each.key] += 1
        results.append(_result(each, counts[each.key]))
    run = {"tool": {"driver": driver}, "results": results}
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _result(finding, number):
    result = {
        "ruleId": finding.rule,
        "level": "warning",
        "message": {"text": finding.text},
        "partialFingerprints": {"signalInspector/v1": sha256(f"{finding.key} {number}".encode()).hexdigest()},
    }
    if finding.path:
        path = Path(shown(finding.path))
        file = {"uri": path.as_uri()} if path.is_absolute() else {"uri": quote(str(path)), "uriBaseId": "%SRCROOT%"}
        place = {"artifactLocation": file, "region": {"startLine": max(finding.line, 1)}}
        result["locations"] = [{"physicalLocation": place}]
    if finding.state:
        result["baselineState"] = finding.state
    return result
