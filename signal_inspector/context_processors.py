"""What templates of a project may show of the inspector: whether one may see it, and what fired last."""

from signal_inspector.requests import store
from signal_inspector.requests.access import may_see


class Inspector:
    """
    The inspector as templates see it, ``signal_inspector``. It asks the database when asked itself.

    Args:
        request (HttpRequest): who asks.
    """

    def __init__(self, request):
        self.request = request

    @property
    def is_open(self):
        """Whether the pages may be seen."""
        return may_see(getattr(self.request, "user", None))

    @property
    def newest(self):
        """The newest three traces of what fired, none for those who may not see them, or if there is no table."""
        return store.glance(3) if self.is_open else []


def inspector(request):
    """Add ``signal_inspector`` to the context of templates."""
    return {"signal_inspector": Inspector(request)}
