"""For tests that watch fields or connect families."""

import copy
from contextlib import contextmanager
from unittest import mock

from listening import families, watching


@contextmanager
def restored():
    """
    Forget, when a block is over, which fields were watched and which families were connected in it.

    The signals keep their receivers: those are the test's to disconnect.
    """
    watches = {model: type(watch)(*map(copy.copy, watch)) for model, watch in watching._watches.items()}
    with (
        mock.patch.dict(watching._watches, watches),
        mock.patch.dict(families._connections),
        mock.patch.object(families, "_members", set(families._members)),
    ):
        yield
