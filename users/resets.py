"""
The mails with links that set a new password.

The page that asks for one only announces it: with a worker, the time of its answer tells nothing about the account.
"""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import PasswordResetForm
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from users.identity.folding import fold


class ResetMails(PasswordResetForm):
    """Django's form, which also writes to people who have no password yet: to those who were imported, most of all."""

    def get_users(self, email):
        """Return the active users with an address whose password is kept here."""
        users = get_user_model()._default_manager.filter(email__iexact=email, is_active=True)
        return (user for user in users if fold(user.email) == fold(email) and not is_kept_elsewhere(user))

    def send_mail(self, subject_name, body_name, context, from_email, to_email, html_email_template_name=None):
        """Send a mail, and raise what fails, so that it is tried again: Django's form logs that, and forgets it."""
        subject = "".join(render_to_string(subject_name, context).splitlines())
        message = EmailMultiAlternatives(subject, render_to_string(body_name, context), from_email, [to_email])
        if html_email_template_name is not None:
            message.attach_alternative(render_to_string(html_email_template_name, context), "text/html")
        message.send()


def is_kept_elsewhere(user):
    """Tell whether another system keeps the password of a user, as the setting PASSWORD_KEPT_ELSEWHERE knows."""
    function = getattr(settings, "PASSWORD_KEPT_ELSEWHERE", None)
    function = import_string(function) if isinstance(function, str) else function
    return bool(function and function(user))


def send_reset_links(email, domain, options):
    """
    Look for the accounts with an address, and send each a link that resets its password.

    The link is made here: what is stored about an event holds no token.

    Raises:
        Exception: whatever the mail server raises.

    Args:
        email (str): the address, as a form has cleaned it.
        domain (str): the host that the links lead to.
        options (dict): other arguments of Django's ``PasswordResetForm.save``, as JSON can hold them.
    """
    form = ResetMails()
    form.cleaned_data = {"email": email}
    form.save(domain_override=domain, **options)
