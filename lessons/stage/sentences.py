"""
What each step says to somebody who knows no signals.

Everything in the sentences is recorded, or is the first sentence of a docstring: that of a receiver, or the contract
of a signal.
"""

from django.apps import apps
from django.utils.html import format_html, format_html_join
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lessons.stage import around, folding, happenings, rows
from lessons.stage.around import Sentence, code, listed
from lessons.stage.excerpts import excerpt
from listening.durability import connected_durable
from signal_inspector.connected import catalogue
from signal_inspector.reading.places import app_of, split_name

MODELS = "django.db.models.signals"


def sentence(step, trace):
    """Return the ``Sentence`` of a step (``Step``) of a trace."""
    return SENTENCES[step.kind](step, trace)


def _sent(step, trace):
    node = step.nodes[0]
    listeners = [child for child in node.children if child.kind == "receiver"]
    number = ngettext(
        "{number} receiver listens, and is called.",
        "{number} receivers listen, and are called one after the other.",
        len(listeners),
    )
    parts = {"signal": code(node.short_name), "model": _model(node), "number": len(listeners)}
    if node.name == f"{MODELS}.pre_save":
        told = _(
            "A {model} is about to be written. Django says so first, by {signal}: whoever listens may still change it."
        )
    elif node.name == f"{MODELS}.post_save" and node.details.get("created"):
        told = _(
            "A new {model} was written, and Django says so by {signal}. The code that saved it does not know who "
            "listens."
        )
    elif node.name == f"{MODELS}.post_save":
        told = _("A {model} was written again, and Django says so by {signal}.")
    else:
        told, parts["when"] = "{when}", catalogue.known(node.name).when
    return Sentence(_("%(signal)s is sent") % {"signal": node.short_name}, format_html(f"{told} {number}", **parts))


def _called(step, trace):
    node = step.nodes[0]
    return Sentence(_("%(receiver)s is called") % {"receiver": node.short_name}, _job(node))


def _returned(step, trace):
    [each] = step.happenings
    node, signal = each.node, each.parent
    if each.is_after_the_answer:
        waiting = _("The answer is out: no visitor waits for this. The process does, before it takes another request.")
    elif signal.name in (f"{MODELS}.pre_save", f"{MODELS}.post_save"):
        waiting = _("Whoever saved is still waiting: a receiver runs before the code that sent the signal goes on.")
    else:
        waiting = format_html(
            _("The code that sent {signal} is still waiting: a receiver runs before it goes on."),
            signal=code(signal.short_name),
        )
    if not node.error:
        return Sentence(_("%(receiver)s is done") % {"receiver": node.short_name}, waiting)
    title = _("%(receiver)s raises %(error)s") % {"receiver": node.short_name, "error": node.error}
    if "robust" in signal.how:
        return Sentence(title, format_html(_("{how} logs that, and goes on."), how=code(f"{signal.how}()")))
    return Sentence(
        title, _("The code that sent the signal gets the error, and receivers behind this one do not run.")
    )


def _quiet(step, trace):
    nodes, kept = step.nodes, _kept(step, trace)
    if len(nodes) == 1:
        title, items = _("%(receiver)s is called") % {"receiver": nodes[0].short_name}, []
        parts = [_job(nodes[0]), "" if kept else _("Here it sends no signal and asks the database nothing.")]
    else:
        title, items = _("%(number)d receivers are called") % {"number": len(nodes)}, _items(nodes)
        parts = [_("One after the other. Here none of them sends a signal or asks the database anything.")]
    parts += [_left([node.short_name for node in nodes if happenings.left_by(node)]), _noted(kept)]
    return Sentence(title, format_html_join(" ", "{}", ([part] for part in parts if part)), items)


def _left(names):
    """Tell which receivers leave a function for after the commit."""
    if not names:
        return ""
    return format_html(_("{names} leaves the rest of its work for after the commit."), names=listed(names))


def _noted(names):
    """Tell which receivers return at once since they are run later."""
    if not names:
        return ""
    text = _(
        "Durable: {names}. What such a receiver has to do was written down before the commit, so it returns at once, "
        "and is run from its row."
    )
    return format_html(text, names=listed(names))


def _kept(step, trace):
    """Return the names of the receivers of a step that were noted before the commit, and so do nothing when called."""
    signal = step.happenings[0].parent
    durable = _durable_of(signal.name) if happenings.keepers_of(trace) else ()
    return [node.short_name for node in step.nodes if node.name in durable]


def _durable_of(name):
    """Return the names of the durable receivers of an event, as it is connected today."""
    try:
        return {each.label for each in connected_durable(import_string(name))}
    except ImportError:
        return set()


def _handed(step, trace):
    node = step.nodes[0]
    event = step.happenings[0].parent
    names = sorted(name.rpartition(".")[2] for name in _durable_of(event.name))
    tables = {rows.table_of(each) for keeper in happenings.keepers_of(trace) for each in keeper.more.statements}
    inside = (each for inner, _depth in node.walk() for each in inner.more.statements)
    if any(folding.verb(each) == "UPDATE" and rows.table_of(each) in tables for each in inside):
        what = _("Here this process does so itself, at once and before the answer.")
    else:
        what = _(
            "This process does not do so: it leaves the rows to a worker. Whatever that one does, such as to send a "
            "mail, is not in this recording, and the answer does not wait for it."
        )
    text = _("What was noted before the commit has to be run: {names}.") if names else "{names}"
    return Sentence(_("The durable receivers are due"), format_html(text + " {what}", names=listed(names), what=what))


def _waits(step, trace):
    node = step.nodes[0]
    text = _(
        "Others shall hear of it only when it is true. So {name} is put aside with {method}: it comes after the "
        "commit, and never if there is none."
    )
    return Sentence(
        _("%(name)s waits for the commit") % {"name": node.short_name},
        format_html(text, name=code(node.short_name), method=code("on_commit()")),
    )


def _ran(step, trace):
    nodes = step.nodes
    if len(nodes) == 1:
        return _run(step, trace)
    title = _("%(number)d functions that waited are run") % {"number": len(nodes)}
    return Sentence(
        title, _("They were put aside before the commit. Here they ask the database nothing."), _items(nodes)
    )


def _run(step, trace):
    node = step.nodes[0]
    text = _("It was put aside for after the commit.")
    if node.error:
        text = format_html("{} {}", text, _("It raises {error}.").format(error=node.error))
    return Sentence(_("%(name)s is run") % {"name": _short(node)}, text)


def _foreign(step, trace):
    node = step.nodes[0]
    changed = [
        f"{rows.table_of(each)}.{column}" for each in rows.writes_of(step) for column in rows.what_is_done(each)[1]
    ]
    inside = [each for each, _depth in node.walk() if each is not node]
    signals = sum(each.kind == "signal" for each in inside)
    called = sorted({each.short_name for each in inside if each.kind == "receiver"})
    text = format_html(
        _("This receiver is not the project's: it is in {module}."), module=code(split_name(node.name)[0])
    )
    if changed:
        text = format_html("{} {}", text, format_html(_("It writes {columns}."), columns=listed(changed)))
    if signals:
        more = ngettext(
            "That sends {number} signal more, and calls {names} once more.",
            "That sends {number} signals more, and calls {names} once more.",
            signals,
        )
        text = format_html("{} {}", text, format_html(more, number=signals, names=listed(called)))
    return Sentence(_("%(receiver)s is called") % {"receiver": node.short_name}, text)


def _items(nodes):
    return [(_short(node), _summary(node)) for node in nodes]


def _job(node):
    """Say what a receiver is for, in the words of its docstring, and in which app it is."""
    app = app_of(split_name(node.name)[0])
    name = app or node.name.partition(".")[0]
    where = format_html(_("A receiver of the app {app}.") if app else _("A receiver of {app}."), app=code(name))
    summary = _summary(node)
    return format_html(_("{where} Its job: “{summary}”"), where=where, summary=summary) if summary else where


def _summary(node):
    """Return what a function is for, in the words of its docstring; of a callback without one, who gave it."""
    function = excerpt(*split_name(node.name))
    if function and function.summary:
        return function.summary
    if node.kind == "callback" and node.more.origin is not None:
        return _("given by %(function)s()") % {"function": node.more.origin.name}
    return ""


def _short(node):
    """The name of a function, with that of the one around it if it is a local one."""
    name = split_name(node.name)[1]
    return name.rpartition(".<locals>.")[2] if "<lambda>" not in name else name.replace(".<locals>.", ": ")


def _model(node):
    label = node.sender or node.instance.partition(":")[0]
    try:
        return code(apps.get_model(label)._meta.object_name)
    except (LookupError, ValueError):
        return code(label)


SENTENCES = {
    folding.ARRIVES: around.arrives,
    folding.READ: around.read,
    folding.WORK: around.work,
    folding.BEGIN: around.begin,
    folding.END: around.end,
    happenings.SENT: _sent,
    happenings.CALLED: _called,
    happenings.RETURNED: _returned,
    folding.QUIET: _quiet,
    happenings.WAITS: _waits,
    folding.RAN: _ran,
    happenings.RUN: _run,
    folding.FOREIGN: _foreign,
    folding.WRITE: around.write,
    folding.MAILED: around.mailed,
    folding.HANDED: _handed,
    folding.ANSWERED: around.answered,
    folding.OVER: around.over,
}
