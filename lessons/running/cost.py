"""What the two sides of an exhibit cost: counts, which are the same each time, and a ratio of times, which is not."""

from dataclasses import dataclass
from statistics import median

CLEAR = 1.15  # a smaller factor is not told from noise


@dataclass(frozen=True)
class Cost:
    """
    What one run took.

    Attributes:
        signals (int): how many were sent that somebody heard.
        receivers (int): how often a receiver was called.
        statements (int): how many the database was asked, without those that only begin or end a transaction.
    """

    signals: int
    receivers: int
    statements: int

    @classmethod
    def of(cls, trace):
        """Return the cost of what a trace tells."""
        counts = trace.counts()
        around = sum(moment.queries for moment in trace.moments)  # in SQLite a BEGIN is a statement like others
        return cls(counts["signals"], counts["receivers"], counts["queries"] - around)


@dataclass(frozen=True)
class Ratio:
    """
    The time of the naive side in times of the right one's.

    Attributes:
        middle (float): the median of the rounds.
        least (float), most (float): of the rounds.
        rounds (int): how often both were run.
    """

    middle: float
    least: float
    most: float
    rounds: int

    @property
    def slower(self):
        """The name of the side that took longer in every round, and clearly in the middle one; else ""."""
        if self.least > 1 and self.middle >= CLEAR:
            return "naive"
        if self.most < 1 and self.middle <= 1 / CLEAR:
            return "right"
        return ""

    @property
    def factor(self):
        """How many times as long the slower side took, at least 1."""
        return max(self.middle, 1 / self.middle)

    @property
    def range(self):
        """The least and the most of the same factor."""
        return (1 / self.most, 1 / self.least) if self.middle < 1 else (self.least, self.most)


def ratio_of(times):
    """Return the ``Ratio`` of pairs of seconds, naive and right."""
    found = sorted(naive / right for naive, right in times)
    return Ratio(median(found), found[0], found[-1], len(found))
