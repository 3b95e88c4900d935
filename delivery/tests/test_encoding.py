"""What an event told comes back as it was, or is refused by name."""

import json
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import uuid4

from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import SimpleTestCase, TestCase
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.encoding import can_carry, decode, decode_arguments, encode, encode_arguments
from listening.events import Plain
from users.events import Value


def unfolded(value):
    """Return a time without the mark of an hour that is there twice, which text has no place for."""
    return value.replace(fold=0)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.decimals(allow_nan=False)
    | st.datetimes(timezones=st.sampled_from([UTC, None])).map(unfolded)
    | st.dates()
    | st.times().map(unfolded)
    | st.timedeltas(min_value=timedelta(days=-10_000), max_value=timedelta(days=10_000))
    | st.uuids(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
)


class PlainTests(SimpleTestCase):
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
    @given(values)
    def test_what_travels_comes_back_as_it_was(self, value):
        self.assertEqual(repr(decode(json.loads(json.dumps(encode(value))))), repr(value))

    def test_text_that_is_more_than_text_becomes_text(self):
        class Kind(StrEnum):
            WELCOME = "welcome"

        self.assertEqual(encode(Kind.WELCOME), "welcome")
        self.assertEqual(encode(gettext_lazy("waiting")), "waiting")

    def test_what_can_not_travel_is_refused_by_the_name_of_the_argument(self):
        for value in (object(), {1, 2}, b"x", float("nan"), Group(), len, Group):
            with self.subTest(value), self.assertRaisesMessage(TypeError, "door: "):
                encode_arguments({"using": "default", "door": [value]})

    def test_a_dict_that_looks_like_ours_stays_a_dict(self):
        self.assertEqual(
            decode(encode({"$model": ["auth.group", 1, "default"]})), {"$model": ["auth.group", 1, "default"]}
        )

    def test_a_time_keeps_its_moment(self):
        moment = datetime(2026, 3, 29, 1, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
        self.assertEqual(decode(encode(moment)), moment)


class InstanceTests(TestCase):
    databases = {"default", "other"}

    def test_it_is_read_again_from_its_database(self):
        group = Group.objects.using("other").create(name="editors")
        encoded = encode_arguments({"instance": SimpleLazyObject(lambda: group)})
        Group.objects.using("other").update(name="authors")
        arguments, keys = decode_arguments(json.loads(json.dumps(encoded)), {"instance"})
        self.assertEqual((arguments["instance"].name, keys), ("authors", {"instance": group.pk}))

    def test_of_one_that_is_gone_the_key_is_left(self):
        group = Group.objects.create(name="editors")
        encoded, pk = encode_arguments({"instance": group}), group.pk
        group.delete()
        self.assertEqual(decode_arguments(encoded, {"instance"}), ({"instance": None}, {"instance": pk}))

    def test_one_that_nobody_names_is_not_read(self):
        encoded = encode_arguments({"instance": Group.objects.create(name="editors")})
        with self.assertNumQueries(0):
            self.assertEqual(decode_arguments(encoded, {"keys"})[0], {})


class AnnotationTests(SimpleTestCase):
    def test_those_that_promise_what_can_travel(self):
        for annotation in (
            str, Model, Group, Plain, Value, None, Decimal, datetime, date, time, uuid4().__class__, Literal["a", "b"],
            Group | None, list[str], tuple[int, ...], dict[str, tuple[Plain, Plain]],
        ):  # fmt: skip
            with self.subTest(annotation):
                self.assertTrue(can_carry(annotation))

    def test_those_that_do_not(self):
        for annotation in (Any, object, list, dict, bytes, set[str], type, list[Any], Group | bytes, "str", len):
            with self.subTest(annotation):
                self.assertFalse(can_carry(annotation))
