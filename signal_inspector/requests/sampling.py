"""Which requests are recorded: asked first of all, before anything is made for a record."""

from random import random

from signal_inspector import conf


def is_recorded(request):
    """Tell whether a request is recorded: by the share of them that is, and by its path."""
    share = conf.share(request)
    chosen = share >= 1 or random() < share  # noqa: S311 - no secret hangs on it
    return chosen and not request.path.startswith(conf.ignored())
