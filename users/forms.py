"""The forms of accounts and profiles. They write what a person changed, and nothing else."""

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import get_user_model
from django.db import IntegrityError, router, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from users import names, pictures
from users.files import remove_unused
from users.models import Interest, Profile
from users.throttle import may_send_reset

User = get_user_model()

KEYS = {"username": "name_key", "email": "email_key"}
TAKEN = {
    "username": _("A user with that username already exists."),
    "email": _("There is an account with this address already."),
}


class FieldsOnly(FormHelper):
    """Render the fields; the template holds the form element, the token and the button."""

    form_tag = False
    disable_csrf = True
    form_show_errors = True


class IdentifiersMixin:
    """A user form whose name and address belong to nobody else, whatever their spelling."""

    def clean_username(self):
        """Refuse names that are reserved or that look like others; leave a name alone that is kept."""
        username = self.cleaned_data["username"]
        if "username" in self.changed_data:
            names.validate_not_reserved(username)
            names.validate_one_script(username)
        return username

    def clean_email(self):
        """Refuse an address that no mail can be sent to."""
        email = self.cleaned_data["email"]
        if email and "email" in self.changed_data:
            names.validate_deliverable(email)
        return email

    def validate_unique(self):
        """Look for the name and the address among all accounts, in one query; Django's own check minds the case."""
        asked = [name for name in TAKEN if name in self.changed_data and self.cleaned_data.get(name)]
        for name in self._taken([name for name in asked if name not in self.errors]):
            self.add_error(name, forms.ValidationError(TAKEN[name], code="unique"))

    def _taken(self, asked):
        """Return those of some fields, by name, whose value another account has."""
        folded = {name: names.fold(self.cleaned_data[name])[: names.KEY_LENGTH] for name in asked}
        same = Q()
        for name, fold in folded.items():
            same |= Q((f"{name}__iexact", self.cleaned_data[name])) | Q((f"profile__{KEYS[name]}", fold))
        if not same:
            return []
        rows = User._base_manager.filter(same).exclude(pk=self.instance.pk)
        rows = list(rows.values(*asked, **{KEYS[name]: F(f"profile__{KEYS[name]}") for name in asked}))
        return [n for n in asked if any(folded[n] in (names.fold(row[n]), row[KEYS[n]]) for row in rows)]

    def take_back(self, error):
        """After a rollback: tell whether the error is that a name or an address was taken in the same moment."""
        if isinstance(error, IntegrityError):
            self.validate_unique()
        return not self.is_valid()


def save_together(user_form, *others):
    """
    Save a user form, then others, in one transaction; return whether it could be done.

    A name that somebody else took since ``is_valid()``, or a picture that the disk has no room for, becomes an
    error of the form where it was typed. The user comes first: rows are locked in one order everywhere.
    """
    names.claim(user_form.instance)
    try:
        with transaction.atomic(using=router.db_for_write(User)):
            for form in (user_form, *others):
                form.save()
    except Exception as error:
        explained = [form.take_back(error) for form in (user_form, *others)]
        if not any(explained):
            raise
        return False
    return True


class UserRegisterForm(IdentifiersMixin, auth_forms.UserCreationForm):
    """Register: a name, an address, a password twice."""

    helper = FieldsOnly()

    class Meta(auth_forms.UserCreationForm.Meta):
        model = User
        fields = ("username", "email")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["username"].widget.attrs.pop("autofocus", None)  # the error summary takes the focus


class ChangedFieldsMixin:
    """A model form that writes the columns which the person changed, so that a stale page undoes nobody's work."""

    def save(self, commit=True):
        """Save the changed columns and relations; no statement if there are none."""
        columns = {field.name for field in self.instance._meta.concrete_fields}
        changed = [name for name in self.changed_data if name in columns and name in self.cleaned_data]
        if commit and changed:
            self.instance.save(update_fields=changed)
        relations = {field.name: field for field in self.instance._meta.many_to_many}
        for name in self.changed_data:
            if commit and name in relations and name in self.cleaned_data:
                relations[name].save_form_data(self.instance, self.cleaned_data[name])
        return self.instance


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


class PictureField(forms.FileField):
    """
    An upload that becomes a picture as it is stored.

    Not forms.ImageField: that one shows the file to every decoder that Pillow has, before any limit.
    """

    widget = forms.ClearableFileInput
    default_error_messages = {"name": _("The file's name can't be stored. Please rename it.")}

    def __init__(self, *, max_length=None, **kwargs):
        super().__init__(**kwargs)  # the length of the upload's name means nothing: the stored one is ours

    def widget_attrs(self, widget):
        """Let the browser offer pictures only."""
        return {**super().widget_attrs(widget), "accept": "image/jpeg,image/png,image/webp,image/gif"}

    def to_python(self, data):
        """Return the picture to store, or None."""
        upload = super().to_python(data)
        if upload is None:
            return None
        if any(ord(char) < 32 for char in upload.name) or len(upload.name.encode("utf-8", "replace")) > 255:
            raise forms.ValidationError(self.error_messages["name"], code="name")
        return pictures.normalise(upload)


class InterestsField(forms.ModelMultipleChoiceField):
    """A choice of interests that reads the rows, and which of them are chosen, with one query."""

    widget = forms.CheckboxSelectMultiple

    def read_choices(self, profile):
        """Read the choices; return those that the profile has."""
        links = Profile.interests.through.objects.filter(interest=OuterRef("pk"), profile=profile.pk)
        interests = list(Interest.objects.annotate(chosen=Exists(links)))
        self.by_key = {str(interest.pk): interest for interest in interests}
        self.choices = [(interest.pk, str(interest)) for interest in interests]
        return [interest.pk for interest in interests if interest.chosen]

    def clean(self, value):
        """Return the chosen interests, from the rows that were read."""
        for key in value or []:
            if str(key) not in self.by_key:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": key}
                )
        return [self.by_key[str(key)] for key in value or []]


class ProfileUpdateForm(ChangedFieldsMixin, forms.ModelForm):
    """Change what one's page shows."""

    helper = FieldsOnly()

    image = PictureField(
        label=_("Picture"), required=False, help_text=_("JPEG, PNG, WebP or GIF, up to 10 MB and 40 megapixels.")
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
        widgets = {"bio": forms.Textarea({"rows": 4})}
        labels = {"is_public": _("Show my profile to everybody")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["interests"] = self.fields["interests"].read_choices(self.instance)

    def take_back(self, error):
        """After a rollback: remove the new file, and tell whether it was the disk that refused it."""
        picture = self.cleaned_data.get("image")
        if "image" not in self.changed_data or not picture:
            return False
        remove_unused(f"{pictures.DIRECTORY}{picture.name}")
        if isinstance(error, OSError):
            self.add_error("image", _("The picture can't be stored at the moment. Please try again later."))
        return isinstance(error, OSError)


class DeleteAccountForm(forms.Form):
    """Ask for the password before an account goes."""

    helper = FieldsOnly()

    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )

    def __init__(self, *args, user, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self):
        """Refuse any password but the account's."""
        password = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("This is not your password."), code="password_incorrect")
        return password


class PeopleForm(forms.Form):
    """Where in the list of people to look."""

    q = forms.CharField(label=_("Name begins with"), required=False, max_length=150)
    after = forms.CharField(required=False, max_length=330, strip=False, widget=forms.HiddenInput)


class LoginForm(auth_forms.AuthenticationForm):
    """Django's login form, rendered by crispy-forms."""

    helper = FieldsOnly()


class PasswordChangeForm(auth_forms.PasswordChangeForm):
    """Django's form, rendered by crispy-forms."""

    helper = FieldsOnly()


class SetPasswordForm(auth_forms.SetPasswordForm):
    """Django's form, rendered by crispy-forms."""

    helper = FieldsOnly()


class PasswordResetForm(auth_forms.PasswordResetForm):
    """Django's form, which sends a few mails an hour to one address, with links to the host of the settings."""

    helper = FieldsOnly()

    def save(self, **options):
        """Send the mails; ``options`` are those of Django's form."""
        if may_send_reset(self.cleaned_data["email"]):
            super().save(**{**options, "domain_override": settings.SITE_HOST or options.get("domain_override")})
