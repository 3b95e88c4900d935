"""Passwords: Django's forms, in the look of the site and with its care for what they write and send."""

from django.conf import settings
from django.contrib.auth import forms, get_user_model
from django.contrib.auth.hashers import check_password, is_password_usable
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from listening import announce
from users.events import password_reset_requested
from users.formfields import FieldsOnly
from users.identity import names
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
        field_name = f"{password_field_name.removesuffix('2')}1"
        super().validate_password_for_user(user, password_field_name=field_name)


class SupersededError(Exception):
    """Somebody has set another password since the form was checked."""


class PasswordOnlyMixin(RulesFirstMixin):
    """
    A form that writes the password and no other column, however old the user in hand is.

    Two clicks are one change: the one that comes second finds its password stored, and writes nothing.
    """

    overrides = False  # whether another password that was set meanwhile is replaced

    @sensitive_variables("password")
    def set_password_and_save(self, user, *args, commit=True, **kwargs):
        """
        Hash the password, which takes its time, then save it.

        Raises:
            SupersededError: another password was set since the form was checked.
        """
        checked = user.password
        user = super().set_password_and_save(user, *args, commit=False, **kwargs)
        password = user._password  # None if it is to be unusable
        while commit and (stored := _save_password(user, checked)) != checked:
            is_same = stored and (check_password(password, stored) if password else not is_password_usable(stored))
            if is_same:
                user.password, user._password = stored, None
                break
            if not self.overrides or stored is None:
                raise SupersededError
            checked = stored
        return user


def _save_password(user, checked):
    """Save a user's new password if the stored one is the one that was checked; return what was stored, or None."""
    users = get_user_model()._base_manager
    users = users.using(router.db_for_write(users.model, instance=user))
    with transaction.atomic(using=users.db):
        stored = users.filter(pk=user.pk).select_for_update().values_list("password", flat=True).first()
        if stored == checked:
            user.save(using=users.db, update_fields=["password"])
    return stored


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


class AdminPasswordChangeForm(PasswordOnlyMixin, forms.AdminPasswordChangeForm):
    """Set somebody's password, whatever it was."""

    overrides = True


class PasswordResetForm(forms.PasswordResetForm):
    """Django's form, which sends a few mails an hour to one address, with links to the host of the settings."""

    helper = FieldsOnly()

    def clean_email(self):
        """Return the address in the one spelling under which the other forms store it."""
        return names.deliverable(self.cleaned_data["email"])

    def save(self, *, request=None, domain_override=None, token_generator=None, **options):
        """
        Announce that a link is asked for, whether there is an account or not.

        Args:
            request (HttpRequest): names the host where neither the settings nor ``domain_override`` do.
            domain_override (str): the host, where the settings name none.
            token_generator (object): not used: who sends the link has Django's, as the page behind the link has.
            **options: those of Django's form, which the event tells as they are.
        """
        if may_send("reset", self.cleaned_data["email"]):
            domain = settings.SITE_HOST or domain_override or get_current_site(request).domain
            announce(
                password_reset_requested,
                sender=get_user_model(),
                email=self.cleaned_data["email"],
                domain=domain,
                options=options,
                using=router.db_for_write(get_user_model()),
            )
