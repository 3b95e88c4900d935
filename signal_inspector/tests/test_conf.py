"""The settings: what is read, and what is said of values that can't be right."""

from django.contrib.auth.models import AnonymousUser, User
from django.core.checks.registry import registry
from django.http import HttpResponse
from django.test import RequestFactory, SimpleTestCase, override_settings
from django.urls import include, path, re_path

from signal_inspector import conf, setup_checks
from signal_inspector.middleware import SignalInspectorMiddleware
from signal_inspector.requests import store
from signal_inspector.requests.access import may_see

HERE = __name__
CHECKS = (setup_checks.check_settings, setup_checks.check_middleware, setup_checks.check_urls)
ROOT_URLCONF = "signal_inspector.tests.urls"
NO_NUMBERS = ("many", None, True, -1, [3])
WRONG = {
    "ENABLED": ("False", 1, None),
    "SAMPLE": (1.5, "half", "no.such.function", None),
    "IGNORE": ("/health/", ["health/"], [1], {"/a/"}),
    "MAX_NODES": (*NO_NUMBERS, 0, 1.5),
    "DETAILS": ("yes", 0),
    "KEEP": (*NO_NUMBERS, 0, 1.5),
    "DATABASE": ("nowhere", 1),
    "MAY_SEE": ("no.such.function", "conf", True, f"{__name__}.HERE"),
    "EDITOR": ("vscode://file/", None, 1),
    "SLOW": NO_NUMBERS,
    "SLOW_SHARE": (*NO_NUMBERS, 2),
    "STORIES": (["a.b"], {"a": 1}, {1: "a.b"}),
    "CHECK_FIXTURES": (1, "yes"),
    "CHECK_IGNORE": ("shop", [1]),
}
RIGHT = {
    "ENABLED": (True, False),
    "SAMPLE": (0, 1, 0.01, f"{HERE}.only_posts", lambda request: True),
    "IGNORE": ([], ("/health/",)),
    "MAX_NODES": (1,),
    "DETAILS": (True,),
    "KEEP": (1, 10_000),
    "DATABASE": (None, "default"),
    "MAY_SEE": (None, f"{HERE}.only_ada", lambda user: True),
    "EDITOR": ("", "vscode://file/{path}:{line}"),
    "SLOW": (0, 0.5),
    "SLOW_SHARE": (0, 1, 0.5),
    "STORIES": ({}, {"a login": "shop.stories.log_in"}),
    "CHECK_FIXTURES": (True, False),
    "CHECK_IGNORE": ([], ["shop"], ("shop.signals",)),
}


def only_posts(request):
    return request.method == "POST"


def only_ada(user):
    return user.get_username() == "ada"


def fail(user):
    raise LookupError("who?")


class Member:
    """A user of a model of one's own, with nothing that it need not have."""

    is_authenticated = True


class CatchAll:
    """Routes of a project: of those that follow, the first takes every path."""

    urlpatterns = [re_path("^", lambda request: HttpResponse()), path("signals/", include("signal_inspector.urls"))]


class InFront:
    """The same routes, with the inspector's first."""

    urlpatterns = CatchAll.urlpatterns[::-1]


def told(*ids):
    """Return what the checks of the app say, as a list of messages."""
    found = [message for check in CHECKS for message in check()]
    return [message for message in found if message.id.removeprefix("signal_inspector.") in ids]


class TableTests(SimpleTestCase):
    def test_the_checks_are_among_those_that_django_runs(self):
        self.assertLessEqual(set(CHECKS), set(registry.get_checks()))

    def test_each_setting_is_tried_with_wrong_and_right_values(self):
        names = {name.removeprefix(conf.PREFIX) for name in conf.SETTINGS}
        self.assertEqual((set(WRONG), set(RIGHT)), (names, names))

    def test_defaults_are_right(self):
        for name, setting in conf.SETTINGS.items():
            self.assertTrue(setting.default == conf.FOLLOWS_DEBUG or setting.fits(setting.default), name)

    def test_each_wrong_value_is_an_error_in_one_sentence(self):
        for name, value in ((name, value) for name, values in WRONG.items() for value in values):
            with self.subTest(name, value=value), override_settings(**{f"SIGNAL_INSPECTOR_{name}": value}):
                [error] = told("E001")
                self.assertEqual(error.obj, f"SIGNAL_INSPECTOR_{name}")
                self.assertRegex(error.msg, rf"^SIGNAL_INSPECTOR_{name} has to be .*, and is .*\.$")

    def test_of_a_right_one_nothing_is_said(self):
        for name, value in ((name, value) for name, values in RIGHT.items() for value in values):
            with self.subTest(name, value=value), override_settings(**{f"SIGNAL_INSPECTOR_{name}": value}):
                self.assertEqual(told("E001", "W007", "W008"), [])

    @override_settings(**{f"{conf.PREFIX}KEPT": 3})
    def test_a_setting_that_there_is_not(self):
        [warning] = told("W007")
        self.assertEqual(warning.hint, "Did you mean SIGNAL_INSPECTOR_KEEP?")

    @override_settings(SIGNAL_INSPECTOR_SILENCED=["shop"], SIGNAL_INSPECTOR_CHECK_IGNORE=["users.signals"])
    def test_an_old_name_works_and_says_its_new_one(self):
        [warning] = told("W008")
        self.assertIn("SIGNAL_INSPECTOR_CHECK_IGNORE", warning.msg)
        self.assertEqual([conf.silenced(name) for name in ("shop.a", "users.signals.b", "users")], [True, True, False])


class PlaceTests(SimpleTestCase):
    """Where the app stands in a project: among the middleware, and in the urls."""

    def test_middleware_that_changes_answers_belongs_behind_ours(self):
        ours, gzip = f"{SignalInspectorMiddleware.__module__}.SignalInspectorMiddleware", "django.middleware.gzip"
        gzip += ".GZipMiddleware"
        for names, number in (([ours, gzip], 0), ([gzip, ours], 1), ([gzip], 0), (["a.b", gzip, ours], 1)):
            with self.subTest(names), override_settings(MIDDLEWARE=names):
                self.assertEqual(len(told("W009")), number)

    def test_a_route_that_takes_every_path_is_told_of(self):
        with override_settings(ROOT_URLCONF=CatchAll):
            [warning] = told("W010")
            self.assertIn("takes /signals/", warning.msg)
        with override_settings(ROOT_URLCONF=InFront):
            self.assertEqual(told("W010"), [])


@override_settings(SIGNAL_INSPECTOR_ENABLED=True)
class SampleTests(SimpleTestCase):
    def recorded(self, method="get"):
        """Return whether a request is recorded."""
        request = getattr(RequestFactory(), method)("/")
        response = SignalInspectorMiddleware(lambda request: HttpResponse())(request)
        return "X-Signal-Trace" in response.headers

    def test_all_none_and_a_share(self):
        with override_settings(SIGNAL_INSPECTOR_SAMPLE=0):
            self.assertEqual({self.recorded() for _ in range(50)}, {False})
        with override_settings(SIGNAL_INSPECTOR_SAMPLE=1):
            self.assertEqual({self.recorded() for _ in range(50)}, {True})
        with override_settings(SIGNAL_INSPECTOR_SAMPLE=0.5):
            self.assertTrue(50 < sum(self.recorded() for _ in range(200)) < 150)

    def test_a_callable_and_its_path(self):
        for value in (only_posts, f"{HERE}.only_posts"):
            with override_settings(SIGNAL_INSPECTOR_SAMPLE=value):
                self.assertEqual((self.recorded(), self.recorded("post")), (False, True))

    @override_settings(SIGNAL_INSPECTOR_SAMPLE=fail)
    def test_one_that_fails_leaves_the_request_alone(self):
        store._reported.clear()
        with self.assertLogs("signal_inspector", "WARNING") as logs:
            self.assertFalse(self.recorded())
        self.assertIn("A request is not recorded.", logs.output[0])


class MaySeeTests(SimpleTestCase):
    def test_a_rule_of_the_project_s_own(self):
        for rule in (only_ada, f"{HERE}.only_ada"):
            with override_settings(SIGNAL_INSPECTOR_MAY_SEE=rule, DEBUG=True):
                self.assertTrue(may_see(User(username="ada")))
                self.assertFalse(may_see(User(username="bob", is_staff=True)))
                self.assertFalse(may_see(AnonymousUser()))
                self.assertFalse(may_see(None), "Whoever is not known is not asked about.")

    def test_a_rule_that_fails_or_is_missing_shows_nothing(self):
        for rule in (fail, "no.such.rule"):
            with override_settings(SIGNAL_INSPECTOR_MAY_SEE=rule, DEBUG=True), self.assertLogs("signal_inspector"):
                self.assertFalse(may_see(User(username="ada", is_staff=True)))

    def test_a_user_model_without_staff(self):
        self.assertFalse(may_see(Member()))
        with override_settings(DEBUG=True):
            self.assertTrue(may_see(Member()))

    @override_settings(SIGNAL_INSPECTOR_MAY_SEE=fail, ROOT_URLCONF=ROOT_URLCONF, LOGIN_URL="login")
    def test_the_pages_answer_as_for_strangers_then(self):
        with self.assertLogs("signal_inspector"):
            response = self.client.get("/signals/receiver/?name=x")
        self.assertRedirects(response, "/login/?next=/signals/receiver/%3Fname%3Dx", fetch_redirect_response=False)
