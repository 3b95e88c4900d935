"""Rows that come by bulk_create()."""

from django.db import models, transaction
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy, ngettext

from lessons.running.apart import models_apart

TITLE = gettext_lazy("bulk_create() tells nobody")
QUESTION = gettext_lazy("Each user gets a profile by post_save. Do users that come by bulk_create()?")
SEE = gettext_lazy(
    "bulk_create() writes all rows in one statement and sends no signal, and so do update() and bulk_update(). "
    "Whoever uses them has to do what the receivers would have done: here by a function that both call."
)
CHAPTER = ("pitfalls", "update-and-bulk_create-send-nothing")

Model = models_apart(__name__)
NAMES = ("ada", "bob", "cy")


class User(Model):
    name = models.CharField(max_length=20)


class Profile(Model):
    user = models.OneToOneField(User, models.CASCADE)


def make_profiles(users):
    Profile.objects.bulk_create([Profile(user=user) for user in users])


def make_profile(sender, instance, created, **kwargs):
    if created:
        make_profiles([instance])


def naive():
    post_save.connect(make_profile, sender=User)
    User.objects.bulk_create([User(name=name) for name in NAMES])


def right():
    post_save.connect(make_profile, sender=User)
    with transaction.atomic():
        users = User.objects.bulk_create([User(name=name) for name in NAMES])
        make_profiles(users)


def afterwards():
    return {"users": User.objects.count(), "profiles": Profile.objects.count()}


def holds(left):
    return left["users"] == left["profiles"] == len(NAMES)


def sentence(left):
    users = ngettext("%(n)s user", "%(n)s users", left["users"]) % {"n": left["users"]}
    profiles = ngettext("%(n)s profile", "%(n)s profiles", left["profiles"]) % {"n": left["profiles"]}
    return f"{users}, {profiles}."
