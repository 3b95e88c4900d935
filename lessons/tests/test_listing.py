import re
from html import unescape
from pathlib import Path

from django.test import TestCase, override_settings

from lessons.exhibits import login, spy, together
from lessons.listing import EXHIBITS, MODULE_OF, code_of


def plain(html):
    return unescape(re.sub(r"<[^>]+>", "", html))


class ListingTests(TestCase):
    def test_there_are_eleven_and_each_leads_to_the_next(self):
        self.assertEqual(len(EXHIBITS), 11)
        first, *others = EXHIBITS.values()
        for other in others:
            first = first.following
            self.assertIs(first, other)
        self.assertIsNone(first.following)

    def test_templates_can_call_nothing_of_an_exhibit(self):
        for exhibit in EXHIBITS.values():
            values = [*vars(exhibit).values()]
            self.assertEqual([value for value in values if callable(value)], [])

    def test_the_code_stands_with_the_side_that_uses_it(self):
        code = {side: plain(html) for side, html in code_of(login).items()}
        self.assertIn("class Profile(Model):", code["both"])
        self.assertIn("def save_profile(sender, instance, **kwargs):", code["naive"])
        self.assertIn("def give_profile(", code["right"])
        self.assertNotIn("save_profile", code["both"])

    def test_what_is_shown_is_in_the_file_line_by_line(self):
        for name, module in MODULE_OF.items():
            lines = Path(module.__file__).read_text(encoding="utf-8").splitlines()
            shown = "\n".join(map(plain, code_of(module).values())).splitlines()
            self.assertEqual([line for line in shown if line not in lines], [], name)
            self.assertIn("def naive():", shown)
            self.assertIn("def right():", shown)

    def test_a_decorator_is_shown(self):
        self.assertIn("@event\ndef order_paid():", plain(code_of(together)["both"]))

    def test_a_signal_of_an_exhibit_has_a_contract_in_the_list_of_the_inspector(self):
        with override_settings(DEBUG=True):
            page = self.client.get("/signals/", {"q": "order_paid"})
        self.assertContains(page, "lessons.exhibits.together.order_paid")
        self.assertContains(page, "An order was paid.")

    def test_what_an_exhibit_makes_beside_functions_is_shown_too(self):
        self.assertIn("ROWS = 300", plain(code_of(spy)["both"]))
        self.assertIn("gone = []", plain("".join(code_of(spy).values())))
