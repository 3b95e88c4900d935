"""The signals of a page, in sections that fold: what most people look for first, the noise of the framework last."""

from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from signal_inspector.connected.catalogue import AUTH, CORE, MODELS
from signal_inspector.connected.senders import MODEL
from signal_inspector.reading.places import is_projects_own, readable

ROWS, OWN, ACCOUNTS, REQUESTS, PACKAGES, FRAMEWORK = "rows own accounts requests packages framework".split()
TITLES = {
    ROWS: _("A row is saved, changed or deleted"),
    OWN: _("This project's own signals"),
    ACCOUNTS: _("Somebody logs in or out"),
    REQUESTS: _("Requests and connections"),
    PACKAGES: _("Signals of installed packages"),
    FRAMEWORK: _("Migrations, tests, and the rest of Django"),
}
OPEN = (ROWS, OWN)  # at first
FEW = 3  # signals: so many are shown open, as they are what was looked for

FIRST = "post_save pre_save m2m_changed pre_delete post_delete pre_init post_init class_prepared".split()
OF_REQUESTS = ("request_started", "request_finished", "got_request_exception", "connection_created")


@dataclass
class Item:
    """
    A signal on the page.

    Attributes:
        signal (SignalInfo): the signal.
        anchor (str): its id in the page.
        receivers (list): each receiver, with its ``Source`` or None.
        is_open (bool): whether its receivers are shown at first.
        place (str): what tells where it stands in a model's life: see ``life.py``; "" in the list of all.
        seen (int): in how many stored traces the model has sent it.
    """

    signal: object
    anchor: str
    receivers: list
    is_open: bool = False
    place: str = ""
    seen: int = 0

    @property
    def names(self):
        """What a search looks at: the names of the signal and of its receivers."""
        return names_of(self.signal)

    @property
    def hearers(self):
        """The last parts of the names of its receivers, each once, in the order in which they are called."""
        names = [readable(each.name)[1] for each in self.signal.receivers if each.name]
        return ", ".join(dict.fromkeys(names))


@dataclass
class Section:
    """A part of the page: a title, whether it is unfolded at first, and each ``Item``."""

    title: str
    is_open: bool
    items: list = field(default_factory=list)


def names_of(signal):
    """Return the names of a signal and of its receivers, as one text in small letters."""
    return " ".join([signal.name, *(each.name for each in signal.receivers)]).lower()


def mentions(signal, words):
    """Tell whether each word of a text stands in the name of a signal or of one of its receivers."""
    names = names_of(signal)
    return all(word in names for word in words.lower().split())


def items(found, sources):
    """
    Return the ``Item`` of each signal.

    Args:
        found (list): triples of the ``SignalInfo``, what tells its place, and in how many traces it was sent.
        sources (dict): the source of receivers, by their names.
    """
    seen, made = Counter(), []
    for signal, place, times in found:
        name = "-".join(signal.name.split())
        seen[name] += 1
        anchor = name if seen[name] == 1 else f"{name}-{seen[name]}"
        receivers = [(each, sources.get(each.name)) for each in signal.receivers]
        made.append(Item(signal, anchor, receivers, len(found) <= FEW, place, times))
    return made


def of_all(found):
    """Return the sections of all items, with ``post_save`` and the project's own first. A few are shown unfolded."""
    sections = {key: Section(str(title), key in OPEN or len(found) <= FEW) for key, title in TITLES.items()}
    for item in found:
        sections[_section_of(item.signal)].items.append(item)
    sections[ROWS].items.sort(key=lambda item: FIRST.index(item.signal.short_name))
    sections[OWN].items.sort(key=lambda item: not item.receivers)  # what nobody hears comes last
    return [section for section in sections.values() if section.items]


def _section_of(signal):
    if signal.module == MODELS and signal.short_name in FIRST:
        return ROWS
    if is_projects_own(signal.file):
        return OWN
    if signal.module == AUTH:
        return ACCOUNTS
    if signal.short_name in OF_REQUESTS and signal.module in (CORE, "django.db.backends.signals"):
        return REQUESTS
    return FRAMEWORK if signal.module.partition(".")[0] == "django" else PACKAGES


def models_of(signals):
    """Return the labels of the models that receivers of the project are connected to, those of most of them first."""
    counts = Counter(
        each.sender
        for signal in signals
        for each in signal.receivers
        if each.sender_kind == MODEL and is_projects_own(each.file)
    )
    return [label for label, _times in counts.most_common()]
