"""Profiles: what an account shows of its owner. Every user has one."""

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, IntegrityError, models, router, transaction
from django.db.models import Q
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from users.identity.fields import KeyField
from users.identity.keys import keys, user_key
from users.links import verification_path
from users.pictures import normalising
from users.pictures.fields import PictureField
from users.profiles.loaded import LoadedValuesMixin
from users.profiles.missing import free_keys, insert_missing
from users.profiles.relation import ProfileUserField
from users.sessions import AccountSession

__all__ = ["AccountSession", "Interest", "Profile"]


LAST_CHARACTER = "\U0010ffff"


class Interest(models.Model):
    """Something that people have in common."""

    name = models.CharField(_("name"), max_length=50, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("interest")
        verbose_name_plural = _("interests")

    def __str__(self):
        return self.name


class ProfileManager(models.Manager):
    """Profiles by their user, where one is missing too."""

    def get_by_natural_key(self, *natural_key):
        """Return the profile of the user with this natural key."""
        users = get_user_model()._default_manager.db_manager(self.db)
        if not natural_key:
            raise self.model.DoesNotExist("A fixture has not brought the user yet.")
        return self.get(user=users.get_by_natural_key(*natural_key))

    def listed(self, prefix="", after=""):
        """
        Return the public profiles of active users by name, with their users.

        Pages go by key, not by offset: a deep page costs what the first one does.

        Args:
            prefix (str): folded beginning of the names, "" for all.
            after (str): ``name_key`` of the last profile of the page before, "" for the first page.
        """
        profiles = self.filter(is_public=True, user__is_active=True, name_key__gt=after).select_related("user")
        if prefix:
            profiles = profiles.filter(name_key__gte=prefix, name_key__lt=prefix + LAST_CHARACTER)
        return profiles.order_by("name_key")

    def restore(self, user):
        """Return the profile of a user, making it if it is missing; an unsaved one if the user has no row."""
        using, pk = router.db_for_write(self.model, instance=user), user_key(user)
        profile = None
        if pk is not None and router.allow_migrate_model(using, self.model):
            try:
                profile = self._restore(pk, using)
                if profile is None and free_keys(self.model, using, [pk]):
                    profile = self._restore(pk, using)
            except OverflowError:
                pass  # no row of SQLite's has so large a number
        if profile is None:
            return self.model(user=user)
        profile.user = user
        return profile

    def _restore(self, pk, using):
        try:
            insert_missing(self.model, using, [pk])
        except IntegrityError:
            pass  # the user was deleted in this moment
        return self.using(using).filter(user_id=pk).first()


class Profile(LoadedValuesMixin, models.Model):
    """
    A user's profile. It is made by signal; see ``users.signals.create_profile``.

    ``user.profile`` never raises, and saving a second profile for a user saves the first one.
    """

    user = ProfileUserField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile", verbose_name=_("user")
    )
    image = PictureField(_("picture"), upload_to=normalising.DIRECTORY, blank=True)
    bio = models.TextField(_("about me"), max_length=1000, blank=True)
    location = models.CharField(_("location"), max_length=100, blank=True)
    website = models.URLField(_("website"), blank=True)
    interests = models.ManyToManyField(Interest, verbose_name=_("interests"), related_name="profiles", blank=True)
    is_public = models.BooleanField(_("public"), default=False)
    email_verified_at = models.DateTimeField(_("email verified at"), null=True, blank=True, editable=False)
    # Another one whenever the address changes or is verified: a link that names an earlier one proves nothing.
    email_stamp = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    # See users.identity.keys.keys(). Unique, so that of two forms that claim a name or an address at once one loses.
    name_key = KeyField(max_length=330, editable=False)
    email_key = KeyField(max_length=330, editable=False, null=True)

    objects = ProfileManager()

    class Meta:
        ordering = ["name_key"]
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")
        constraints = [
            models.UniqueConstraint(fields=["name_key"], name="users_profile_one_name"),
            models.UniqueConstraint(fields=["email_key"], name="users_profile_one_email"),
        ]
        indexes = [
            # The people page walks this one, however few of the profiles are public.
            models.Index(fields=["name_key"], name="users_profile_public", condition=Q(is_public=True)),
            # "Does any row use this file?"
            models.Index(fields=["image"], name="users_profile_image"),
        ]

    def __str__(self):
        return self.user.get_username()

    def save(self, *, force_insert=False, force_update=False, using=None, update_fields=None):
        """
        Save what was changed on the profile; if it is new and the user has one already, save that one.

        A second receiver, a factory, a filled-in inline of the admin may make a profile for a user who got one by
        signal. What they set goes into the row that is there. And a copy that was loaded a while ago writes the
        fields that were set to another value on it, not what it remembers of the others: it would bring an old
        verification back.
        """
        kwargs = {"force_insert": force_insert, "force_update": force_update, "using": using}
        if update_fields:
            update_fields = {*update_fields, "updated_at"}
        if self._state.adding or self.pk is None:
            self._insert(kwargs, update_fields)
            return
        update_fields = self._take_keys_of_new_user(update_fields)
        if update_fields is None and not force_insert and not force_update and self._is_loaded_from(using):
            self._save_changes({*self.unsaved_fields(), "updated_at"})
        else:
            super().save(**kwargs, update_fields=update_fields)
            self._note(self._values(update_fields))

    def get_absolute_url(self):
        """Return the address of the public page, or of all people if the user's name fits in no address."""
        try:
            return reverse("person", args=[self.user.get_username()])
        except NoReverseMatch:
            return reverse("people")

    def natural_key(self):
        """Return the user's natural key, or () while a fixture has not brought the user yet."""
        try:
            return self.user.natural_key()
        except ObjectDoesNotExist:
            return ()

    natural_key.dependencies = [settings.AUTH_USER_MODEL.lower()]

    def get_verification_path(self):
        """Return the path of the page on which the owner of the address verifies it."""
        return verification_path(self.user, self.email_stamp)

    def note_verification(self):
        """Save that the user's address is verified. All links that were made for it are used up by that."""
        self.email_verified_at, self.email_stamp = timezone.now(), uuid.uuid4()
        self.save(update_fields=["email_verified_at", "email_stamp"])

    @property
    def picture_url(self):
        """The address of the picture, or of the one that stands for none."""
        return self.image.url if self.image else static("users/default-picture.svg")

    @property
    def website_link(self):
        """The website if a browser may be sent there, else "": rows can be written past the form."""
        return self.website if urlsplit(self.website).scheme in ("http", "https") else ""

    def _insert(self, kwargs, update_fields):
        """Insert this new profile, or become the row that the user has already."""
        using = kwargs["using"] = self._state.db = kwargs["using"] or router.db_for_write(type(self), instance=self)
        try:
            with transaction.atomic(using=using):
                super().save(**kwargs, update_fields=update_fields)
        except IntegrityError:
            if not self._save_into_stored_row(using):
                raise
        self._loaded = {**self._known(), **self._values(update_fields)}

    def _is_loaded_from(self, using):
        """Tell whether this instance knows what its row on a database held when it was loaded or saved."""
        return using in (None, self._state.db) and self._known().get("id") == self.pk

    def _save_changes(self, names):
        """Save the changed fields; make the row anew if somebody has deleted it."""
        using = self._state.db
        try:
            with transaction.atomic(using=using):
                super().save(using=using, update_fields=names)
            self._note(self._values(names))
        except DatabaseError:
            if type(self)._base_manager.using(using).filter(pk=self.pk).exists():
                raise
            self._insert({"using": using}, None)

    def _take_keys_of_new_user(self, update_fields):
        """
        Change what belongs to the user, not to the profile, if the profile is given to somebody else.

        Return the fields to save then.
        """
        is_saved = update_fields is None or not {"user", "user_id"}.isdisjoint(update_fields)
        if not is_saved or self._known().get("user", self.user_id) == self.user_id:
            return update_fields
        values = {**keys(self.user), "email_verified_at": None}
        for name, value in values.items():
            setattr(self, name, value)
        return update_fields and {*update_fields, *values}

    def _save_into_stored_row(self, using):
        """Save what was set on this unsaved instance into the user's row, and become that row."""
        row = type(self)._base_manager.using(using).filter(user_id=self.user_id).values("pk").first()
        if row is None:
            return False
        fields = [field for field in self._meta.concrete_fields if field.editable and not field.primary_key]
        given = [f.name for f in fields if f.name != "user" and f.value_from_object(self) != f.get_default()]
        self.pk, self._state.adding, self._state.db = row["pk"], False, using
        if given:
            super().save(using=using, update_fields={*given, "updated_at"})
        self.refresh_from_db(using=using)
        return True
