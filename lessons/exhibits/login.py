"""The tutorials' ``instance.profile.save()``, when somebody logs in."""

from django.contrib.auth.models import update_last_login
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models.signals import post_save
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lessons.running.apart import models_apart

TITLE = gettext_lazy("A login saves the profile")
QUESTION = gettext_lazy(
    "Nearly every tutorial has a receiver that says instance.profile.save(). What does it do when somebody logs in?"
)
SEE = gettext_lazy(
    "A login saves the user, to note the time. So post_save is sent, and the receiver writes the profile as it was "
    "when it was loaded, over what somebody has changed since. A user without a profile can't log in at all. The "
    "right receiver makes the profile of a new user, and saves none: that does whoever changes one."
)
CHAPTER = ("pitfalls", "instanceprofilesave-in-post_save")

Model = models_apart(__name__)


class User(Model):
    name = models.CharField(max_length=20)
    last_login = models.DateTimeField(null=True)


class Profile(Model):
    user = models.OneToOneField(User, models.CASCADE)
    bio = models.CharField(max_length=20)


def given():
    ada, _bob = User.objects.bulk_create([User(name="ada"), User(name="bob")])
    Profile.objects.create(user=ada, bio="old")  # bob has none


def save_profile(sender, instance, **kwargs):
    instance.profile.save()


def give_profile(sender, instance, created, **kwargs):
    if created:  # a login is no new user
        Profile.objects.create(user=instance)


def log_in_both():
    ada = User.objects.select_related("profile").get(name="ada")
    Profile.objects.update(bio="new")  # meanwhile, in another window
    update_last_login(User, ada)  # what Django does at each login
    try:
        update_last_login(User, User.objects.get(name="bob"))
        failed = ""
    except ObjectDoesNotExist as error:
        failed = type(error).__name__
    return {"failed": failed}


def naive():
    post_save.connect(save_profile, sender=User)
    return log_in_both()


def right():
    post_save.connect(give_profile, sender=User)
    return log_in_both()


def afterwards():
    return {"bio": Profile.objects.get().bio}


def holds(left):
    return left["bio"] == "new" and not left["failed"]


def sentence(left):
    kept = _("The change of the other window is there") if left["bio"] == "new" else _("The change was overwritten")
    bob = _("bob's login failed with %(error)s") if left["failed"] else _("bob, who has no profile, is logged in too")
    return f"{kept} (bio: “{left['bio']}”); {bob % {'error': left['failed']}}."
