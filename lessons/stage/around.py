"""What the steps say that are around the signals: the request, its transactions and statements, mail that is sent."""

from dataclasses import dataclass, field

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lessons.stage import rows


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


def arrives(step, trace):
    """The form is sent."""
    text = _(
        "Somebody has filled in the form and pressed the button. The function {view} answers, and looks first at "
        "what was typed."
    )
    return Sentence(_("A browser sends the registration form"), format_html(text, view=code("register")))


def answered(step, trace):
    """The answer goes out."""
    text = _("The browser is sent on to the profile. Whoever sent the form waits no longer.")
    return Sentence(_("The answer goes out"), text)


def over(step, trace):
    """The end, with how much there was of everything."""
    text = _(
        "Behind that one form were {signals} signals, {receivers} calls of receivers, {callbacks} callbacks after the "
        "commit and {queries} statements; what only Django and its packages do among themselves was left out here."
    )
    return Sentence(_("That was all"), format_html(text, **trace.counts()))


def read(step, trace):
    """Rows are read."""
    tables = listed(sorted({rows.table_of(each.what) for each in step.happenings}))
    asker = step.what.place
    if asker is None:
        text = format_html(_("They are of {tables}. Reading changes nothing."), tables=tables)
    else:
        told = _("{asker} reads {tables}. Reading changes nothing.")
        text = format_html(told, asker=code(asker.name), tables=tables)
    return Sentence(_("Rows are read"), text)


def work(step, trace):
    """A password is hashed or checked."""
    share = round(100 * step.what.duration / trace.duration) if trace.duration else 0
    text = _(
        "That is slow on purpose, so that nobody can try out millions: it takes {share} % of the whole time here. "
    )
    after = (
        _("A transaction is open meanwhile.")
        if step.in_transaction
        else _("No transaction is open, so nobody else has to wait for this.")
    )
    titles = {"password hashed": _("The password is hashed"), "password checked": _("The password is checked")}
    return Sentence(
        titles.get(step.what.name, step.what.name), format_html(text + "{after}", share=share, after=after)
    )


def begin(step, trace):
    """A transaction begins."""
    return Sentence(
        _("BEGIN: a transaction opens"),
        _(
            "What is written from here on belongs together: all of it will count, or nothing. Until then nobody else "
            "sees it."
        ),
    )


def end(step, trace):
    """A transaction ends."""
    if step.what.name == "ROLLBACK":
        return Sentence(_("ROLLBACK: all is taken back"), _("What was written since BEGIN is as if it never was."))
    return Sentence(
        _("COMMIT: now it is true"),
        _(
            "All that was written since BEGIN is in the database for good, and everybody sees it. What waited for "
            "this moment can run."
        ),
    )


def write(step, trace):
    """A row is written."""
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
    changed = format_html(_("Written: {columns}. "), columns=listed(done[1])) if done[1] else ""
    return Sentence(titles[done[0]] % {"table": table}, format_html("{}{}", changed, state))


def mailed(step, trace):
    """Mail is sent."""
    number, place = len(step.happenings), step.what.place
    title = ngettext("A mail is sent", "%(number)d mails are sent", number) % {"number": number}
    sender = code(place.name) if place else _("Some package")
    text = _("{sender} hands it over, as it would to a mail server.")
    when = (
        _("The transaction is open still: a rollback would not take the mail back.")
        if step.in_transaction
        else _("No transaction is open: what the mail tells of is committed.")
    )
    kept = _("For this recording mails were kept in memory, so nobody has got it.")
    return Sentence(title, format_html(text + " {when} {kept}", sender=sender, when=when, kept=kept))


def code(text):
    """Return a text as code, in HTML."""
    return format_html("<code>{}</code>", text)


def listed(names):
    """Return names as code, with commas between them, in HTML."""
    return format_html(", ".join("{}" for _name in names), *map(code, names))
