"""``await user.aprofile()`` is ``user.profile`` in asynchronous code: the same promise, and no query on the way."""

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.exceptions import SynchronousOnlyOperation
from django.test import TestCase

from users.models import Profile

User = get_user_model()


class AwaitedProfileTests(TestCase):
    databases = {"default", "other"}

    async def test_it_is_the_stored_profile_and_stays_on_the_user(self):
        user = await User.objects.acreate(username="ada")
        stored = await Profile.objects.aget(user=user)
        user = await User.objects.aget(pk=user.pk)
        with self.assertRaises(SynchronousOnlyOperation):
            user.profile  # noqa: B018
        profile = await user.aprofile()
        self.assertEqual(profile, stored)
        self.assertIs(user.profile, profile)
        self.assertIs(await user.aprofile(), profile)
        self.assertIs(profile.user, user)

    async def test_what_is_loaded_costs_no_query_and_no_thread(self):
        user = await User.objects.acreate(username="ada")
        await user.aprofile()
        awaited = user.aprofile()
        with self.assertRaises(StopIteration):
            awaited.send(None)  # it ends without once giving the event loop back

    async def test_a_missing_one_is_made(self):
        await User.objects.abulk_create([User(username="ada")])
        user = await User.objects.aget(username="ada")
        profile = await user.aprofile()
        self.assertEqual(profile, await Profile.objects.aget(user=user))

    async def test_who_has_no_row_gets_an_unsaved_one(self):
        self.assertIsNone((await User(username="new").aprofile()).pk)
        user = await User.objects.acreate(username="ada")
        gone = await User.objects.aget(pk=user.pk)
        await user.adelete()
        self.assertIsNone((await gone.aprofile()).pk)

    async def test_it_is_of_the_database_of_its_user(self):
        user = await User.objects.using("other").acreate(username="ada")
        profile = await (await User.objects.using("other").aget(pk=user.pk)).aprofile()
        self.assertEqual((profile.user_id, profile._state.db), (user.pk, "other"))

    async def test_a_page_s_user_is_awaited_first(self):
        user = await User.objects.acreate(username="ada")
        await sync_to_async(self.client.force_login)(user)
        request = (await sync_to_async(self.client.get)("/profile/")).wsgi_request
        self.assertEqual((await (await request.auser()).aprofile()).user_id, user.pk)
