"""By whom, from where, in which request."""

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory, SimpleTestCase, TestCase, override_settings
from django.utils.functional import SimpleLazyObject

from activity import context
from activity.context import actor, circumstances, client_address, current
from activity.middleware import RequestIdMiddleware
from activity.tests.support import LogMixin, entries, make_user


def address_of_proxy(request):
    return request.META.get("HTTP_X_FORWARDED_FOR")


class AddressTests(SimpleTestCase):
    def address(self, **meta):
        return client_address(RequestFactory().get("/", **meta))

    def test_it_is_the_one_that_our_proxies_vouch_for(self):
        forwarded = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.66, 192.0.2.7"}
        with override_settings(PROXY_COUNT=0):
            self.assertEqual(self.address(**forwarded), "10.0.0.1")
        with override_settings(PROXY_COUNT=1):
            self.assertEqual(self.address(**forwarded), "192.0.2.7")

    @override_settings(ACTIVITY_CLIENT_ADDRESS=address_of_proxy)
    def test_the_setting_may_hold_the_function_itself(self):
        self.assertEqual(self.address(HTTP_X_FORWARDED_FOR="192.0.2.7"), "192.0.2.7")

    @override_settings(ACTIVITY_CLIENT_ADDRESS=None)
    def test_without_the_setting_it_is_the_other_end_of_the_connection(self):
        self.assertEqual(self.address(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="192.0.2.7"), "192.0.2.1")

    def test_what_is_no_address_is_none(self):
        for text in ("", "unknown", "192.0.2.1:", "192.0.2.1\n", "<b>", "1" * 1000):
            self.assertIsNone(self.address(REMOTE_ADDR=text), text)
        request = RequestFactory().get("/")
        del request.META["REMOTE_ADDR"]  # a socket of Unix
        self.assertIsNone(client_address(request))

    def test_one_address_has_one_spelling(self):
        self.assertEqual(self.address(REMOTE_ADDR="192.0.2.1:80"), "192.0.2.1")
        self.assertEqual(self.address(REMOTE_ADDR="::ffff:192.0.2.1"), "192.0.2.1")
        self.assertEqual(self.address(REMOTE_ADDR="2001:DB8:0::1"), "2001:db8::1")  # all of it, not the network
        self.assertEqual(self.address(REMOTE_ADDR="fe80::1%eth0"), "fe80::1")


class RequestIdTests(SimpleTestCase):
    """An id that something else on this side has given a request is that of its entries, too."""

    def id_of(self, given):
        with (
            override_settings(ACTIVITY_REQUEST_ID=lambda request: given),
            context.following(RequestFactory().get("/")),
        ):
            return current().id

    def test_the_setting_gives_it(self):
        self.assertEqual(self.id_of("0123456789abcdef" * 2), "0123456789abcdef" * 2)

    def test_what_is_none_gets_one(self):
        for given in (None, "", "x", "0" * 33, "A" * 32, 7):
            self.assertRegex(self.id_of(given), "^[0-9a-f]{32}$")
            self.assertNotEqual(self.id_of(given), given)

    @override_settings(ACTIVITY_REQUEST_ID=None)
    def test_there_need_be_no_setting(self):
        with context.following(RequestFactory().get("/", headers={"X-Request-ID": "0" * 32})):
            self.assertNotEqual(current().id, "0" * 32)


class ActorTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = make_user("ada")

    def test_a_user_who_was_not_looked_up_yet_stays_so(self):
        request = RequestFactory().get("/")
        request.user = SimpleLazyObject(lambda: self.fail("looked up"))
        self.assertIsNone(actor(request))

    def test_a_user_who_was_looked_up_is_known(self):
        for name in ("_cached_user", "_acached_user"):
            request = RequestFactory().get("/")
            request.user = SimpleLazyObject(lambda: self.fail("looked up"))
            setattr(request, name, self.user)
            self.assertIs(actor(request), self.user)

    def test_who_just_logged_in_is_known(self):
        request = RequestFactory().get("/")
        request.user, request._cached_user = self.user, AnonymousUser()  # as login() leaves them
        self.assertIs(actor(request), self.user)

    def test_a_visitor_is_nobody(self):
        request = RequestFactory().get("/")
        self.assertIsNone(actor(request))
        request.user = AnonymousUser()
        self.assertIsNone(actor(request))


class CircumstancesTests(TestCase):
    databases = {"default", "other"}

    def test_outside_of_a_request_there_is_only_the_time(self):
        found = circumstances("default")
        self.assertIsNotNone(found.pop("at"))
        self.assertEqual(found, {"by": None, "by_name": "", "address": None, "request_id": ""})

    def test_a_user_of_another_database_is_known_by_name_alone(self):
        user = make_user("ada")
        self.assertEqual(circumstances("default", by=user)["by"], user.pk)
        found = circumstances("other", by=user)
        self.assertIsNone(found["by"])
        self.assertEqual(found["by_name"], "ada")

    def test_a_user_who_was_deleted_is_known_by_name_alone(self):
        user = make_user("ada")
        user.delete()
        self.assertIsNone(circumstances("default", by=user)["by"])
        self.assertEqual(circumstances("default", by=user)["by_name"], "ada")

    def test_it_asks_the_database_nothing(self):
        user = make_user("ada")
        with self.assertNumQueries(0):
            circumstances("default", request=RequestFactory().get("/"), by=user)


class MiddlewareTests(SimpleTestCase):
    def test_each_request_has_an_id_of_its_own(self):
        ids = []

        def view(request):
            ids.append(current().id)
            return HttpResponse()

        answers = [RequestIdMiddleware(view)(RequestFactory().get("/")).headers["X-Request-ID"] for _ in range(2)]
        self.assertEqual(answers, ids)
        self.assertEqual(len(set(ids)), 2)
        self.assertRegex(ids[0], r"\A[0-9a-f]{32}\Z")
        self.assertIsNone(current())

    def test_an_id_that_comes_with_a_request_is_not_believed(self):
        request = RequestFactory().get("/", HTTP_X_REQUEST_ID="a" * 32)
        response = RequestIdMiddleware(lambda request: HttpResponse())(request)
        self.assertNotEqual(response.headers["X-Request-ID"], "a" * 32)

    def test_an_exception_passes_and_leaves_no_request_behind(self):
        def view(request):
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            RequestIdMiddleware(view)(RequestFactory().get("/"))
        self.assertIsNone(current())

    async def test_it_works_without_threads_too(self):
        found = []

        async def view(request):
            found.append(current().id)
            found.append((await sync_to_async(current)()).id)  # as synchronous code that the view calls sees it
            return HttpResponse()

        response = await RequestIdMiddleware(view)(AsyncRequestFactory().get("/"))
        self.assertEqual(found, [response.headers["X-Request-ID"]] * 2)
        self.assertIsNone(current())

    def test_a_request_within_a_request_gives_way_to_the_outer_one(self):
        with context.following(RequestFactory().get("/")) as outer:
            with context.following(RequestFactory().get("/")):
                self.assertIsNot(current(), outer)
            self.assertIs(current(), outer)


class PageTests(LogMixin, TestCase):
    def test_every_answer_bears_the_id(self):
        for path in ("/", "/nowhere/", "/profile/"):
            self.assertRegex(self.client.get(path).headers["X-Request-ID"], r"\A[0-9a-f]{32}\Z")
        self.assertEqual(entries(), [])
