"""Find a trace that is stored, or kept in a file, by what somebody typed."""

import json
import re
from pathlib import Path

from django.utils.translation import override

from signal_inspector import conf
from signal_inspector.models import StoredTrace
from signal_inspector.requests.store import QUIET
from signal_inspector.traces.later.attempts import outcome, wait
from signal_inspector.traces.later.following import Part
from signal_inspector.traces.trace import Trace

OTHER_VERSION = "This trace was stored by another version of the program."


class NotFoundError(Exception):
    """Nothing was found, or too much; the message says which, in a sentence."""


def stored(key=""):
    """
    Return a trace (``StoredTrace``).

    Args:
        key (str): its id, or the beginning of it; "" for the newest request in which something fired, whose tree
            tells of the work that was left for later, too; where there is none, for the newest of such work.

    Raises:
        NotFoundError: where there is none, or where several begin so.
    """
    if not key:
        fired = StoredTrace.objects.exclude(QUIET)
        newest = fired.filter(work="").first() or fired.first()
        if newest is None:
            raise NotFoundError(
                "There is no such trace: nothing has fired in a request that was recorded. "
                f"The middleware records requests, and the newest {conf.keep()} in which something fired are kept."
            )
        return newest
    found = list(StoredTrace.objects.filter(pk__startswith=key)[:2])
    if not found:
        text = f"The newest {conf.keep()} in which something fired are kept, and as many others"
        raise NotFoundError(f"There is no such trace. {text}, where the middleware records requests.")
    if len(found) > 1:
        raise NotFoundError(f"More than one trace begins with {key!r}. Give more of its id.")
    return found[0]


def headline(found):
    """
    Return what a stored trace is of, in an English line: ``"POST /register/, answered 302"``.

    Of work that a receiver left for later: which attempt it was, by which process, of which request, and how it ended.
    """
    if not found.work:
        return f"{found.label}, answered {found.status}"
    attempt = found.attempt
    with override(None):
        ended, waited = outcome(attempt), wait(attempt.waited)
    told = f"attempt {attempt.number} by {attempt.process}, after a wait of {waited}: {ended}"
    return f"{found.path}{_came_from(found)}, {told}"


def _came_from(found):
    """Return which request has left some work for later; "" where it came from none that was recorded."""
    if not found.part_of:
        return ""
    whole = StoredTrace.objects.filter(pk=found.part_of).only("method", "path").first()
    return (
        f" for {whole.label} ({whole.pk})" if whole else f" for a request that is not kept any more ({found.part_of})"
    )


def trace_of(found):
    """
    Return the tree (``Trace``) of a stored trace.

    Raises:
        NotFoundError: where another version of the program stored it.
    """
    try:
        return found.trace
    except ValueError:
        raise NotFoundError(OTHER_VERSION) from None


def parts_of(key):
    """Return the stored traces of work that was left for later in the trace of an id, without their larger columns."""
    return StoredTrace.objects.filter(part_of=key).exclude(work="").defer("data", "edges", "summary")


def all_parts_of(found):
    """Return each ``Part`` that other processes did for a stored trace, and that others did for those in turn."""
    parts, asked = [], {found.pk} if leaves_work(trace_of(found)) else set()
    seen = set(asked)
    while asked:  # a statement for each level
        rows = StoredTrace.objects.filter(part_of__in=asked).exclude(work="").defer("edges", "summary")
        new = [Part(row.part_of, row.attempt, _trace_or_none(row)) for row in rows if row.pk not in seen]
        asked = {each.attempt.trace for each in new if each.trace is not None and leaves_work(each.trace)}
        seen |= {each.attempt.trace for each in new}
        parts += new
    return parts


def leaves_work(trace):
    """Tell whether a receiver in a trace has left its work for later."""
    return any(node.more.work for node, _depth in trace.walk())


def _trace_or_none(found):
    try:
        return trace_of(found)
    except NotFoundError:
        return None


def stored_or_file(text):
    """
    Return a trace as a pair: what it is of (str), and the ``Trace``.

    Args:
        text (str): the path of a file of JSON, as ``trace_signals --format json`` and the pages write it; or the id
            of a stored trace, or the beginning of one.

    Raises:
        NotFoundError: where there is none, or where it can't be read.
    """
    path = Path(text)
    if re.fullmatch("[0-9a-f]{1,32}", text) and not path.is_file():
        found = stored(text)
        return headline(found), trace_of(found)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFoundError(f"{text!r} is no id of a trace, and no file: {error.strerror}.") from error
    except ValueError as error:
        raise NotFoundError(f"{text!r} is no file of JSON.") from error
    try:
        whole = data if "nodes" in data else data["trace"]
        return data.get("request", path.name), Trace.from_data(whole)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotFoundError(f"{text!r} holds no trace that this version can read.") from error


def before_it(found):
    """Return the newest trace of the same method and path that is older than one, None where there is none."""
    same = StoredTrace.objects.filter(method=found.method, path=found.path, stored_at__lte=found.stored_at)
    return same.exclude(pk=found.pk).first()
