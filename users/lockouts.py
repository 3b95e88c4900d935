"""Failed logins are counted in the cache, and a cache that can't be reached keeps nobody out."""

import logging

from asgiref.sync import sync_to_async
from axes.backends import AxesStandaloneBackend
from axes.handlers.cache import AxesCacheHandler
from django.views.decorators.debug import sensitive_variables

logger = logging.getLogger(__name__)


class LockoutBackend(AxesStandaloneBackend):
    """
    Axes' backend, which asynchronous code can ask too.

    ``await aauthenticate(request, ...)`` calls the ``aauthenticate()`` of every backend, and that of django-axes 8.3.1
    has none. The failure itself is counted by a receiver of ``user_login_failed``, however that is sent.
    """

    @sensitive_variables("password", "credentials")
    async def aauthenticate(self, request, username=None, password=None, **credentials):
        """Do as ``authenticate()`` does: return None, or raise PermissionDenied while the account is locked."""
        return await sync_to_async(self.authenticate)(request, username, password, **credentials)


class LenientCacheHandler(AxesCacheHandler):
    """
    Axes' handler, which counts nothing while the cache is away.

    The other choice would be to refuse every login, of those who mend the cache too, and to end registrations with an
    error after the account was made. An attacker who can stop the cache gains tries at passwords meanwhile; the log
    of errors tells.
    """

    def get_failures(self, request, credentials=None):
        """Return the number of failures, 0 if it is not to be had."""
        return self._lenient(super().get_failures, request, credentials) or 0

    def user_login_failed(self, *args, **kwargs):
        """Count a failure."""
        self._lenient(super().user_login_failed, *args, **kwargs)

    def user_logged_in(self, *args, **kwargs):
        """Forget the failures before a login."""
        self._lenient(super().user_logged_in, *args, **kwargs)

    def reset_attempts(self, **kwargs):
        """Forget failures, and return how many."""
        return self._lenient(super().reset_attempts, **kwargs) or 0

    def _lenient(self, function, *args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Exception:  # each cache backend has errors of its own
            logger.exception("Failed logins can't be counted, or a receiver of user_locked_out has failed.")
            return None
