from unittest import mock

from django.contrib.auth.models import Group, User
from django.test import SimpleTestCase

from signal_inspector.connected import inventory
from signal_inspector.pages.contents import life
from signal_inspector.requests import summary
from signal_inspector.tests.pages.contents.test_fired import MODELS
from signal_inspector.tests.support import POST_SAVE, PRE_SAVE, make_trace, node
from signal_inspector.traces.nodes import SIGNAL

AUTH = "django.contrib.auth.signals"
TOLD = "signal_inspector.tests.urls.told"


def story(*sent, sender="auth.User"):
    """Return what is stored of a trace in which signals were sent, one after the other; "+" where a row was made."""
    nodes = [
        node(SIGNAL, name.rstrip("+"), sender=sender, start=number, details={"created": True} if "+" in name else {})
        for number, name in enumerate(sent)
    ]
    return summary.fired(make_trace(*nodes))


REGISTRATION = story(PRE_SAVE, f"{POST_SAVE}+", TOLD, f"{AUTH}.user_logged_in", PRE_SAVE, POST_SAVE)
LOGIN = story(f"{AUTH}.user_logged_in", PRE_SAVE, POST_SAVE)
LOGOUT = story(f"{AUTH}.user_logged_out")


class LifeTests(SimpleTestCase):
    def setUp(self):
        self.signals = inventory.all_signals()

    def life(self, *stories, model=User):
        """Return the short names in order, from stories of which the first is the oldest."""
        self.found = life.life_of(model, self.signals, list(reversed(stories)))
        return [signal.short_name for signal, *_ in self.found]

    def place_of(self, name):
        return next((place, seen) for signal, place, seen in self.found if signal.short_name == name)

    def test_the_signals_of_a_row_stand_in_the_order_of_django(self):
        names = self.life(REGISTRATION, model=Group)
        self.assertEqual(names[: len(inventory.LIFE)], [name.rpartition(".")[2] for name in inventory.LIFE])
        self.assertEqual(self.place_of("post_save"), (life.BY_DJANGO, 0))

    def test_a_login_stands_where_traces_have_shown_it(self):
        names = self.life(REGISTRATION, LOGIN, LOGIN, LOGIN)
        told = names[names.index("post_save") :][:3]
        self.assertEqual(told, ["post_save", "told", "user_logged_in"])
        self.assertEqual(self.place_of("user_logged_in"), (life.BY_TRACES, 4))

    def test_of_saves_only_the_one_that_made_the_row_counts(self):
        names = self.life(story(PRE_SAVE, f"{POST_SAVE}+", f"{AUTH}.user_logged_in"), LOGIN, LOGIN, LOGIN)
        self.assertEqual(names.index("user_logged_in"), names.index("post_save") + 1)

    def test_a_logout_stands_behind_what_was_shown_earlier(self):
        names = self.life(REGISTRATION, LOGIN, LOGOUT)
        self.assertEqual(names.index("user_logged_out"), names.index("user_logged_in") + 1)
        self.assertEqual(self.place_of("user_logged_out"), (life.BY_TRACES, 1))

    def test_what_follows_a_deletion_stands_behind_it(self):
        gone = story(f"{MODELS}.pre_delete", f"{MODELS}.post_delete", TOLD)
        names = self.life(gone, LOGOUT)
        self.assertEqual(names.index("told"), names.index("post_delete") + 1)
        self.assertLess(names.index("user_logged_out"), names.index("pre_delete"))

    def test_what_comes_first_stands_before_the_row_is_written(self):
        names = self.life(story(TOLD, f"{POST_SAVE}+"))
        self.assertLess(names.index("told"), names.index("post_save"))

    def test_logins_belong_to_a_user_whom_no_trace_has_shown(self):
        names = self.life()
        for name in ("user_logged_in", "user_logged_out", "user_login_failed"):
            self.assertLess(names.index(name), names.index("pre_delete"))
            self.assertEqual(self.place_of(name), (life.UNKNOWN, 0))

    def test_they_do_not_belong_to_another_model(self):
        self.assertNotIn("user_logged_in", self.life(REGISTRATION, model=Group))
        self.assertNotIn("told", self.life(REGISTRATION, model=Group))

    def test_what_no_process_has_any_more_is_left_out(self):
        self.assertNotIn("gone", self.life(story("shop.events.gone")))

    def test_the_models_between_relations_belong_to_it(self):
        self.life(story(f"{MODELS}.m2m_changed", sender="auth.User_groups"))
        self.assertEqual(self.place_of("m2m_changed"), (life.BY_DJANGO, 1))

    def test_receivers_are_those_that_hear_the_model(self):
        self.life(REGISTRATION)
        names = {each.name for signal, *_ in self.found for each in signal.receivers}
        self.assertIn("django.contrib.auth.models.update_last_login", names)
        with mock.patch("django.conf.settings.AUTH_USER_MODEL", "auth.Group"):
            self.assertNotIn("user_logged_out", self.life())
