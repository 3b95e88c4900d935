"""Names of receivers, senders and instances, without running any of their code."""

import functools
import uuid
from importlib import import_module
from importlib.util import find_spec
from unittest import skipUnless

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import SimpleTestCase
from django.utils.functional import SimpleLazyObject

from signal_inspector.reading import naming, source

HERE = __name__


def hear(sender, **kwargs):
    pass


class Touchy:
    """Fails whoever touches it."""

    def __getattribute__(self, name):
        raise AssertionError(name)

    def __call__(self, **kwargs):
        raise AssertionError

    __eq__ = __hash__ = __repr__ = __str__ = __bool__ = __len__ = __call__


class Meta(type):
    """Fails whoever touches its classes."""

    def __getattribute__(cls, name):
        raise AssertionError(name)

    def __eq__(cls, other):
        raise AssertionError

    __hash__ = __repr__ = __str__ = __eq__


class TouchyClass(metaclass=Meta):
    pass


class Ear:
    def hear(self, **kwargs):
        pass

    @classmethod
    def hear_all(cls, **kwargs):
        pass

    def __call__(self, **kwargs):
        pass


class Proxy:
    """Stands for another object, as werkzeug's LocalProxy does: even its dictionary is another's."""

    @property
    def __dict__(self):
        raise AssertionError


class Slotted:
    __slots__ = ("value",)


def forbidden():
    raise AssertionError("a lazy object was evaluated")


class ReceiverNameTests(SimpleTestCase):
    def assertNamed(self, receiver, name):
        self.assertEqual(naming.receiver_name(receiver), name)

    def test_function_and_lambda(self):
        self.assertNamed(hear, f"{HERE}.hear")
        self.assertNamed(lambda **kwargs: None, f"{HERE}.ReceiverNameTests.test_function_and_lambda.<locals>.<lambda>")

    def test_methods(self):
        self.assertNamed(Ear().hear, f"{HERE}.Ear.hear")
        self.assertNamed(Ear.hear_all, f"{HERE}.Ear.hear_all")

    def test_partials(self):
        self.assertNamed(functools.partial(hear, a=1), f"functools.partial({HERE}.hear)")
        self.assertNamed(functools.partial(Ear().hear), f"functools.partial({HERE}.Ear.hear)")
        self.assertNamed(functools.partial(Touchy()), f"functools.partial({HERE}.Touchy.__call__)")

    def test_callable_objects_and_classes(self):
        self.assertNamed(Ear(), f"{HERE}.Ear.__call__")
        self.assertNamed(Touchy(), f"{HERE}.Touchy.__call__")
        self.assertNamed(Ear, f"{HERE}.Ear")
        self.assertNamed(TouchyClass, f"{HERE}.TouchyClass")

    def test_builtins(self):
        self.assertNamed(print, "builtins.print")
        self.assertNamed([].append, "builtins.list.append")

    def test_a_cached_function_has_its_own_name(self):
        self.assertNamed(functools.lru_cache(hear), f"{HERE}.hear")

    def test_a_function_that_lies_about_its_module(self):
        def receiver(**kwargs):
            pass

        receiver.__module__ = Touchy()
        self.assertTrue(naming.receiver_name(receiver).endswith("<locals>.receiver"))


class LocalProxy:
    """What Celery's proxies look like from outside: the function is in a slot of theirs."""

    __slots__ = ("_Proxy__args", "_Proxy__kwargs", "_Proxy__local", "__dict__")

    def __init__(self, local, args=(), kwargs=None):
        self._Proxy__local, self._Proxy__args, self._Proxy__kwargs = local, args, kwargs or {}

    @property
    def __class__(self):
        raise AssertionError("The task was evaluated.")

    def __call__(self, *args, **kwargs):
        raise AssertionError("The task was called.")


def shared(fun, name=None):
    """Keep a function as shared_task does."""
    return LocalProxy(lambda: (fun, name))


def count_rows(sender, **kwargs):
    pass


class Task:
    def __call__(self, **kwargs):
        raise AssertionError("The task was called.")

    def delay(self, **kwargs):
        pass


class TaskNameTests(SimpleTestCase):
    """A task of Celery's is told by its name, whatever the object is that was connected."""

    def test_what_shared_task_makes(self):
        self.assertEqual(naming.receiver_name(shared(count_rows)), f"{HERE}.count_rows")
        self.assertEqual(naming.receiver_name(shared(count_rows, "shop.count")), "shop.count")

    def test_what_the_task_method_of_an_app_makes(self):
        method = Task().delay
        self.assertEqual(naming.receiver_name(LocalProxy(method, (count_rows,))), f"{HERE}.count_rows")
        self.assertEqual(naming.receiver_name(LocalProxy(method, (count_rows,), {"name": "shop.c"})), "shop.c")

    def test_a_task_and_its_methods(self):
        kind = type("count_rows", (Task,), {"name": "shop.count", "__wrapped__": staticmethod(count_rows)})
        self.assertEqual(naming.receiver_name(kind()), "shop.count")
        self.assertEqual(naming.receiver_name(kind().delay), "shop.count.delay")

    def test_the_function_behind_is_found(self):
        for task in (shared(count_rows), LocalProxy(Task().delay, (count_rows,))):
            self.assertIs(source.function_behind(task), count_rows)
            self.assertIn(count_rows, source.held_by(task))

    def test_what_only_looks_alike_goes_by_its_class(self):
        self.assertEqual(naming.receiver_name(Task()), f"{HERE}.Task.__call__")
        self.assertEqual(naming.receiver_name(LocalProxy(None)), f"{HERE}.LocalProxy.__call__")


class SenderNameTests(SimpleTestCase):
    def assertNamed(self, sender, name):
        self.assertEqual(naming.sender_name(sender), name)

    def test_models_have_their_label(self):
        self.assertNamed(User, "auth.User")
        self.assertNamed(User.groups.through, "auth.User_groups")

    def test_other_senders(self):
        self.assertNamed(None, "")
        self.assertNamed("a" * 90, "a" * 80)
        self.assertNamed(Ear, f"{HERE}.Ear")
        self.assertNamed(hear, f"{HERE}.hear")
        self.assertNamed(functools, "functools")
        self.assertNamed(apps.get_app_config("auth"), "app auth")
        self.assertNamed(Slotted(), f"{HERE}.Slotted object")
        self.assertNamed(Proxy(), f"{HERE}.Proxy object")

    def test_an_object_without_a_dictionary_of_its_own(self):
        self.assertEqual(naming.instance_dict(Proxy()), {})
        self.assertEqual(naming.instance_dict(Slotted()), {})

    @skipUnless(find_spec("wrapt"), "wrapt is not installed.")
    def test_a_proxy_written_in_c_around_what_has_no_dictionary(self):
        """OpenTelemetry puts such a one in the place of ``sqlite3.connect``, where all modules are looked through."""
        proxy = import_module("wrapt").ObjectProxy(len)
        self.assertEqual(naming.instance_dict(proxy), {})

    def test_nobody_is_touched(self):
        self.assertNamed(Touchy(), f"{HERE}.Touchy object")
        self.assertNamed(TouchyClass, f"{HERE}.TouchyClass")
        self.assertNamed(TouchyClass(), f"{HERE}.TouchyClass object")
        self.assertNamed(SimpleLazyObject(forbidden), "django.utils.functional.SimpleLazyObject object")


class InstanceNameTests(SimpleTestCase):
    def assertNamed(self, instance, name):
        self.assertEqual(naming.instance_name(instance), name)

    def test_model_and_key(self):
        self.assertNamed(User(pk=7), "auth.User:7")
        self.assertNamed(User(), "auth.User:new")
        self.assertNamed(Group(pk=uuid.UUID(int=5)), "auth.Group:00000000-0000-0000-0000-000000000005")

    def test_a_key_that_is_a_secret_is_cut(self):
        self.assertNamed(Session(session_key="0123456789abcdefghij"), "sessions.Session:0123…")
        self.assertNamed(Session(session_key="short"), "sessions.Session:short")

    def test_a_key_of_another_kind_is_not_asked_for_its_text(self):
        self.assertNamed(User(pk=Touchy()), "auth.User")

    def test_a_lazy_instance_is_not_evaluated(self):
        lazy = SimpleLazyObject(lambda: User(pk=3))
        self.assertNamed(lazy, "django.utils.functional.SimpleLazyObject object")
        bool(lazy.username)
        self.assertNamed(lazy, "auth.User:3")

    def test_anything_else(self):
        self.assertNamed(None, "")
        self.assertNamed(Touchy(), f"{HERE}.Touchy object")


class UidNameTests(SimpleTestCase):
    def test_plain_values_are_shown_and_others_named(self):
        self.assertEqual(naming.uid_name(None), "")
        self.assertEqual(naming.uid_name("users.create"), "users.create")
        self.assertEqual(naming.uid_name(("a", 1)), "(a, 1)")
        self.assertEqual(naming.uid_name(Touchy()), f"{HERE}.Touchy object")
