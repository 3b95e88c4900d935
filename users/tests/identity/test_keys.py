"""Keys tell who has a name or an address, in every spelling, and no two accounts have one."""

from uuid import uuid4

from django.contrib.auth import get_user_model
from django.test import SimpleTestCase

from users.identity.keys import claimed_keys, unclaimed_keys
from users.models import Profile

User = get_user_model()


class KeyTests(SimpleTestCase):
    def test_a_claimed_name_and_address_are_their_folds(self):
        user = User(pk=7, username="ÄDA", email="Ada@Example.com")
        self.assertEqual(claimed_keys(user), {"name_key": "äda", "email_key": "ada@example.com"})

    def test_no_two_unclaimed_names_have_one_key_and_none_has_a_claimed_one(self):
        ones, others = (unclaimed_keys(User(pk=pk, username="Ada", email="a@example.com")) for pk in (1, 2))
        self.assertNotEqual(ones["name_key"], others["name_key"])
        self.assertIn(" ", ones["name_key"])  # no form lets one into a name
        self.assertIsNone(ones["email_key"])

    def test_an_account_without_an_address_claims_none(self):
        self.assertIsNone(claimed_keys(User(pk=7, username="ada", email=""))["email_key"])

    def test_the_longest_names_fit_into_the_columns(self):
        longest = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 150  # 18 characters each when folded
        for pk in (2**63 - 1, uuid4()):  # a swapped user model may have one of these
            user = User(pk=pk, username=longest, email=longest)
            for keys in (claimed_keys(user), unclaimed_keys(user)):
                for field, value in keys.items():
                    self.assertLessEqual(len(value or ""), Profile._meta.get_field(field).max_length)
