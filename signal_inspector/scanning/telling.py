"""What the scan and the checks have found, as text and as JSON."""

import shutil

from signal_inspector.scanning.files import shown
from signal_inspector.scanning.findings import KNOWN, VERSION

MOST_MODELS = 3  # named above their places; of an abstract model there may be many


def lines(bypassed, checks, with_tests=False):
    """
    Yield the lines of a text, without what a baseline knows.

    Args:
        bypassed (iterable): pairs of a ``Bypassed`` and its ``Finding``.
        checks (list): each ``Finding`` of a check.
        with_tests (bool): whether places in tests are named, too; else they are counted.
    """
    found = [each for each, finding in bypassed if finding.state != KNOWN]
    yield from grouped(found, shutil.get_terminal_size((120, 24)).columns, with_tests)
    for each in checks:
        if each.state != KNOWN:
            yield (
                f"{shown(each.path)}:{each.line}: {each.rule} {each.text}" if each.path else f"{each.rule} {each.text}"
            )
    if found:
        yield summary(found, with_tests)


def grouped(found, width, with_tests=False):
    """
    Yield the lines of places: models and what is skipped, then each place.

    Args:
        found (list): each ``Bypassed``.
        width (int): of the terminal; the code of a place is cut there.
        with_tests (bool): whether places in tests are named, too; else they are counted.
    """
    groups = {}
    for each in found:
        groups.setdefault((tuple(each.models), tuple(each.skipped)), []).append(each.place)
    in_tests_last = sorted(groups.items(), key=lambda pair: (all(each.is_test for each in pair[1]), pair[0][0]))
    for (models, skipped), places in in_tests_last:
        named = [place for place in places if with_tests or not place.is_test]
        if named:
            yield _models(models)
            yield from (f"    {_skips(each)}" for each in skipped)
            yield from _table(named, width)
            if others := len(places) - len(named):
                yield f"  and {_counted(others, 'place')} in tests"
            yield ""


def _skips(skipped):
    every = "  (every model)" if skipped.every else ""
    return f"skips {skipped.signal or 'method':11} {skipped.name}  {skipped.where}{every}"


def _table(places, width):
    size, kind = (
        max(map(len, column)) for column in zip(*((each.where, each.operation) for each in places), strict=True)
    )
    for place in places:
        yield f"  {place.where:{size}}  {place.operation:{kind}}  {place.code}"[: max(width, size + kind + 20)]


def _models(models):
    if not models:
        return "A model that the source does not tell"
    more = len(models) - MOST_MODELS
    return ", ".join(models[:MOST_MODELS]) + (f" and {more} more" if more > 0 else "")


def summary(found, with_tests=False):
    """Return a sentence that counts the places; ``with_tests`` says whether those in tests were named."""
    receivers = len({each.name for one in found for each in one.skipped})
    tests = sum(each.place.is_test for each in found)
    places = f"{_counted(len(found), 'place')} write{'s' if len(found) == 1 else ''} without signals"
    skipped = "1 receiver or method is skipped" if receivers == 1 else f"{receivers} receivers and methods are skipped"
    if not tests:
        return f"{places}: {skipped}."
    return f"{places}, {tests} of them in tests{'' if with_tests else ' (--all names them)'}: {skipped}."


def _counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def compared(findings, gone):
    """Return a sentence on findings against a baseline."""
    known = sum(each.state == KNOWN for each in findings)
    return f"{len(findings) - known} new, {known} known, {gone} of the baseline gone."


def as_data(bypassed, checks):
    """Return the same as plain data, whatever a baseline knows."""
    return {
        "version": VERSION,
        "bypassed": [_place(each) | _state(finding) for each, finding in bypassed],
        "checks": [_check(each) | _state(each) for each in checks],
    }


def _place(found):
    place = found.place
    return {
        "path": shown(place.path),
        "line": place.line,
        "column": place.column,
        "inside": place.inside,
        "code": place.code,
        "operation": place.operation,
        "models": found.models,
        "skipped": [
            {"signal": each.signal, "name": each.name, "where": each.where, "every_model": each.every}
            for each in found.skipped
        ],
    }


def _check(finding):
    return {
        "id": finding.rule,
        "path": shown(finding.path) if finding.path else "",
        "line": finding.line,
        "subject": finding.subject,
        "text": finding.text,
    }


def _state(finding):
    return {"state": finding.state} if finding.state else {}
