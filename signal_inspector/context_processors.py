"""What templates of a project may show of the inspector: whether one may see it, and what fired last."""

from django.http import HttpRequest
from django.utils.functional import cached_property

from signal_inspector.models import StoredTrace
from signal_inspector.requests import store, strip
from signal_inspector.requests.access import may_see


class Inspector:
    """
    The inspector as templates see it, ``signal_inspector``. It asks the database when asked itself.

    Args:
        request (HttpRequest): who asks.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def is_open(self) -> bool:
        """Whether the pages may be seen."""
        return may_see(getattr(self.request, "user", None))

    @property
    def newest(self) -> list[StoredTrace]:
        """The newest three traces of what fired, none for those who may not see them, or if there is no table."""
        return store.glance(3) if self.is_open else []

    @property
    def sent_before(self) -> dict[str, str | int] | None:
        """The facts of the form that was sent before this page, if that set anything off: see ``strip.facts``."""
        facts = strip.before(self.request) if self.is_open else None
        return facts if facts and facts["label"].startswith("POST ") and facts["signals"] else None

    @cached_property
    def kept(self) -> set[str]:
        """The ids of the traces that are kept (a set), of none for those who may not see them."""
        return store.kept() if self.is_open else set()


def inspector(request: HttpRequest) -> dict[str, Inspector]:
    """Add ``signal_inspector`` to the context of templates."""
    return {"signal_inspector": Inspector(request)}
