"""What was raised in a trial, in sentences: where it came out, who caught it, what was not called behind it."""

from django.utils.translation import gettext as _

from signal_inspector.reading.places import readable
from signal_inspector.requests.paths import printable
from signal_inspector.traces.nodes import CALLBACK, SIGNAL
from signal_inspector.traces.running import as_run

MOST = 3  # sentences of a kind
LONGEST = 300  # characters of a message
MOST_NAMES = 6  # in one sentence


def of_error(as_it_is, changed):
    """Return sentences on the exception that comes out, in one text; [] where none does in either."""
    if changed.out_of_time:
        return [str(changed.error)]
    if changed.error is as_it_is.error is None:
        return []
    if changed.error_name == as_it_is.error_name:
        return [_("It raises %(error)s with and without the changes.") % {"error": changed.error_name}]
    if changed.error is None:
        return [_("%(error)s, which it raises as it is, does not come.") % {"error": as_it_is.error_name}]
    sentences = [_("It ends with %(error)s, which whoever called it gets.") % {"error": changed.error_name}]
    sentences += [str(changed.error) if changed.on_purpose else told(changed.error)]
    if _rollbacks(changed) > _rollbacks(as_it_is):
        sentences.append(_left_atomic(changed))
    if any(_is_after_the_commit(step) for step in _origins(changed)):
        sentences.append(_("It came after the commit: what was written before stays."))
    return [" ".join(sentences)]


def told(error):
    """Return the name of the type of an exception, and its message, cut where it is long."""
    message = printable(str(error)).strip()
    message = message if len(message) <= LONGEST else f"{message[:LONGEST]}…"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def of_caught(as_it_is, changed):
    """Return sentences on what was raised with the changes alone and did not come out: who has caught it."""
    before = {step.node.name for step in _origins(as_it_is)}
    told = [sentence for step in _origins(changed) if step.node.name not in before if (sentence := _caught(step))]
    if changed.error is None:
        out = [step for step in _origins(changed) if step.node.name not in before and not _caught(step)]
        told += [
            _("%(receiver)s raised %(error)s, which the code around it has caught.") % _named(step) for step in out
        ]
    return list(dict.fromkeys(told))[:MOST]


def missed(as_it_is, changed):
    """
    Return who was not called, since a receiver before them raised, with the changes alone.

    Returns:
        A list of pairs: a sentence, and the names (a list). What was called elsewhere can be among them.
    """
    known = {(node.name, node.sender, *node.more.missed) for node, _depth in as_it_is.trace.walk()}
    found = {}
    for step in as_run(changed.trace).walk():
        node = step.node
        if node is None or not node.more.missed or (node.name, node.sender, *node.more.missed) in known:
            continue
        last = next((each.node for each in reversed(step.children) if each.node is not None and each.node.error), None)
        words = {"receiver": _short(last.name) if last else "", "names": _cut(map(_short, node.more.missed))}
        words |= {"signal": node.short_name, "sender": node.sender or _("any sender")}
        text = _("Behind %(receiver)s in %(signal)s of %(sender)s, not called: %(names)s.") % words
        found.setdefault(text, list(node.more.missed))
    return list(reversed(found.items()))[:MOST]  # the innermost first


def _short(name):
    return readable(name)[1]


def _cut(names):
    names = list(names)
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (_(" and %d more") % more if more > 0 else "")


def _rollbacks(outcome):
    return sum(moment.name.startswith("ROLLBACK") for moment in outcome.trace.moments)


def _left_atomic(outcome):
    """Return the sentence on the outermost ``atomic()`` that an exception left."""
    moments = [each for each in outcome.trace.moments if each.name.startswith("ROLLBACK")]
    outermost = next((each for each in moments if each.name == "ROLLBACK"), moments[-1])
    if outermost.place is not None:
        text = _(
            "On its way out it left an atomic() in the code (%(place)s), which took back what was written inside."
        )
        return text % {"place": outermost.place}
    if outcome.atomic:
        return _("On its way out it left the atomic() around it all, which took back what was written.")
    return _("On its way out it left an atomic() of Django's own, which took back what was written inside.")


def _origins(outcome):
    """Return the steps that something was raised in first: those in which nothing else raised it."""
    failed = [step for step in as_run(outcome.trace).walk() if step.node is not None and step.node.error]
    return [step for step in failed if step.node.kind != SIGNAL and not any(_failed(each) for each in step.children)]


def _failed(step):
    return step.node is not None and bool(step.node.error)


def _is_after_the_commit(step):
    while step.parent is not None:
        if step.node.kind == CALLBACK and "robust" not in step.node.how:
            return True
        step = step.parent
    return False


def _caught(step):
    """Return the sentence on who has caught what was raised in a step, "" for nobody in this trial."""
    words = _named(step)
    while step.node is not None:
        above = step.parent
        if step.node.kind == CALLBACK and "robust" in step.node.how:
            text = _(
                "%(receiver)s raised %(error)s after the commit: on_commit(robust=True) has caught and logged it, and "
                "what ran goes on."
            )
            return text % words
        if above.node is not None and not above.node.error:
            if above.node.kind == SIGNAL:
                words |= {"signal": above.node.short_name, "how": above.node.how}
                text = _(
                    "%(receiver)s raised %(error)s in %(signal)s: %(how)s() has caught and logged it, the other "
                    "receivers run, and whoever sent the signal goes on."
                )
            else:
                words |= {"other": _short(above.node.name)}
                text = _("%(receiver)s raised %(error)s, which %(other)s has caught.")
            return text % words
        step = above
    return ""


def _named(step):
    return {"receiver": _short(step.node.name), "error": step.node.error}
