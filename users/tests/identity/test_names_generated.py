"""What holds for every name and address, tried with generated ones. It wants requirements-dev.txt."""

import unicodedata
from unittest import skip
from unittest.mock import MagicMock

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import EmailValidator
from django.test import SimpleTestCase

from users.identity import names

try:
    from hypothesis import given, settings
    from hypothesis import strategies as st
except ImportError:  # not SkipTest: a skipped module can't be sent to the processes of --parallel
    st = MagicMock()

    def given(*strategies):
        return skip("hypothesis is not installed")

    def bounded(test):
        return test

else:
    bounded = settings(max_examples=50, deadline=None, derandomize=True, database=None)


class GeneratedNamesTests(SimpleTestCase):
    @bounded
    @given(st.text(max_size=30))
    def test_any_text_has_the_fold_of_its_spellings(self, text):
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            self.assertEqual(names.fold(unicodedata.normalize(form, text)), names.fold(text))

    @bounded
    @given(st.text(st.characters(max_codepoint=0x24F), max_size=30))
    def test_a_fold_is_folded(self, text):
        self.assertEqual(names.fold(names.fold(text)), names.fold(text))

    @bounded
    @given(st.emails() | st.from_regex(EmailValidator.user_regex, fullmatch=True).map("{}@example.com".format))
    def test_a_mail_can_be_sent_to_every_address_that_is_accepted(self, address):
        try:
            EmailValidator()(address)
            accepted = names.deliverable(address)
        except ValidationError:
            return
        EmailValidator()(accepted)
        self.assertEqual(names.deliverable(accepted), accepted)
        self.assertTrue(EmailMessage("s", "b", "site@example.com", [accepted]).message().as_bytes())
