"""When two names or addresses are the same one, and which of them nobody may have."""

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.test import SimpleTestCase, override_settings

from users.identity import names
from users.identity.names import validate_not_reserved

User = get_user_model()


class FoldTests(SimpleTestCase):
    def assertSame(self, *spellings):
        self.assertEqual({names.fold(spelling) for spelling in spellings}, {names.fold(spellings[0])})

    def test_letter_case_is_no_difference(self):
        self.assertSame("Ada", "ada", "ADA", "aDA")
        self.assertSame("Ärger", "ärger", "ÄRGER")
        self.assertSame("ΣΟΦΟΣ", "σοφος", "σοφοσ")
        self.assertSame("Straße", "STRASSE", "STRAẞE", "strasse")

    def test_compatibility_forms_are_no_difference(self):
        self.assertSame("k", "\N{KELVIN SIGN}", "Ｋ")
        self.assertSame("ada", "ａｄａ", "ᴬda", "ⓐda")
        self.assertSame("fine", "\N{LATIN SMALL LIGATURE FI}ne")
        self.assertSame("é", "e\N{COMBINING ACUTE ACCENT}", "É")

    def test_other_letters_are_a_difference(self):
        for one, other in (("ada", "adä"), ("o", "0"), ("ı", "i"), ("a", "а"), ("ada", "a.da")):
            self.assertNotEqual(names.fold(one), names.fold(other))


class RefusalMixin:
    """Names that a rule of ``rule`` refuses with ``code``, and names that it lets pass."""

    def assertRefused(self, *refused):
        for name in refused:
            with self.subTest(name), self.assertRaises(ValidationError) as caught:
                self.rule(name)
            self.assertEqual(caught.exception.code, self.code)

    def assertAccepted(self, *accepted):
        for name in accepted:
            with self.subTest(name):
                self.assertIsNone(self.rule(name))


class ReservedTests(RefusalMixin, SimpleTestCase):
    rule, code = staticmethod(names.validate_not_reserved), "reserved"

    def test_names_of_the_site_are_reserved_in_every_spelling(self):
        self.assertRefused(*names.RESERVED)
        self.assertRefused(
            "Admin", "ROOT", "ａｄｍｉｎ", "admin_", "-admin-", "@login", "S\N{LATIN SMALL LETTER LONG S}taff"[1:]
        )

    def test_names_of_punctuation_alone_are_reserved(self):
        self.assertRefused(".", "..", "_", "+", "@", "-.-")

    def test_names_that_contain_a_reserved_one_are_free(self):
        self.assertAccepted("ada", "administrata", "rooty", "newsy", "a.admin", "hostess")


class VisibleTests(RefusalMixin, SimpleTestCase):
    rule, code = staticmethod(names.validate_visible), "invisible"

    def test_letters_that_leave_no_mark_are_refused(self):
        self.assertRefused("ada\N{HANGUL FILLER}", "\N{HANGUL CHOSEONG FILLER}ada", "a\N{HANGUL JUNGSEONG FILLER}b")
        self.assertRefused("ada\N{HALFWIDTH HANGUL FILLER}")

    def test_letters_are_accepted(self):
        self.assertAccepted("ada", "Ärger", "한글", "佐々木", "محمد")


class ScriptTests(RefusalMixin, SimpleTestCase):
    rule, code = staticmethod(names.validate_one_script), "mixed_scripts"

    def test_scripts_that_are_not_written_together_are_refused(self):
        self.assertRefused("pаypal")  # the first "a" is Cyrillic
        self.assertRefused("αda", "adа", "αа", "ひらがなа", "한글かな", "ⲁda")

    def test_digits_of_another_script_are_refused(self):
        self.assertRefused(
            "ada\N{ARABIC-INDIC DIGIT ONE}", "ada\N{BENGALI DIGIT FOUR}", "ada\N{IDEOGRAPHIC NUMBER ZERO}а"
        )

    def test_one_script_is_accepted_with_its_digits(self):
        self.assertAccepted("ada", "Ärger", "софия", "Σοφία", "דוד", "محمد", "ada.lovelace-99_+@")
        self.assertAccepted("софия99", "محمد\N{ARABIC-INDIC DIGIT THREE}", "محمد\N{EXTENDED ARABIC-INDIC DIGIT THREE}")
        self.assertAccepted("1815")

    def test_scripts_that_are_written_together_are_accepted(self):
        self.assertAccepted("佐々木", "山田ひなタロー", "emi田中", "한글漢字", "ada한글", "ㄅㄆ漢字")


class DeliverableTests(SimpleTestCase):
    def test_addresses_that_no_mail_can_be_sent_to_are_refused(self):
        for address in (
            "\N{KELVIN SIGN}@example.com",
            "ä@example.com",
            f"a@{'ä' * 60}.de",
            f"a@{'x' * 64}.de",
            '"a\fb"@example.com',
        ):
            with self.subTest(address), self.assertRaises(ValidationError) as caught:
                names.deliverable(address)
            self.assertEqual(caught.exception.code, "invalid")

    def test_one_mailbox_has_one_spelling(self):
        self.assertEqual(names.deliverable("a@münchen.example"), "a@xn--mnchen-3ya.example")
        for address in ("a@exam\N{ZERO WIDTH SPACE}ple.com", "a@exam\N{SOFT HYPHEN}ple.com", "a@ｅxample.com"):
            self.assertEqual(names.deliverable(address), "a@example.com")

    def test_an_address_in_ascii_stays_as_it_is(self):
        for address in ("Ada.L+x@Example.COM", "a@localhost", "a@[127.0.0.1]", '"a b"@example.com'):
            self.assertEqual(names.deliverable(address), address)


class ReservedBySettingTests(SimpleTestCase):
    def test_a_site_reserves_names_of_its_own_and_a_changed_setting_counts_at_once(self):
        validate_not_reserved("acme")
        with override_settings(RESERVED_USERNAMES=["Acme"]):
            with self.assertRaises(ValidationError):
                validate_not_reserved("ACME")
            with self.assertRaises(ValidationError):
                validate_not_reserved("admin")
        validate_not_reserved("acme")
