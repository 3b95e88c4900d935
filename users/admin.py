"""Users with their profiles, and profiles with their pictures, in the admin."""

from django.contrib import admin, messages
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import IntegrityError, models
from django.db.models import F
from django.forms import URLField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from listening import announce
from users.events import user_added
from users.files import storage
from users.formfields import PictureField
from users.forms import IdentifiersMixin
from users.models import Interest, Profile
from users.passwords import AdminPasswordChangeForm
from users.profiles.missing import create_missing

User = get_user_model()


def thumbnail(name, size=40):
    """Return a small picture by its stored name, or the one that stands for none."""
    url = storage.url(name) if name else static("users/default-picture.svg")
    return format_html('<img src="{}" width="{}" height="{}" alt="">', url, size, size)


class ProfileFieldsMixin:
    """The fields of a profile as the project's own forms treat them."""

    formfield_overrides = {
        models.ImageField: {"form_class": PictureField},
        models.URLField: {"form_class": URLField, "assume_scheme": "https"},
    }
    readonly_fields = ("picture", "email_verified_at", "created_at", "updated_at")
    filter_horizontal = ("interests",)

    @admin.display(description=_("stored picture"))
    def picture(self, profile):
        """Show the picture small."""
        return thumbnail(profile.image.name)


class ProfileInline(ProfileFieldsMixin, admin.StackedInline):
    """The profile on its user's page. On *add user* it fills in the profile that the signal makes."""

    model = Profile


class UserChangeForm(IdentifiersMixin, auth_forms.UserChangeForm):
    """Django's form, with the project's rules for names and addresses."""


class UserCreationForm(IdentifiersMixin, auth_forms.AdminUserCreationForm):
    """Django's form, with the project's rules for names and addresses."""


if admin.site.is_registered(User):  # a swapped user model may not be
    admin.site.unregister(User)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Django's, with the profile."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "email", "usable_password", "password1", "password2"), "classes": ("wide",)},
        ),
    )
    inlines = (ProfileInline,)
    list_display = ("picture", "username", "email", "first_name", "last_name", "is_staff", "email_verified")
    list_display_links = ("username",)
    list_filter = (
        "is_staff",
        "is_superuser",
        "is_active",
        ("profile__email_verified_at", admin.EmptyFieldListFilter),
    )
    actions = ("create_missing_profiles",)

    def get_queryset(self, request):
        """Join what the list shows of the profile. ``user.profile`` would make one for each row without."""
        profile = {"profile_image": F("profile__image"), "profile_verified_at": F("profile__email_verified_at")}
        return super().get_queryset(request).annotate(**profile)

    def changeform_view(self, request, *args, **kwargs):
        """
        Show and save the form; once more if the database refuses what the form found right.

        Somebody else took the name or the address in between. The second time the form sees that, and says so where
        it was typed.
        """
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError:
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        """Save the user, claim the name and the address as the forms of the site do, announce a new one."""
        super().save_model(request, obj, form, change)
        form.claim()
        if not change:
            announce(user_added, sender=User, instance=obj, by=request.user, using=obj._state.db)

    @admin.display(description=_("picture"))
    def picture(self, user):
        """Show the picture small."""
        return thumbnail(user.profile_image)

    @admin.display(description=_("verified"), boolean=True, ordering="profile_verified_at")
    def email_verified(self, user):
        """Tell whether the owner of the account has confirmed the address."""
        return user.profile_verified_at is not None

    @admin.action(description=_("Create missing profiles"), permissions=["add"])
    def create_missing_profiles(self, request, queryset):
        """Give a profile to those of the selected users who have none, in one statement."""
        made = create_missing(Profile, queryset.db, queryset.order_by().values("pk"))
        message = ngettext("%d profile was created.", "%d profiles were created.", made) % made
        self.message_user(request, message, messages.SUCCESS)


@admin.register(Profile)
class ProfileAdmin(ProfileFieldsMixin, admin.ModelAdmin):
    """Profiles, looked up by their users."""

    list_display = ("picture", "user", "location", "is_public", "email_verified", "updated_at")
    list_display_links = ("user",)
    list_filter = ("is_public", ("email_verified_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("user",)
    search_fields = (f"user__{User.USERNAME_FIELD}", f"user__{User.get_email_field_name()}", "location")
    autocomplete_fields = ("user",)

    def get_readonly_fields(self, request, obj=None):
        """Let nobody give a profile to another user."""
        return self.readonly_fields if obj is None else ("user", *self.readonly_fields)

    @admin.display(description=_("verified"), boolean=True, ordering="email_verified_at")
    def email_verified(self, profile):
        """Tell whether the owner of the account has confirmed the address."""
        return profile.email_verified_at is not None


@admin.register(Interest)
class InterestAdmin(admin.ModelAdmin):
    """Interests."""

    search_fields = ("name",)
