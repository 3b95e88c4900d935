"""What the two sides of an exhibit cost: counts, which are the same each time, and a ratio of times, which is not."""

from dataclasses import dataclass
from statistics import median

CLEAR = 1.15  # a smaller factor is not told from noise
AGREEING = 0.8  # of the rounds


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
        """Return the cost of what a trace tells, which was recorded with details."""
        counts = trace.counts()
        around = sum(moment.queries for moment in trace.moments)  # in SQLite a BEGIN is a statement like others
        return cls(counts["signals"], counts["receivers"], counts["queries"] - around)


@dataclass(frozen=True)
class Ratio:
    """
    How many times as long the slower side took.

    Attributes:
        slower (str): "naive" or "right": by the median, and in most rounds; "" where that can't be told.
        factor (float): the median of the rounds.
        least (float), most (float): of the rounds.
        rounds (int): how often both were run, one right after the other.
        agreeing (int): in how many the same side was the slower one.
    """

    slower: str
    factor: float
    least: float
    most: float
    rounds: int
    agreeing: int


def ratio_of(times):
    """Return the ``Ratio`` of pairs of seconds, naive and right, of which there is at least one."""
    factors = sorted(naive / right for naive, right in times)
    slower = "naive"
    if median(factors) < 1:
        slower, factors = "right", [1 / factor for factor in reversed(factors)]
    factor, agreeing = median(factors), sum(each > 1 for each in factors)
    if factor < CLEAR or agreeing < AGREEING * len(factors):
        slower = ""
    return Ratio(slower, factor, factors[0], factors[-1], len(factors), agreeing)
