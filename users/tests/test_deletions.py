"""Whoever deletes an account, and however little of it is loaded: it goes, and what is told is what was stored."""

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.test import TestCase, TransactionTestCase

from listening.muting import sent
from users import events
from users.models import AccountSession, Interest, Profile
from users.sessions import SessionStore
from users.tests.steps import make_user, picture, stored_pictures
from users.tests.test_ways import define_models

User = get_user_model()

# Each takes the user, and deletes the row.
WAYS = {
    "an instance": lambda user: User.objects.get(pk=user.pk).delete(),
    "a queryset": lambda user: User.objects.filter(pk=user.pk).delete(),
    "a queryset of keys": lambda user: User.objects.only("pk").filter(pk=user.pk).delete(),
    "a queryset without the address": lambda user: User.objects.defer("email").filter(pk=user.pk).delete(),
    "an instance without its name": lambda user: User.objects.defer("username").get(pk=user.pk).delete(),
    "an instance of a key": lambda user: User.objects.only("pk").get(pk=user.pk).delete(),
    "a stub made from a key": lambda user: User(pk=user.pk).delete(),
    "an instance that was changed and not saved": lambda user: User(pk=user.pk, username="x", email="x").delete(),
}


class UserDeletionTests(TestCase):
    databases = "__all__"

    def assertTold(self, delete, user):
        """The account goes and is told of once, by its stored values; its sessions go too."""
        session = SessionStore()
        session["_auth_user_id"] = str(user.pk)
        session.save()
        facts = {"user_id": user.pk, "username": user.username, "email": user.email, "using": "default"}
        with sent(events.account_closed) as calls, self.captureOnCommitCallbacks(execute=True):
            delete(user)
        told = [{name: call.kwargs[name] for name in facts} for call in calls]
        self.assertEqual((told, calls[0].sender), ([facts], User))
        for model in (User, Profile, AccountSession):
            self.assertFalse(model.objects.exists(), model)

    def test_each_way_tells_what_was_stored(self):
        for name, delete in WAYS.items():
            with self.subTest(name):
                self.assertTold(delete, make_user())

    def test_so_does_a_proxy(self):
        def proxy():
            class Member(User):
                class Meta:
                    proxy = True
                    app_label = "users"

            return Member

        member = define_models(self, proxy)
        for delete in (
            lambda user: member.objects.only("pk").get(pk=user.pk).delete(),
            lambda user: member.objects.only("pk").filter(pk=user.pk).delete(),
            lambda user: member(pk=user.pk).delete(),
        ):
            self.assertTold(delete, make_user())

    def test_many_are_told_of_each(self):
        users = [make_user(name) for name in ("ada", "bo", "cy")]
        with sent(events.account_closed) as calls, self.captureOnCommitCallbacks(execute=True):
            User.objects.only("pk").delete()
        told = sorted((call.kwargs["user_id"], call.kwargs["username"]) for call in calls)
        self.assertEqual(told, [(user.pk, user.username) for user in users])

    def test_an_account_that_is_gone_already_is_not_told_of_again(self):
        user = make_user()
        stale = User.objects.get()
        user.delete()
        with sent(events.account_closed) as calls, self.captureOnCommitCallbacks(execute=True):
            stale.delete()
        self.assertEqual(calls, [])

    def test_an_instance_that_is_saved_and_deleted_again_is_told_of_as_it_is_then(self):
        user = make_user()
        user.delete()
        user.username = "bo"
        user.save()
        with sent(events.account_closed) as calls, self.captureOnCommitCallbacks(execute=True):
            user.delete()
        self.assertEqual([call.kwargs["username"] for call in calls], ["bo"])


class ProfileDeletionTests(TransactionTestCase):
    """With real commits, after which the file goes."""

    databases = "__all__"

    def test_a_picture_goes_with_a_profile_of_which_little_is_loaded(self):
        for name, delete in {
            "a queryset of keys": lambda profile: Profile.objects.only("pk").delete(),
            "an instance without the picture": lambda profile: Profile.objects.defer("image").get().delete(),
            "a stub made from a key": lambda profile: Profile(pk=profile.pk).delete(),
            "with its user": lambda profile: User.objects.only("pk").delete(),
        }.items():
            with self.subTest(name):
                User.objects.all().delete()
                others, profile = stored_pictures(), make_user().profile
                profile.image = ContentFile(picture().read(), name="me.png")
                profile.save()
                profile.interests.add(Interest.objects.get_or_create(name="Chess")[0])
                self.assertEqual(len(stored_pictures() - others), 1)
                delete(profile)
                self.assertEqual((stored_pictures(), Profile.objects.count()), (others, 0))

    def test_an_interest_of_which_the_key_alone_is_loaded_goes(self):
        make_user().profile.interests.add(Interest.objects.create(name="Chess"))
        for delete in (Interest.objects.only("pk").delete, Interest.objects.all().delete):
            delete()
        self.assertFalse(Interest.objects.exists())
