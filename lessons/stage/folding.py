"""
What happened, in as many steps as a person wants to take.

Left out are signals that nobody of the project hears, savepoints, and transactions of one statement. What receivers of
Django and of packages do is one step each, if they write anything. Receivers that did nothing else, one after the
other, are one step, and so are functions that waited for the commit.

The answer goes out before the signal of its end is sent: what hears that one comes after the answer.
"""

from dataclasses import dataclass, field

from lessons.stage import happenings
from lessons.stage.happenings import CALLED, MOMENT, RETURNED, RUN, SENT, STATEMENT, WAITS, is_projects_own, is_quiet
from lessons.stage.mailing import MAIL

ARRIVES, ANSWERED, OVER, QUIET, RAN, FOREIGN = ("arrives", "answered", "over", "quiet", "ran", "foreign")
READ, WRITE, WORK, BEGIN, END = ("read", "write", "work", "begin", "end")
HANDED, MAILED = ("handed", "mailed")
BESIDE = {"work": WORK, MAIL: MAILED}  # kinds of moments
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


@dataclass
class Step:
    """
    One step.

    Attributes:
        kind (str): "sent", "called", "returned", "waits" and so on; one of those above.
        happenings (list): each ``Happening`` that it tells of, at least one but at the ends and the answer.
        in_transaction (bool): whether a transaction is open, after it.
        number (int): from 1.
    """

    kind: str
    happenings: list = field(default_factory=list)
    in_transaction: bool = False
    number: int = 0

    @property
    def nodes(self):
        """The nodes that it tells of."""
        return [each.node for each in self.happenings]

    @property
    def what(self):
        """The first statement or moment, if it tells of any."""
        return self.happenings[0].what if self.happenings else None


def steps_of(trace):
    """Return each ``Step`` of a trace of a request, in order."""
    told = happenings.in_order(trace)
    end = next((place for place, each in enumerate(told) if each.is_after_the_answer), len(told))
    keepers = {node.name for node in happenings.keepers_of(trace)}
    before, after = _folded(told[:end], keepers), _folded(told[end:], keepers)
    steps = [Step(ARRIVES), *before, Step(ANSWERED), *after, Step(OVER)]
    for number, step in enumerate(steps, 1):
        step.number = number
    return steps


def _folded(told, keepers):
    found, short, is_open = [], _short_transactions(told), False
    for each in told:
        kind = None if id(each) in short or _is_left_out(each) else _kind(each, keepers)
        if kind is None:
            continue
        is_open = kind == BEGIN or (is_open and kind != END)
        if found and _goes_with(found[-1], kind, each):
            found[-1].happenings.append(each)
        else:
            found.append(Step(kind, [each], is_open))
    return found


def _is_left_out(each):
    """Tell whether a step above tells of it, or none."""
    return any(node.kind == "receiver" and not is_projects_own(node) for node in each.parents) or (
        each.kind == STATEMENT and each.node is not None and _is_foreign(each.node)
    )


def _is_foreign(node):
    return node.kind == "receiver" and not is_projects_own(node)


def _kind(each, keepers):
    """Return the kind of step that tells of something, None if none does."""
    node = each.node
    if each.kind == STATEMENT:
        return WRITE if verb(each.what) in WRITES else READ if verb(each.what) == "SELECT" else None
    if each.kind == MOMENT:
        if each.what.kind in BESIDE:
            return BESIDE[each.what.kind]
        return {"BEGIN": BEGIN, "COMMIT": END, "ROLLBACK": END}.get(each.what.name)
    if each.kind == SENT:
        return SENT if any(not _is_foreign(child) or not _is_silent(child) for child in node.children) else None
    if each.kind == CALLED:
        if _is_foreign(node):
            return None if _is_silent(node) else FOREIGN
        return QUIET if is_quiet(node) else CALLED
    if each.kind == RETURNED:
        return RETURNED if not _is_foreign(node) and (_has_sent(node) or node.error) else None
    if each.kind == WAITS:
        return WAITS if each.parent is None else None
    if each.kind == RUN and node.name.partition(".<locals>.")[0] in keepers:
        return HANDED
    if each.kind == RUN and not happenings.runs_at_once(node, each.parents):
        return RAN if is_quiet(node) else None if _only_sends(node) else RUN
    return None


def _is_silent(node):
    """Tell whether a receiver, and all that it set off, wrote nothing."""
    return not any(verb(each) in WRITES for inner, _depth in node.walk() for each in inner.more.statements)


def _has_sent(node):
    return any(child.kind == "signal" for child in node.children)


def _only_sends(node):
    return not node.queries and len([child for child in node.children if child.kind == "signal"]) == 1


def _goes_with(step, kind, each):
    """Tell whether something belongs to the step before it."""
    if step.kind != kind or kind not in (QUIET, RAN, READ, MAILED):
        return False
    last = step.happenings[-1]
    if kind == MAILED:
        return last.what.place == each.what.place
    return kind == RAN or (last.parent is each.parent and (kind == QUIET or last.node is each.node))


def _short_transactions(told):
    """Return the ids of each BEGIN and its COMMIT between which there is a statement, and nothing else."""
    found, begun = set(), None
    for each in told:
        if each.kind == MOMENT and each.what.name == "BEGIN":
            begun, between = each, []
        elif each.kind == MOMENT and each.what.name == "COMMIT" and begun is not None:
            if len(between) == 1 and between[0].kind == STATEMENT:
                found |= {id(begun), id(each)}
            begun = None
        elif begun is not None:
            between.append(each)
    return found


def verb(statement):
    """Return the first word of a statement, in capitals."""
    return statement.sql.split(maxsplit=1)[0].upper() if statement.sql else ""
