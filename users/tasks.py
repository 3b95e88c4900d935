"""
What the pages of accounts leave to a task: with a worker, the time of an answer tells nothing about it.

Without a worker it runs within the request, as the mails of other apps do.
"""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import PasswordResetForm
from django.utils.module_loading import import_string

from users.identity.folding import fold

try:
    from django.tasks import task  # Django 6.0 and newer: its backends know no other tasks
except ImportError:
    from django_tasks import task


class ResetMails(PasswordResetForm):
    """Django's form, which also writes to people who have no password yet: to those who were imported, most of all."""

    def get_users(self, email):
        """Return the active users with an address whose password is kept here."""
        users = get_user_model()._default_manager.filter(email__iexact=email, is_active=True)
        return (user for user in users if fold(user.email) == fold(email) and not is_kept_elsewhere(user))


def is_kept_elsewhere(user):
    """Tell whether another system keeps the password of a user, as the setting PASSWORD_KEPT_ELSEWHERE knows."""
    function = getattr(settings, "PASSWORD_KEPT_ELSEWHERE", None)
    function = import_string(function) if isinstance(function, str) else function
    return bool(function and function(user))


@task()
def send_reset_links(email, domain, options):
    """
    Look for the accounts with an address, and send each a link that resets its password.

    The link is made here: what is stored about a task holds no token.

    Args:
        email (str): the address, as a form has cleaned it.
        domain (str): the host that the links lead to.
        options (dict): other arguments of Django's ``PasswordResetForm.save``, as JSON can hold them.
    """
    form = ResetMails()
    form.cleaned_data = {"email": email}
    form.save(domain_override=domain, **options)
