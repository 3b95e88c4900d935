"""
What each step says to somebody who knows no signals.

Everything in the sentences is recorded, or is the first sentence of a docstring: that of a receiver, or the contract
of a signal.
"""

from dataclasses import dataclass, field

from django.apps import apps
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lessons.stage import folding, happenings, rows
from lessons.stage.excerpts import excerpt
from signal_inspector.connected import catalogue
from signal_inspector.reading.places import app_of, split_name

MODELS = "django.db.models.signals"


@dataclass
class Sentence:
    """
    What a step says.

    Attributes:
        title (str): what happens, in a few words.
        text (str): HTML: what that means.
        items (list): of several functions that are told of together, the name and what it is for.
    """

    title: str
    text: str
    items: list = field(default_factory=list)


def sentence(step, trace):
    """Return the ``Sentence`` of a step (``Step``) of a trace."""
    return SENTENCES[step.kind](step, trace)


def _arrives(step, trace):
    text = _(
        "Somebody has filled in the form and pressed the button. The function {view} answers, and looks first at "
        "what was typed."
    )
    return Sentence(_("A browser sends the registration form"), format_html(text, view=_code("register")))


def _answered(step, trace):
    text = _(
        "The browser is sent on to the profile. Behind that one form were {signals} signals, {receivers} calls of "
        "receivers, {callbacks} callbacks after the commit and {queries} statements; what only Django and its "
        "packages do among themselves was left out here."
    )
    return Sentence(_("The answer goes out"), format_html(text, **trace.counts()))


def _read(step, trace):
    tables = _list(sorted({rows.table_of(each.what) for each in step.happenings}))
    asker = step.what.place
    if asker is None:
        text = format_html(_("They are of {tables}. Reading changes nothing."), tables=tables)
    else:
        told = _("{asker} reads {tables}. Reading changes nothing.")
        text = format_html(told, asker=_code(asker.name), tables=tables)
    return Sentence(_("Rows are read"), text)


def _work(step, trace):
    share = round(100 * step.what.duration / trace.duration) if trace.duration else 0
    text = _(
        "That is slow on purpose, so that nobody can try out millions: it takes {share} % of the whole time here. "
    )
    after = (
        _("A transaction is open meanwhile.")
        if step.in_transaction
        else _("No transaction is open yet, so nobody has to wait for this one.")
    )
    titles = {"password hashed": _("The password is hashed"), "password checked": _("The password is checked")}
    return Sentence(
        titles.get(step.what.name, step.what.name), format_html(text + "{after}", share=share, after=after)
    )


def _begin(step, trace):
    return Sentence(
        _("BEGIN: a transaction opens"),
        _(
            "What is written from here on belongs together: all of it will count, or nothing. Until then nobody else "
            "sees it."
        ),
    )


def _end(step, trace):
    if step.what.name == "ROLLBACK":
        return Sentence(_("ROLLBACK: all is taken back"), _("What was written since BEGIN is as if it never was."))
    return Sentence(
        _("COMMIT: now it is true"),
        _(
            "All that was written since BEGIN is in the database for good, and everybody sees it. What waited for "
            "this moment can run."
        ),
    )


def _sent(step, trace):
    node = step.nodes[0]
    listeners = [child for child in node.children if child.kind == "receiver"]
    number = ngettext(
        "{number} receiver listens, and is called.",
        "{number} receivers listen, and are called one after the other.",
        len(listeners),
    )
    parts = {"signal": _code(node.short_name), "model": _model(node), "number": len(listeners)}
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
    node = step.nodes[0]
    text = _("Whoever saved is still waiting: a receiver runs before the code that sent the signal goes on.")
    return Sentence(_("%(receiver)s is done") % {"receiver": node.short_name}, text)


def _quiet(step, trace):
    nodes = step.nodes
    if len(nodes) == 1:
        text = format_html("{} {}", _job(nodes[0]), _("Here it sends nothing and asks the database nothing."))
        return Sentence(_("%(receiver)s is called") % {"receiver": nodes[0].short_name}, _with_waiting(text, nodes))
    title = _("%(number)d receivers are called") % {"number": len(nodes)}
    text = _with_waiting(
        _("One after the other. Here none of them sends anything or asks the database anything."), nodes
    )
    return Sentence(title, text, _items(nodes))


def _with_waiting(text, nodes):
    """Add which of some nodes leave a function for after the commit."""
    names = [node.short_name for node in nodes if happenings.left_by(node)]
    if not names:
        return text
    left = format_html(_("{names} leaves the rest of its work for after the commit."), names=_list(names))
    return format_html("{} {}", text, left)


def _waits(step, trace):
    node = step.nodes[0]
    text = _(
        "Others shall hear of it only when it is true. So {name} is put aside with {method}: it comes after the "
        "commit, and never if there is none."
    )
    return Sentence(
        _("%(name)s waits for the commit") % {"name": node.short_name},
        format_html(text, name=_code(node.short_name), method=_code("on_commit()")),
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
    return Sentence(_("%(name)s is run") % {"name": _short(node)}, _("It was put aside for after the commit."))


def _foreign(step, trace):
    node = step.nodes[0]
    changed = [
        f"{rows.table_of(each)}.{column}" for each in rows.writes_of(step) for column in rows.what_is_done(each)[1]
    ]
    inside = [each for each, _depth in node.walk() if each is not node]
    signals = sum(each.kind == "signal" for each in inside)
    called = sorted({each.short_name for each in inside if each.kind == "receiver"})
    text = format_html(
        _("This receiver is not the project's: it is in {module}."), module=_code(split_name(node.name)[0])
    )
    if changed:
        text = format_html("{} {}", text, format_html(_("It writes {columns}."), columns=_list(changed)))
    if signals:
        more = ngettext(
            "That sends {number} signal more, and calls {names} once more.",
            "That sends {number} signals more, and calls {names} once more.",
            signals,
        )
        text = format_html("{} {}", text, format_html(more, number=signals, names=_list(called)))
    return Sentence(_("%(receiver)s is called") % {"receiver": node.short_name}, text)


def _write(step, trace):
    table, done = rows.table_of(step.what), rows.what_is_done(step.what)
    titles = {
        "new": _("A new row in %(table)s"),
        "changed": _("A row of %(table)s is changed"),
        "deleted": _("A row of %(table)s is deleted"),
    }
    if step.in_transaction:
        state = _("It is not committed: only this connection sees it.")
    else:
        state = _("It is committed at once: no larger transaction is open.")
    changed = format_html(_("Written: {columns}. "), columns=_list(done[1])) if done[1] else ""
    return Sentence(titles[done[0]] % {"table": table}, format_html("{}{}", changed, state))


def _items(nodes):
    return [(_short(node), _summary(node)) for node in nodes]


def _job(node):
    """Say what a receiver is for, in the words of its docstring, and in which app it is."""
    app = app_of(split_name(node.name)[0])
    name = app or node.name.partition(".")[0]
    where = format_html(_("A receiver of the app {app}.") if app else _("A receiver of {app}."), app=_code(name))
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
        return _code(apps.get_model(label)._meta.object_name)
    except (LookupError, ValueError):
        return _code(label)


def _code(text):
    return format_html("<code>{}</code>", text)


def _list(names):
    return format_html(", ".join("{}" for _name in names), *map(_code, names))


SENTENCES = {
    folding.ARRIVES: _arrives,
    folding.READ: _read,
    folding.WORK: _work,
    folding.BEGIN: _begin,
    folding.END: _end,
    happenings.SENT: _sent,
    happenings.CALLED: _called,
    happenings.RETURNED: _returned,
    folding.QUIET: _quiet,
    happenings.WAITS: _waits,
    folding.RAN: _ran,
    happenings.RUN: _run,
    folding.FOREIGN: _foreign,
    folding.WRITE: _write,
    folding.ANSWERED: _answered,
}
