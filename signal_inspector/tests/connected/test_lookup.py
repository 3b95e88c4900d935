from django.contrib.auth.models import update_last_login
from django.test import SimpleTestCase

from signal_inspector.connected import lookup
from signal_inspector.models import StoredTrace
from signal_inspector.requests.summary import app_or_package
from signal_inspector.tests.support import listen, make_trace, node
from signal_inspector.tests.urls import told
from signal_inspector.traces.nodes import RECEIVER, SIGNAL


def outer():
    """Make another one."""
    return lambda sender, **kwargs: None


class LookupTests(SimpleTestCase):
    here = "signal_inspector.tests.connected.test_lookup"

    def test_names_lead_to_what_bears_them(self):
        for name, found in {
            "django.contrib.auth.models.update_last_login": update_last_login,
            "functools.partial(django.contrib.auth.models.update_last_login)": update_last_login,
            "signal_inspector.models.StoredTrace": StoredTrace,
            "signal_inspector.models.StoredTrace.__str__": StoredTrace.__str__,
            f"{self.here}.outer.<locals>.<lambda>": outer,
        }.items():
            self.assertIs(lookup.function_named(name), found, name)

    def test_other_names_lead_nowhere(self):
        for name in (
            "",
            "x",
            ".",
            "django.conf.settings",
            "django.conf.settings.SECRET_KEY",
            "os.system",
            "json.dumps",
            "signal_inspector.gone.f",
            "signal_inspector.models.StoredTrace.gone",
            "functools.partial(",
        ):
            self.assertIsNone(lookup.function_named(name), name)

    def test_what_a_receiver_does(self):
        about = lookup.about(["signal_inspector.tests.support.listen", f"{self.here}.outer.<locals>.<lambda>", "x.y"])
        self.assertEqual(list(about.values()), ["Listen.", "Make another one.", ""])

    def test_what_was_not_called(self):
        told.connect(listen)
        self.addCleanup(told.disconnect, listen)
        name, receiver = "signal_inspector.tests.urls.told", "signal_inspector.tests.support.listen"

        def idle(*roots):
            found = {signal.name: receivers for signal, receivers in lookup.not_called(make_trace(*roots))}
            return [each.name for each in found.get(name, ())]

        self.assertEqual(idle(), [receiver])
        self.assertEqual(idle(node(SIGNAL, "other", node(RECEIVER, receiver))), [receiver])
        self.assertEqual(idle(node(SIGNAL, name, node(RECEIVER, receiver))), [])

    def test_the_app_of_a_name(self):
        for name, app in {
            "django.contrib.auth.models.update_last_login": "auth",
            "functools.partial(django.contrib.auth.models.f)": "auth",
            "django.db.close_old_connections": "django",
            "elsewhere.f": "elsewhere",
        }.items():
            self.assertEqual(app_or_package(name), app)
