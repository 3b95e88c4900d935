"""Where the bars of a trace lie in time, and the scale above them."""

from django.utils import formats
from django.utils.translation import gettext as _

THINNEST = 0.4  # per cent of the width: what is shorter would not be seen
LONG, MATTERS = 0.1, 0.5  # of the whole
STEPS = (1, 2, 5)
MOST_MARKS = 5


class Timeline:
    """
    The time of a trace, from left to right, without the long pauses.

    Attributes:
        pauses (list): the places where they would be, as SVG takes them: "12.500%".
        left_out (str): how long they are together, in words; "" for none.
        scale (list): pairs of a place and the milliseconds there.
    """

    def __init__(self, whole):
        """Measure a trace as it ran (``Step``)."""
        self._pauses = long_pauses(whole)
        seconds = sum(end - begin for begin, end in self._pauses)
        self._total = (whole.duration - seconds) or 0.001
        self.left_out = milliseconds(seconds) if seconds else ""
        self.pauses = [self.place(begin) for begin, _end in self._pauses]
        self.scale = [(percent(seconds / self._total * 100), text) for seconds, text in marks(self._total)]

    def bar(self, start, end):
        """Return where a bar begins and how wide it is, from seconds: ("12.500%", "0.400%")."""
        start = self._place(start)
        width = max(self._place(end) - start, THINNEST)
        return percent(min(start, 100 - width)), percent(width)

    def place(self, seconds):
        """Return where a moment lies: "12.500%"."""
        return percent(self._place(seconds))

    def _place(self, seconds):
        for begin, end in reversed(self._pauses):
            seconds -= min(max(seconds - begin, 0), end - begin)
        return min(max(seconds / self._total, 0), 1) * 100


def long_pauses(whole):
    """
    Return the long times in which nothing fired, as pairs of beginning and end in seconds.

    A registration hashes a password for 300 ms, and all that fires takes 10: the bars would be dots at the edge. So
    pauses of a tenth are left out, if they are more than half of the whole together.
    """
    found, reached = [], 0.0
    spans = sorted((step.start, step.end) for step in whole.children if step.moment is None and step.ran)
    for start, end in [*spans, (whole.duration, whole.duration)] if spans else ():
        if start - reached > whole.duration * LONG:
            found.append((reached, start))
        reached = max(reached, end)
    return found if sum(end - begin for begin, end in found) > whole.duration * MATTERS else []


def marks(seconds):
    """Return the round marks of a scale: pairs of the seconds and the milliseconds as text; five of them or fewer."""
    total, power = seconds * 1000, 10.0**-6
    while True:
        for step in STEPS:
            if total / (step * power) <= MOST_MARKS:
                step *= power
                return [(step * number / 1000, f"{step * number:g}") for number in range(int(total / step) + 1)]
        power *= 10


def percent(number):
    """Return a number as a length of SVG."""
    return f"{number:.3f}%"


def milliseconds(seconds):
    """Return a time as text: "4.3 ms", "< 0.1 ms"."""
    text = _("< %(number)s ms") if 0 < seconds < 0.00005 else _("%(number)s ms")
    return text % {"number": formats.number_format(max(seconds * 1000, 0.1 if seconds else 0), 1)}
