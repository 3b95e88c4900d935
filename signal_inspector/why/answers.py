"""An answer to the question why a receiver was not called."""

from dataclasses import asdict, dataclass


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
