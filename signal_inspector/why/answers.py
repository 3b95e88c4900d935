"""All answers to the question why a receiver was not called, with what to do."""

from dataclasses import asdict, dataclass, replace

from django.utils.translation import gettext_lazy as _

EARLY = _("If it did not do what you expect, it may have returned early: look at raw, created and update_fields.")
IDLE = _("If it is called and does nothing, look at raw, created and update_fields in it, and at its conditions.")
THROUGH = _("The through model sends it: connect with sender=Model.field.through.")
BOTH = _("Connect it to that class, too; or to every sender, and look at the sender in the receiver.")
SENT_WHERE = _("Look for the code that sends it, and for the conditions there.")
UNRELATED = _(
    "If it was to hear of %(sender)s: no signal was sent for a row of that. Nothing is sent by %(silent)s, nor for "
    "rows that the database itself changes."
)
SILENT = _(
    "%(signal)s was not sent while this was recorded. Nothing is sent for a row by %(silent)s, save(update_fields=[])."
)
IN_READY = _("Call it in the ready() method of the app's configuration.")

UNRUN = _(
    "Django awaits what is an async def function, and no other: connect the method itself, as audit.__call__, or mark "
    "the object with inspect.markcoroutinefunction. A generator is never run: take the yield out."
)

# Which it is, with a word after a colon where there are several of a kind: what it says, and what to do.
TEXTS = {
    "called": (_("%(name)s was called."), EARLY),
    "called:often": (_("%(name)s was called %(times)d times."), EARLY),
    "wrapper-called": (
        _(
            "It is inside of %(wrapper)s, which was called by %(signal)s. Whether that went on to call it can't be "
            "seen from here."
        ),
        _("Look at what the wrapper asks before it calls. With functools.wraps it would bear the receiver's name."),
    ),
    "never-awaited": (
        _("%(name)s was called and returned a %(what)s that nobody runs: nothing in it has happened."),
        UNRUN,
    ),
    "never-awaited:sender": (
        _("%(name)s was called and returned a %(what)s: unless the sender runs that, nothing in it has happened."),
        UNRUN,
    ),
    "raised": (_("It raised %(errors)s."), ""),
    "waits-for-commit": (
        _("What it left to run after the commit was not run: %(names)s."),
        _("The transaction was not committed while this was recorded, or it was rolled back."),
    ),
    # Nothing can reach it.
    "muted": (
        _("Its connection to %(signal)s is muted now."),
        _("Look for a block or a decorator that mutes receivers, in this thread or in another."),
    ),
    "sender-gone": (
        _("The sender that it is connected to for %(signal)s is gone."),
        _("Keep the sender alive, and connect to the class itself."),
    ),
    "never-sent": (_("%(signal)s never calls it: %(reason)s"), ""),
    "sender-unknown": (
        _(
            "Its sender for %(signal)s can't be told from here: it is no class, module or object that can be seen. It "
            "may be gone, or be a text, a number or a tuple, which are compared by identity."
        ),
        _("Connect it to a class, or to every sender, and look at the sender in the receiver."),
    ),
    "swapped-out": (
        _("It is connected to %(sender)s, which this project has swapped for %(other)s."),
        _("Connect with sender=settings.AUTH_USER_MODEL, or the setting of that model."),
    ),
    # It is connected to something else.
    "other-sender": (_("%(signal)s was sent by %(senders)s; the receiver is connected to %(sender)s."), BOTH),
    "other-sender:asked": (
        _("%(call)s sends %(signal)s with the sender %(senders)s; the receiver is connected to %(sender)s."),
        BOTH,
    ),
    "other-sender:through": (_("m2m_changed is never sent by %(sender)s."), THROUGH),
    "other-signal": (_("%(call)s does not send %(signal)s. It sends %(sends)s."), ""),
    "silent-operation": (_("%(call)s sends no %(signal)s."), ""),
    "silent-operations": (
        _("Nothing is sent for a row by %(silent)s."),
        _("Say what was done, or trace it: trace_signals --why … --save app.Model:1."),
    ),
    # It is connected to what was asked about.
    "connected": (_("%(name)s is connected to %(signal)s of %(sender)s: it is called when that sends it."), IDLE),
    "connected:all": (_("%(name)s is connected to %(signal)s of every sender: it is called."), IDLE),
    "connected:wrapped": (
        _("%(wrapper)s is connected to %(signal)s of %(sender)s, and has it inside: that decides whether to call it."),
        _("Look at what the wrapper asks before it calls. With functools.wraps it would bear the receiver's name."),
    ),
    "connected:unrun": (
        _("%(name)s is connected to %(signal)s, and what it returns is a %(what)s that nobody runs."),
        UNRUN,
    ),
    "stopped-before": (
        _("%(other)s raised %(error)s at %(first)s of %(sender)s, so that it ended there: %(signal)s was never sent."),
        _("Fix that receiver, or let it not raise: an exception at %(first)s is a veto."),
    ),
    "broken-off": (
        _(
            "%(first)s of %(sender)s was sent, and no %(signal)s after it: what was done ended between the two, as "
            "where the database refuses a row."
        ),
        _("Look at the exception that was raised."),
    ),
    "raised-elsewhere": (
        _("%(other)s raised %(error)s at %(first)s of %(sender)s. What was to come after that was not done."),
        _("Unless somebody caught it, %(signal)s was to be sent later."),
    ),
    "instead": (_("%(signal)s was not sent, and %(other)s was."), ""),
    "earlier-exception": (
        _("%(other)s, which runs before it, raised %(error)s: %(signal)s of %(sender)s called nobody after that."),
        _("Fix that receiver. If the sender is yours, use send_robust(): it goes on after an exception."),
    ),
    "not-connected-then": (
        _("%(signal)s was sent and %(name)s was not among those who heard it: it was connected later, or muted."),
        _("Look for what connects it, and for disconnect() and muting."),
    ),
    "not-heard-then": (
        _(
            "%(signal)s was sent by %(sender)s, and nobody at all heard it then. Its receivers were off for a while, "
            "as factory_boy's mute_signals() does it, or this one was connected later."
        ),
        _("Look for mute_signals(), for muted receivers, and for tests that empty Signal.receivers."),
    ),
    "after-commit": (
        _("%(signal)s was not sent. It may be sent after the commit, which did not come: %(names)s."),
        _(
            "Let the transaction commit. In a TestCase: captureOnCommitCallbacks(execute=True). With "
            "trace_signals: --after-commit."
        ),
    ),
    "not-sent": (
        _("%(signal)s was not sent while this was recorded."),
        SENT_WHERE,
    ),
    "not-sent:request": (
        _(
            "%(signal)s was not sent while this was recorded. The record of a request begins after request_started "
            "and ends before request_finished, so whether they call their receivers is not in it."
        ),
        "",
    ),
    "not-sent:row": (SILENT, ""),
    "not-sent:members": (
        _(
            "%(signal)s was not sent while this was recorded. Nothing is sent by set() of what is there already, by "
            "add() and remove() of nothing, while nobody is connected or all are muted, nor for rows of the model "
            "between that are written by themselves."
        ),
        "",
    ),
    "not-sent:deletion": (
        _(
            "%(signal)s was not sent while this was recorded. Nothing is sent for a row by %(silent)s. Rows that a "
            "deletion takes along are deleted without being loaded where nobody listens to their own class at that "
            "time, and where the database itself cascades."
        ),
        _("Connect it to the very class whose rows are deleted."),
    ),
    # It is connected to nothing.
    "lazy-sender": (
        _("Its connection to %(signal)s waits for the model %(model)s, which no installed app has."),
        _("Look for a misspelt label, or for an app that is not in INSTALLED_APPS."),
    ),
    "not-imported": (
        _("Nobody has imported %(module)s, so none of its receivers is connected (%(path)s:%(line)d)."),
        _("Import it in the ready() method of the app's configuration, and make sure that this is used."),
    ),
    "uid-taken": (
        _("Its dispatch_uid %(uid)r is taken at %(signal)s by %(other)s: whoever comes second is not connected."),
        _("Give each receiver a dispatch_uid of its own."),
    ),
    "replaced": (
        _(
            "%(path)s:%(line)d connects a function of this name to %(signal)s, and %(path)s:%(again)d replaces it: "
            "the name is taken, so nothing holds the first one, and it is gone. With DEBUG=True a cache of Django's "
            "may keep it alive by chance."
        ),
        _("Give each receiver a name of its own."),
    ),
    "replaced:loop": (
        _(
            "%(path)s:%(line)d connects it to %(signal)s in a loop: each round makes a new function of this name, and "
            "the one before is replaced and gone. With DEBUG=True a cache of Django's may keep it alive by chance."
        ),
        _("Define it once, and connect it in the loop."),
    ),
    "collected": (
        _(
            "It is %(what)s, and connected by a weak reference at %(path)s:%(line)d. Nothing else held it, so it is "
            "gone, or that line was never reached. With DEBUG=True a cache of Django's keeps the last few hundred "
            "receivers alive by chance: such a thing works there and not in production."
        ),
        _("Make it a function at the top of the module, or connect it with weak=False."),
    ),
    "disconnected": (
        _("%(path)s:%(line)d disconnects it from %(signal)s."),
        _("Make sure that it is connected again, even after an exception."),
    ),
    "not-run": (
        _(
            "%(path)s:%(line)d connects it to %(signal)s, and it is not connected now. Whether that line was reached, "
            "or something took it off afterwards, can't be told from here."
        ),
        _("Look for disconnect(), for muted receivers, and for tests that empty Signal.receivers."),
    ),
    "not-run:computed": (
        _(
            "%(path)s:%(line)d connects it to %(signal)s, with a dispatch_uid that is computed, and it is not "
            "connected now. Another receiver may have taken that dispatch_uid."
        ),
        _("Look who has this dispatch_uid: python manage.py signals %(signal)s tells it."),
    ),
    "not-run:branch": (
        _(
            "%(path)s:%(line)d connects it to %(signal)s, inside of %(branch)r (line %(branch_line)d), and it is not "
            "connected: most likely that line was not reached."
        ),
        _("Look at the condition, or at what was raised there."),
    ),
    "not-run:function": (
        _(
            "%(function)s() connects it to %(signal)s (%(path)s:%(line)d), and it is not connected: most likely that "
            "was not called in this process."
        ),
        IN_READY,
    ),
    "not-run:config": (
        _("%(config)s.ready() connects it to %(signal)s (%(path)s:%(line)d), and the app uses %(used)s."),
        _("Name the class in INSTALLED_APPS, or give it default = True."),
    ),
    "not-connected": (
        _("%(name)s is connected to no signal."),
        _("Connect it: @receiver(signal, sender=…) above it, or signal.connect() in ready() of its app."),
    ),
    # What can't be seen, or may happen later.
    "fragile": (
        _(
            "It is connected by a weak reference, and defined inside a function: it goes as soon as nothing else "
            "holds it. With DEBUG=True Django keeps such functions alive by chance, in a cache."
        ),
        _("Define it at the top of the module, or connect it with weak=False."),
    ),
    "trace-full": (
        _("The trace is full: %(left_out)d more were not recorded, and it may be among them."),
        _("Record with more nodes: --max-nodes."),
    ),
    "elsewhere": (
        _("What happens in another process, or in a thread of its own, such as a worker's, is not seen here."),
        "",
    ),
}


@dataclass(frozen=True)
class Answer:
    """
    One answer.

    Attributes:
        id (str): which it is, for programs: "other-sender".
        text (str): a sentence or two.
        hint (str): what to do, "" for nothing.
    """

    id: str
    text: str
    hint: str = ""

    def as_data(self):
        """Return it as a dict."""
        return asdict(self)

    def and_also(self, text):
        """Return the answer with a further sentence."""
        return replace(self, text=f"{self.text} {text}".strip())


def answer(key, hint="", **values):
    """Return the ``Answer`` of a key of ``TEXTS`` with what its text has places for, and maybe another hint."""
    text, usual_hint = TEXTS[key]
    return Answer(key.partition(":")[0], str(text) % values, str(hint or str(usual_hint) % values))
