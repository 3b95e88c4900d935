"""Profiles: what an account shows of its owner. Every user has one."""

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, IntegrityError, models, router, transaction
from django.db.models import Q
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from users.identity.fields import KeyField
from users.identity.keys import user_key
from users.links import verification_path
from users.pictures import normalising
from users.pictures.fields import PictureField
from users.profiles.loaded import LoadedValuesMixin
from users.profiles.manager import ProfileManager
from users.profiles.relation import ProfileUserField
from users.sessions import AccountSession

__all__ = ["AccountSession", "Interest", "Profile"]


class Interest(models.Model):
    """Something that people have in common."""

    name = models.CharField(_("name"), max_length=50, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("interest")
        verbose_name_plural = _("interests")

    def __str__(self):
        return self.name


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
    # See users.identity.keys. Unique, so that of two forms that claim a name or an address at once one loses.
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
        fields that were set to another value on it, not what it remembers of the others. What no form edits (the
        keys, the verification and its stamp, ``created_at``) is written where ``update_fields`` names it, and else
        never: it would bring an old verification back.

        Raises:
            ValueError: it was given to another user.
        """
        using = using or router.db_for_write(type(self), instance=self)
        if self.insert_was_rolled_back():
            self.pk, self._state.adding, self.name_key = None, True, ""
        is_new = force_insert or self._state.adding or self.pk is None
        known = self.known_values()
        if not is_new and "user" in known and known["user"] != self.user_id:
            raise ValueError("A profile stays with its user.")
        if not is_new and using != self._state.db:
            self.forget_row()  # what is known is known of another one
        if update_fields:
            names = {*update_fields, "updated_at"}
            super().save(force_update=force_update, using=using, update_fields=names)
            self.note_saved(names)
        elif update_fields is None and (force_update or not is_new):
            self._save_changes(using, must_be_there=force_update)
        elif update_fields is None:
            self._insert(using)

    def get_absolute_url(self):
        """Return the address of the public page, or of all people if the user's name fits in no address."""
        try:
            return reverse("person", args=[self.user.get_username()])
        except NoReverseMatch:
            return reverse("people")

    def save_with_user(self, user, using):
        """Save what was changed on this profile, which is loaded on a user who was saved to a database."""
        if self.user_id != user_key(user):
            return  # somebody put it there
        if self._state.adding or (self._state.db == using and self.unsaved_fields()):
            self.save(using=using)

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

    def _insert(self, using):
        """Insert this new profile, or become the row that the user has already."""
        database = self._state.db
        self._state.db = database or using  # where its user is looked for
        try:
            with transaction.atomic(using=using):
                super().save(force_insert=True, using=using)
        except IntegrityError:
            self._state.db = database
            if not self._save_into_stored_row(using):
                raise
        else:
            self.note_saved()

    def _save_changes(self, using, must_be_there):
        """Save the changed fields; make the row anew if somebody has deleted it."""
        names = {*self.unsaved_fields(), "updated_at"}
        try:
            with transaction.atomic(using=using):
                super().save(force_update=must_be_there, using=using, update_fields=names)
            self.note_saved(names)
        except DatabaseError:
            if must_be_there or type(self)._base_manager.using(using).filter(pk=self.pk).exists():
                raise
            for field in self._meta.concrete_fields:
                if using == self._state.db and field.attname not in self.__dict__:
                    setattr(self, field.attname, field.get_default())  # what was not read is lost with the row
            self._insert(using)

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
