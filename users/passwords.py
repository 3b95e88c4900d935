"""Django's forms for passwords, in the look of the site and with its care for what they write and send."""

from django.conf import settings
from django.contrib.auth import forms

from users import names
from users.formfields import FieldsOnly
from users.throttle import may_send


class LoginForm(forms.AuthenticationForm):
    """Django's login form, rendered by crispy-forms."""

    helper = FieldsOnly()


class PasswordOnlyMixin:
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


class SetPasswordForm(PasswordOnlyMixin, forms.SetPasswordForm):
    """Set a password, having followed the link of a mail."""

    helper = FieldsOnly()


class PasswordResetForm(forms.PasswordResetForm):
    """Django's form, which sends a few mails an hour to one address, with links to the host of the settings."""

    helper = FieldsOnly()

    def clean_email(self):
        """Return the address in the one spelling under which the other forms store it."""
        return names.deliverable(self.cleaned_data["email"])

    def save(self, **options):
        """Send the mails; ``options`` are those of Django's form."""
        if may_send("reset", self.cleaned_data["email"]):
            super().save(**{**options, "domain_override": settings.SITE_HOST or options.get("domain_override")})
