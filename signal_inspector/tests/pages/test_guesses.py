"""What could have been meant, and the noise."""

from types import SimpleNamespace

from django.test import SimpleTestCase

from signal_inspector.pages.trace.guesses import Guesses
from signal_inspector.tests.support import POST_SAVE, PRE_SAVE, make_trace, node
from signal_inspector.traces.nodes import RECEIVER, SIGNAL

OWN_FILE, PACKAGE = __file__, "/x/site-packages/shop.py"


def receiver(name, sender="", file=OWN_FILE):
    return SimpleNamespace(name=name, sender=sender, file=file)


class GuessTests(SimpleTestCase):
    guesses = Guesses(make_trace(node(SIGNAL, POST_SAVE, node(RECEIVER, "shop.hear"), sender="auth.User")))

    def test_the_same_sender_comes_first_then_the_same_app_and_packages_last(self):
        near, of_app = receiver("x.near", "auth.User"), receiver("shop.other")
        elsewhere, package = receiver("y.z"), receiver("shop.packed", "auth.User", PACKAGE)
        groups = self.guesses.idle([("one", [package, elsewhere, near]), ("two", [of_app]), ("three", [near])])
        self.assertEqual(
            [(is_folded, pairs) for _title, is_folded, pairs in groups],
            [
                (False, [("one", [near]), ("three", [near])]),
                (False, [("two", [of_app])]),
                (False, [("one", [elsewhere])]),
                (True, [("one", [package])]),
            ],
        )

    def test_of_the_unheard_what_took_part_or_is_the_projects_own_stays_in_sight(self):
        init = (PRE_SAVE.replace("pre_save", "pre_init"), "auth.User", 240)
        rows = [init, (PRE_SAVE, "auth.User", 1), (PRE_SAVE, "sessions.Session", 1), (f"{__name__}.told", "", 2)]
        near, others = self.guesses.unheard(rows)
        self.assertEqual((near, others), ([rows[1], rows[3]], [init, rows[2]]))
