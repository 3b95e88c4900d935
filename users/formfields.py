"""What the forms of this app are made of: fields, and the rule that a form writes what was changed."""

from crispy_forms.helper import FormHelper
from django import forms
from django.core import signing
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from users.models import Interest, Profile
from users.pictures import normalising


class FieldsOnly(FormHelper):
    """Render the fields; the template holds the form element, the token and the button."""

    form_tag = False
    disable_csrf = True
    form_show_errors = True


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
        return normalising.normalise(upload)


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


class LinesField(forms.CharField):
    """Text of several lines. A browser sends each line end as two characters and counts it as one."""

    def to_python(self, value):
        """Return the text with line ends of one character."""
        return super().to_python(value).replace("\r\n", "\n")

    def has_changed(self, initial, data):
        """Tell whether more than the line ends is another."""
        return super().has_changed(self.to_python(initial), data)


class SeenField(forms.CharField):
    """What a page showed when it was opened: see ``ChangedFieldsMixin``. Shown again as it came."""

    def __init__(self, token):
        super().__init__(initial=token, required=False, widget=forms.HiddenInput({"autocomplete": "off"}))

    def bound_data(self, data, initial):
        """Return the token that the form chose."""
        return self.initial

    def has_changed(self, initial, data):
        """Return False: nobody edits it."""
        return False


class ChangedFieldsMixin:
    """
    A model form that takes over what the person changed, and writes those columns alone.

    Changed is what differs from what the page showed when it was opened: a page that was left open puts nothing
    back that another tab has saved meanwhile. The page says what it showed in a signed field; without that field,
    what differs from the stored row is changed.

    What was changed here, and in another tab as well, is an error beside the field, once: the person sees both, and
    saves again or doesn't.
    """

    is_seen = False  # whether the page was opened by whom it is sent by

    default_conflicts = {
        "changed": _("Meanwhile this was changed elsewhere, to “%(stored)s”. Save again to replace that by yours."),
        "emptied": _("Meanwhile this was emptied elsewhere. Save again to store yours."),
    }

    def remember_seen(self):
        """Compare with what the page showed; call it when ``self.initial`` is complete."""
        model = self.instance._meta.model_name
        self.seen_salt = f"users.seen.{model}.{self.instance.pk}"
        token = self.data.get(f"{model}_seen", "")
        self.stored = {name: self.initial[name] for name in self.fields if name in self.initial}
        self.stored.pop("image", None)  # a file is chosen or not: there is nothing to compare it with
        try:
            self.seen = signing.loads(token, salt=self.seen_salt)
            self.is_seen = True
        except signing.BadSignature:
            self.seen = self.stored
            token = self._seen_token()
        self.initial.update(self.seen)
        self.fields[f"{model}_seen"] = SeenField(token)

    def _seen_token(self):
        return signing.dumps(self.seen, salt=self.seen_salt, compress=True)

    def clean(self):
        """Return what was changed: an untouched value may be older than the stored one."""
        super().clean()
        conflicts = [name for name in self.changed_data if name in self.seen and self._is_changed_elsewhere(name)]
        for name in conflicts:
            self.add_error(name, self._conflict(name))
            self.seen[name] = self.stored[name]  # told: the next time it is no news
        if conflicts:
            self.fields[f"{self.instance._meta.model_name}_seen"].initial = self._seen_token()
        return {name: value for name, value in self.cleaned_data.items() if name in self.changed_data}

    def _is_changed_elsewhere(self, name):
        """Tell whether a field holds something that the page did not show, and that is not what was typed either."""
        field, stored = self.fields[name], self.stored.get(name)
        return _comparable(self.seen[name]) != _comparable(stored) and field.has_changed(stored, self[name].data)

    def _conflict(self, name):
        field, stored = self.fields[name], self.stored[name]
        if isinstance(stored, bool):
            stored = _("yes") if stored else _("no")
        elif isinstance(stored, list):
            stored = ", ".join(label for value, label in field.choices if value in stored)
        code = "changed" if stored else "emptied"
        return forms.ValidationError(self.default_conflicts[code], code=code, params={"stored": stored})

    def save(self, commit=True):
        """Save the changed columns and relations; no statement if there are none."""
        opts = self.instance._meta
        columns = [field.name for field in opts.concrete_fields if field.name in self.cleaned_data]
        if not columns and any(field.name in self.cleaned_data for field in opts.many_to_many):
            columns = ["updated_at"]  # locks the row before its relations, as a deletion does
        if commit and columns:
            self.instance.save(update_fields=columns)
        for field in opts.many_to_many:
            if commit and field.name in self.cleaned_data:
                field.save_form_data(self.instance, self.cleaned_data[field.name])
        return self.instance


def _comparable(value):
    """Return a value of a page as it is compared: rows of a relation in any order, nothing as an empty text."""
    return sorted(value) if isinstance(value, list) else "" if value is None else value
