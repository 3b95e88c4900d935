"""
Database sessions that know whose they are, so that an account's sessions can be closed; a login writes one once.

The shape is the one of Django's documentation, "Extending database-backed session engines".
"""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _


class AccountSession(AbstractBaseSession):
    """A session, and the primary key of the user who is logged in with it, as text."""

    account_id = models.CharField(_("account"), max_length=64, null=True, db_index=True, editable=False)  # noqa: DJ001 - NULL, not "", is a visitor

    class Meta(AbstractBaseSession.Meta):
        app_label = "users"

    @classmethod
    def get_session_store_class(cls):
        """Return the store, as AbstractBaseSession asks."""
        return SessionStore


class SessionStore(DatabaseSessionStore):
    """Django's store, which notes the account beside the data."""

    cache_key_prefix = "users.sessions"

    @classmethod
    def get_model_class(cls):
        """Return the model, as Django's store asks."""
        return AccountSession

    def _validate_session_key(self, key):
        # A cookie can hold NUL, which PostgreSQL raises on; a key of ours holds letters and digits.
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()

    def _get_new_session_key(self):
        # Django asks first whether it is taken. The INSERT that follows tells, and create() then takes another one.
        return get_random_string(32, VALID_KEY_CHARS)

    def cycle_key(self):
        """
        Give the session another key. One that was never stored gets its first one when it is saved.

        Django would store it empty at the login, and with its data at the end of the request: two transactions. So
        a receiver of ``user_logged_in`` may find no key yet, as with Django where somebody else was logged in before.
        """
        if self.session_key is None:
            self.modified = True
        else:
            super().cycle_key()

    def create_model_instance(self, data):
        """Return an unsaved row for the data of a session."""
        session = super().create_model_instance(data)
        session.account_id = data.get(SESSION_KEY)
        return session
