"""What the two sides of an exhibit cost: counts, which are the same each time, and a ratio of times, which is not."""

from dataclasses import dataclass
from statistics import median

CLEAR = 1.15  # a smaller factor is not told from noise
SHORTEST = 0.001  # seconds: below that the clock tells more of the machine than of the code
FEWEST = 5  # rounds: of fewer nothing is claimed
CUT = 0.1  # of the rounds, at each end: what is left are most of them


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
        slower (str): "naive" or "right": by the median, and in each of most rounds; "" where that can't be told.
        factor (float): the median of the rounds.
        least (float), most (float): of most rounds, which are those without the tenth at each end.
        rounds (int): how often both were run, one right after the other.
        is_short (bool): whether both took less than ``SHORTEST``; then nothing is claimed.
    """

    slower: str
    factor: float
    least: float
    most: float
    rounds: int
    is_short: bool = False


def ratio_of(times):
    """Return the ``Ratio`` of pairs of seconds, naive and right, of which there is at least one."""
    factors = sorted(naive / right for naive, right in times)
    slower = "naive"
    if median(factors) < 1:
        slower, factors = "right", [1 / factor for factor in reversed(factors)]
    cut = int(CUT * len(factors))
    least, most = factors[cut], factors[-1 - cut]
    is_short = all(median(side) < SHORTEST for side in zip(*times, strict=True))
    if is_short or len(factors) < FEWEST or median(factors) < CLEAR or least <= 1:
        slower = ""
    return Ratio(slower, median(factors), least, most, len(factors), is_short)
