"""The forms of accounts and profiles. They write what a person changed, and nothing else."""

from urllib.parse import urlsplit

from django import forms
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import get_user_model
from django.db import IntegrityError, router, transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from listening import announce
from users.events import user_registered, user_registering, verification_requested
from users.files import remove_unused
from users.formfields import ChangedFieldsMixin, FieldsOnly, InterestsField, LinesField, PictureField
from users.identity import names
from users.models import Interest, Profile
from users.passwords import RulesFirstMixin
from users.pictures import normalising
from users.taken import find_taken
from users.throttle import knows_password, may_send

User = get_user_model()

TAKEN = {
    "username": _("A user with that username already exists."),
    "email": _("There is an account with this address already."),
}

TOO_MANY_MAILS = _("Several mails were sent to this address within the last hour. Please try again later.")


class IdentifiersMixin:
    """A user form whose name and address belong to nobody else, whatever their spelling."""

    def clean_username(self):
        """Refuse names that are reserved or that look like others; leave a name alone that is kept."""
        username = self.cleaned_data["username"]
        if "username" in self.changed_data:
            names.validate_not_reserved(username)
            names.validate_visible(username)
            names.validate_one_script(username)
        return username

    def clean_email(self):
        """Return the address in the one spelling that is stored; refuse one that no mail can be sent to."""
        email = self.cleaned_data["email"]
        return names.deliverable(email) if email and "email" in self.changed_data else email

    def _get_validation_exclusions(self):
        # A name or an address that is kept may be older than today's rules, and is no reason to refuse the rest.
        return super()._get_validation_exclusions() | {name for name in TAKEN if name not in self.changed_data}

    def validate_unique(self):
        """Look for the name and the address among all accounts, in one query; Django's own check is case-sensitive."""
        asked = [name for name in TAKEN if name in self.changed_data and name not in self.errors]
        wanted = {name: self.cleaned_data[name] for name in asked if self.cleaned_data.get(name)}
        for name in find_taken(wanted, but_for=self.instance.pk):
            self.add_error(name, forms.ValidationError(TAKEN[name], code="unique"))

    def prepare(self):
        """Do what the transaction of ``save_together`` need not hold its locks for; it may add a last error."""

    def claim(self):
        """Give the saved user's name and address, where they were changed, to this account alone."""
        changed = [name for name in TAKEN if name in self.changed_data]
        if changed:
            Profile.objects.claim(self.instance, *changed)

    def take_back(self, error):
        """After a rollback: tell whether the error is that a name or an address was taken in the same moment."""
        if isinstance(error, IntegrityError):
            self.validate_unique()
        return not self.is_valid()


def save_together(user_form, *others):
    """
    Save a user form, then others, in one transaction, if all are valid; return whether it was done.

    A name that somebody else took since it was looked for, or a picture that the disk has no room for, becomes an
    error of the form where it was typed. The user comes first: rows are locked in one order everywhere.
    """
    together = (user_form, *others)
    if [form for form in together if not form.is_valid()]:  # not any(): each form is to tell its errors
        return False
    user_form.prepare()
    if user_form.errors:
        return False
    try:
        with transaction.atomic(using=router.db_for_write(User)):
            for form in together:
                form.save()
    except Exception as error:
        explained = [form.take_back(error) for form in together]
        if not any(explained):
            raise
        return False
    return True


class UserRegisterForm(IdentifiersMixin, RulesFirstMixin, auth_forms.UserCreationForm):
    """Register: a name, an address, a password twice."""

    helper = FieldsOnly()
    is_prepared = False

    class Meta(auth_forms.UserCreationForm.Meta):
        model = User
        fields = ("username", "email")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        if self.is_bound:
            self.fields["username"].widget.attrs.pop("autofocus", None)  # the error summary takes the focus

    def prepare(self):
        """Let other apps refuse, then hash the password: in the transaction, SQLite's other writers would wait."""
        try:
            user_registering.send(sender=User, instance=self.instance)
        except forms.ValidationError as refusal:
            self.add_error(None, refusal)
            return
        self.instance.set_password(self.cleaned_data["password1"])
        self.is_prepared = True

    def save(self, commit=True):
        """
        Save the user, claim the name and the address, announce the registration: all or nothing.

        Raises:
            ValueError: the form is not valid, or another app has refused; as Django's forms do.
            IntegrityError: somebody took the name or the address since the form looked.
        """
        if not self.errors and not self.is_prepared:
            self.prepare()
        user = forms.ModelForm.save(self, commit=False)  # UserCreationForm.save() would hash the password once more
        if commit:
            using = router.db_for_write(User, instance=user)
            with transaction.atomic(using=using, savepoint=False):
                user.save(using=using)
                self._save_m2m()
                self.claim()
                announce(user_registered, sender=User, instance=user, using=using)
        return user


class UserUpdateForm(IdentifiersMixin, ChangedFieldsMixin, forms.ModelForm):
    """Change one's name and address."""

    helper = FieldsOnly()

    class Meta:
        model = User
        fields = ("username", "email", "first_name", "last_name")
        field_classes = {"username": auth_forms.UsernameField}
        widgets = {
            "email": forms.EmailInput({"autocomplete": "email"}),
            "first_name": forms.TextInput({"autocomplete": "given-name"}),
            "last_name": forms.TextInput({"autocomplete": "family-name"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.remember_seen()

    def prepare(self):
        """Count the mails to a new address, which may be a stranger's: here, and not for each try that is refused."""
        super().prepare()
        is_mailed = "email" in self.changed_data and verification_requested.has_listeners(User)
        if is_mailed and not may_send("verification", self.cleaned_data["email"]):
            self.add_error("email", forms.ValidationError(TOO_MANY_MAILS, code="too_many_mails"))

    def save(self, commit=True):
        """Save what was changed, and claim the new name and the new address: all or nothing."""
        with transaction.atomic(using=router.db_for_write(User, instance=self.instance), savepoint=False):
            user = super().save(commit)
            if commit:
                self.claim()
        return user


class ProfileUpdateForm(ChangedFieldsMixin, forms.ModelForm):
    """Change what one's page shows."""

    helper = FieldsOnly()

    image = PictureField(
        label=_("Picture"),
        required=False,
        help_text=_("JPEG up to 25 MB and 64 megapixels, PNG, WebP or GIF up to 10 MB and 40 megapixels."),
    )
    website = forms.URLField(
        label=_("Website"), required=False, assume_scheme="https", widget=forms.URLInput({"autocomplete": "url"})
    )
    interests = InterestsField(label=_("Interests"), queryset=Interest.objects.none(), required=False)

    field_order = ("image", "bio", "location", "website", "interests", "is_public")

    class Meta:
        model = Profile
        # Without the interests: ModelForm would read the chosen ones with a query of its own.
        fields = ("image", "bio", "location", "website", "is_public")
        field_classes = {"bio": LinesField}
        widgets = {"bio": forms.Textarea({"rows": 4})}
        labels = {"is_public": _("Show my profile to everybody")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["interests"] = self.fields["interests"].read_choices(self.instance)
        self.remember_seen()

    def clean_website(self):
        """Refuse what no page links to, such as ftp://; leave an address alone that is kept."""
        website = self.cleaned_data["website"]
        if website and "website" in self.changed_data and urlsplit(website).scheme not in ("http", "https"):
            raise forms.ValidationError(_("Enter an address that begins with http:// or https://."), code="scheme")
        return website

    def take_back(self, error):
        """After a rollback: remove the new file, and tell whether it was the disk that refused it."""
        picture = self.cleaned_data.get("image")
        if not picture:
            return False
        remove_unused(f"{normalising.DIRECTORY}{picture.name}")
        if isinstance(error, OSError):
            self.add_error("image", _("The picture can't be stored at the moment. Please try again later."))
        return isinstance(error, OSError)


class ConfirmPasswordForm(forms.Form):
    """Ask for the password before an account goes, or its data leaves."""

    helper = FieldsOnly()

    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )

    def __init__(self, *args, request, **kwargs):
        self.request = request
        super().__init__(*args, **kwargs)

    @sensitive_variables()
    def clean_password(self):
        """Refuse any password but that of the account which is logged in."""
        password = self.cleaned_data["password"]
        if not knows_password(self.request, self.request.user, password):
            raise forms.ValidationError(_("This is not your password."), code="password_incorrect")
        return password


class PeopleForm(forms.Form):
    """Where in the list of people to look."""

    q = forms.CharField(label=_("Name begins with"), required=False, max_length=150)
    after = forms.CharField(required=False, max_length=330, strip=False, widget=forms.HiddenInput)
