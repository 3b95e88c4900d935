"""A receiver of post_save that raises."""

from django.db import IntegrityError, models, transaction
from django.db.models.signals import post_save
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lessons.running.apart import models_apart

TITLE = gettext_lazy("An error in post_save")
QUESTION = gettext_lazy("A receiver of post_save raises. Is the user stored? Can one try again? Do the others run?")
SEE = gettext_lazy(
    "The row is written before post_save is sent, and stays. The caller gets the error, so the visitor tries again, "
    "and the name is taken: by the first try. The receivers behind the one that raised never ran. Inside atomic() "
    "the row goes with the error, and the second try is like the first."
)
CHAPTER = ("pitfalls", "an-error-in-post_save-does-not-undo-the-save")

Model = models_apart(__name__)
disk = {"full": True}


class User(Model):
    name = models.CharField(max_length=20, unique=True)


class Profile(Model):
    user = models.OneToOneField(User, models.CASCADE)


def given():
    disk["full"] = True


def make_folder(sender, instance, **kwargs):
    if disk["full"]:
        raise OSError("No space left on device")


def make_profile(sender, instance, **kwargs):
    Profile.objects.create(user=instance)


def connect():
    post_save.connect(make_folder, sender=User)
    post_save.connect(make_profile, sender=User)


def register():
    User.objects.create(name="ada")


def register_whole():
    with transaction.atomic():
        User.objects.create(name="ada")


def try_twice(register):
    errors = []
    for _attempt in range(2):
        try:
            register()
        except (OSError, IntegrityError) as error:
            errors.append(type(error).__name__)
        disk["full"] = False  # somebody has cleaned up
    return {"errors": errors}


def naive():
    connect()
    return try_twice(register)


def right():
    connect()
    return try_twice(register_whole)


def afterwards():
    return {"users": User.objects.count(), "profiles": Profile.objects.count()}


def holds(left):
    return left["users"] == left["profiles"] == 1 and left["errors"] == ["OSError"]


def sentence(left):
    users = ngettext("%(n)s user", "%(n)s users", left["users"]) % {"n": left["users"]}
    profiles = ngettext("%(n)s profile", "%(n)s profiles", left["profiles"]) % {"n": left["profiles"]}
    return _("After two tries: %(users)s, %(profiles)s. Errors: %(errors)s.") % {
        "users": users,
        "profiles": profiles,
        "errors": ", ".join(left["errors"]) or _("none"),
    }
