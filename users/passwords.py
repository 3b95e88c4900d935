"""Passwords: Django's forms, in the look of the site and with its care for what they write and send."""

from django.conf import settings
from django.contrib.auth import forms
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from users.formfields import FieldsOnly
from users.identity import names
from users.tasks import send_reset_links
from users.throttle import knows_password, may_send


def is_new_password(instance, update_fields):
    """Tell a new password from an old one that Django hashes again, and saves alone, at a login."""
    return instance._password is not None or update_fields is None or set(update_fields) != {"password"}


class LoginForm(forms.AuthenticationForm):
    """Django's login form, rendered by crispy-forms."""

    helper = FieldsOnly()


class RulesFirstMixin:
    """A form that reports a broken rule beside the password, where it is to be changed, and not the confirmation."""

    def validate_password_for_user(self, user, password_field_name="password2"):  # noqa: S107 - the name of a field
        """Check the password of the first field. Django names the second, which keeps the mismatch."""
        super().validate_password_for_user(user, f"{password_field_name.removesuffix('2')}1")


class PasswordOnlyMixin(RulesFirstMixin):
    """A form that writes the password and no other column, however old the user in hand is."""

    def set_password_and_save(self, user, field_name="new_password1", commit=True):
        """Hash the password, which takes its time, then save it."""
        user = super().set_password_and_save(user, field_name, commit=False)
        if commit:
            user.save(update_fields=["password"])
        return user


class PasswordChangeForm(PasswordOnlyMixin, forms.PasswordChangeForm):
    """Change the password, giving the old one."""

    helper = FieldsOnly()

    def __init__(self, *args, request, **kwargs):
        self.request = request
        super().__init__(*args, **kwargs)

    @sensitive_variables()
    def clean_old_password(self):
        """Refuse any password but the account's, and count the tries, which Django's form does not."""
        old_password = self.cleaned_data["old_password"]
        if not knows_password(self.request, self.user, old_password):
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old_password


class SetPasswordForm(PasswordOnlyMixin, forms.SetPasswordForm):
    """Set a password, having followed the link of a mail."""

    helper = FieldsOnly()


class PasswordResetForm(forms.PasswordResetForm):
    """Django's form, which sends a few mails an hour to one address, with links to the host of the settings."""

    helper = FieldsOnly()

    def clean_email(self):
        """Return the address in the one spelling under which the other forms store it."""
        return names.deliverable(self.cleaned_data["email"])

    def save(self, *, request=None, domain_override=None, token_generator=None, **options):
        """
        Have a task look for the accounts and send the mails, whether there is an account or not.

        Args:
            request (HttpRequest): names the host where neither the settings nor ``domain_override`` do.
            domain_override (str): the host, where the settings name none.
            token_generator (object): not used: the task has Django's, which the page behind the link has too.
            **options: those of Django's form, which travel to the task as they are.
        """
        if may_send("reset", self.cleaned_data["email"]):
            domain = settings.SITE_HOST or domain_override or get_current_site(request).domain
            send_reset_links.enqueue(self.cleaned_data["email"], domain, options)
