"""What is answered to somebody who is logged in stays out of caches, at no cost where nobody looked."""

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory, TestCase

from userprofile_project.middleware import PrivateAnswerMiddleware
from users.sessions import SessionStore

User = get_user_model()


class PrivateAnswerTests(TestCase):
    def setUp(self):
        self.user = User.objects.create_user("ada", "ada@example.com", "correct-horse-7")
        self.client.force_login(self.user)

    def prepared(self, request):
        """Return a request that comes with the session of the user."""
        request.session = SessionStore(self.client.session.session_key)
        return request

    def answer(self, view):
        middleware = PrivateAnswerMiddleware(AuthenticationMiddleware(view))
        return middleware(self.prepared(RequestFactory().get("/")))

    def test_a_view_that_looked_at_the_user_is_not_cached(self):
        response = self.answer(lambda request: HttpResponse(request.user.username))
        for word in ("no-store", "private"):
            self.assertIn(word, response.headers["Cache-Control"])

    def test_a_view_that_did_not_look_costs_no_query_and_is_left_alone(self):
        with self.assertNumQueries(0):
            response = self.answer(lambda request: HttpResponse())
        self.assertNotIn("Cache-Control", response.headers)

    def test_what_the_view_says_stays(self):
        def view(request):
            return HttpResponse(request.user.username, headers={"Cache-Control": "max-age=60"})

        self.assertEqual(self.answer(view).headers["Cache-Control"], "max-age=60")

    def test_a_visitor_s_page_is_left_alone(self):
        def view(request):
            request._cached_user = AnonymousUser()
            return HttpResponse()

        self.assertNotIn("Cache-Control", self.answer(view).headers)

    async def test_a_view_without_threads_that_looked_is_not_cached_either(self):
        async def view(request):
            return HttpResponse((await request.auser()).username)

        request = await sync_to_async(self.prepared)(AsyncRequestFactory().get("/"))
        response = await PrivateAnswerMiddleware(AuthenticationMiddleware(view))(request)
        self.assertIn("no-store", response.headers["Cache-Control"])
