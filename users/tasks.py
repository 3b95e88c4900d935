"""
What the pages of accounts leave to a task: with a worker, the time of an answer tells nothing about it.

Without a worker it runs within the request, as the mails of other apps do.
"""

from django.contrib.auth.forms import PasswordResetForm

try:
    from django.tasks import task  # Django 6.0 and newer: its backends know no other tasks
except ImportError:
    from django_tasks import task


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
    form = PasswordResetForm()
    form.cleaned_data = {"email": email}
    form.save(domain_override=domain, **options)
