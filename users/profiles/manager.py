"""Profiles by their user: found, made, made where one is missing, and given a name that is theirs alone."""

import uuid

from django.contrib.auth import get_user_model
from django.db import IntegrityError, connections, models, router

from users.identity.keys import claimed_keys, name_key, user_key
from users.profiles.missing import create_missing, warning_if_no_table
from users.profiles.relation import loaded_profile

LAST_CHARACTER = "\U0010ffff"
KEY_OF = {"username": "name_key", "email": "email_key"}


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

    def create_for(self, user, using):
        """
        Make the profile of a new user on a database (an alias); nothing if profiles do not live there.

        It is the one that was prepared on the instance (``user.profile.bio = "…"``), if there is one. What a copy of
        a user has in hand is not: that profile is its model's.
        """
        if not router.allow_migrate_model(using, self.model):
            return
        profile = loaded_profile(user)
        if profile is not None and not profile._state.adding:
            is_gone = profile.pk is None or profile.insert_was_rolled_back()
            if is_gone or (profile.user_id, profile._state.db) == (user_key(user), using):
                profile.pk, profile._state.adding, profile.name_key = (
                    None,
                    True,
                    "",
                )  # made anew, for the user of today
            else:
                profile = None
        profile = profile or self.model()
        profile.user = user
        with warning_if_no_table(self.model, using):
            profile.save(using=using)

    def claim(self, user, *names):
        """
        Give the name and the address of a saved user to this account alone.

        Code that saves users by itself claims nothing, and so is never refused. Call it in the transaction of the
        save: if two claim one name at once, the second one is refused, and its user must go with it.

        Args:
            user (User): who was saved, on the database that it was saved to.
            *names (str): "username", "email" or both; both if none is given.

        Raises:
            IntegrityError: another account has claimed the name or the address, in this or another spelling.
        """
        wanted = {KEY_OF[name] for name in names or KEY_OF}
        values = {name: value for name, value in claimed_keys(user).items() if name in wanted}
        if not self.write(user, user._state.db, **values):
            self.restore(user)  # who has no profile gets one to hold them
            self.write(user, user._state.db, **values)

    def renew_keys(self, user, changes, using):
        """
        Make the keys of a user's profile true to a changed name or address, which is not claimed and not verified yet.

        Args:
            user (User): who was saved.
            changes (dict): name of the changed field to its old and its new value.
            using (str): alias of the database.
        """
        values = {}
        if "username" in changes:
            values["name_key"] = name_key(changes["username"][1], user_key(user))
        if "email" in changes:
            values |= {"email_key": None, "email_verified_at": None, "email_stamp": uuid.uuid4()}
        self.write(user, using, **values)

    def write(self, user, using, **values):
        """Write columns of a user's profile, also on the instance that is loaded; return the number of rows."""
        if not router.allow_migrate_model(using, self.model):
            return 0
        rows = self.using(using).filter(user=user_key(user)).update(**values)
        profile = loaded_profile(user)
        if profile is not None and profile._state.db == using and not profile._state.adding:
            if connections[using].in_atomic_block:
                profile.forget(values)  # and read them anew: there may be a rollback
            else:
                for name, value in values.items():
                    setattr(profile, name, value)
                profile.note_read(values)
        return rows

    def restore(self, user):
        """Return the profile of a user, making it if it is missing; an unsaved one if the user has no row."""
        using, pk = router.db_for_write(self.model, instance=user), user_key(user)
        profile = None
        if pk is not None and router.allow_migrate_model(using, self.model):
            try:
                create_missing(self.model, using, [pk])
            except IntegrityError:
                pass  # the user was deleted in this moment
            except OverflowError:
                return self.model(user=user)  # no row of SQLite's has so large a number
            profile = self.using(using).filter(user_id=pk).first()
        if profile is None:
            return self.model(user=user)
        profile.user = user
        return profile
