"""Every signal of the process, by the name of the module that defines it."""

import gc
import subprocess
import sys
import textwrap
from types import ModuleType, SimpleNamespace
from unittest import mock
from weakref import ref

from django.contrib.auth.signals import user_logged_in
from django.core.signals import request_started
from django.db.models import signals as model_signals
from django.db.models.signals import ModelSignal, post_save
from django.dispatch import Signal
from django.test import SimpleTestCase
from django.test.signals import template_rendered
from django.utils.functional import SimpleLazyObject

from signal_inspector.connected import holders, registry
from signal_inspector.connected.catalogue import known
from signal_inspector.reading.private import entries_of
from signal_inspector.tests.reading.test_naming import Touchy

HERE = __name__

here = Signal()
TABLE = {"saved": Signal(), "more": [Signal()]}


class Holder:
    inside = Signal()

    class Inner:
        deep = Signal()


class Hooks:
    def __init__(self):
        self.done = Signal()


class Odd:
    def __eq__(self, other):
        raise AssertionError

    __hash__ = None


class Lying:
    __module__ = Odd()


class SignalOfOurs(Signal):
    def __eq__(self, other):
        raise AssertionError

    def __repr__(self):
        raise AssertionError

    __hash__ = Signal.__hash__


of_ours = SignalOfOurs()


def forbidden():
    raise AssertionError("a lazy object was evaluated")


def names():
    return [name for name, _ in registry.find_signals()]


class NameTests(SimpleTestCase):
    def setUp(self):
        self.enterContext(mock.patch.dict(registry._known, clear=True))
        self.enterContext(mock.patch.object(registry, "_modules_seen", 0))
        self.enterContext(mock.patch.object(registry, "_in_vain", 0))

    def test_nameless_signals_are_not_looked_for_without_end(self):
        signals = [Signal() for _ in range(200)]
        look = holders.Holders.look_through_modules
        with mock.patch.object(holders.Holders, "look_through_modules", autospec=True, side_effect=look) as looks:
            self.assertEqual({registry.name_of(signal) for signal in signals}, {"<unnamed Signal>"})
            self.assertLess(looks.call_count, 30)
            with mock.patch.dict(sys.modules, {"a.module": SimpleNamespace(signal=(late := Signal()))}):
                self.assertEqual(registry.name_of(late), "a.module.signal")

    def test_nameless_signals_that_live_on_are_looked_for_once(self):
        signals = [Signal() for _ in range(10)]
        registry.find_signals()
        with mock.patch.object(registry, "Holders", side_effect=AssertionError("looked through all modules")):
            found = registry.find_signals()
        self.assertLessEqual({id(signal) for signal in signals}, {id(signal) for _, signal in found})

    def test_a_program_that_makes_nameless_signals_as_it_goes_is_listed_without_a_search(self):
        for _ in range(registry.IN_VAIN + 1):
            signal = Signal()
            registry.find_signals()
        signal = Signal()
        with mock.patch.object(holders.Holders, "look_through_modules", side_effect=AssertionError):
            self.assertIn(("<unnamed Signal>", signal), registry.find_signals())

    def test_what_goes_wrong_in_looking_is_no_error_of_who_sends(self):
        with mock.patch.object(holders.Holders, "look_through_modules", side_effect=RuntimeError):
            self.assertEqual(registry.name_of(here), "<unknown>")
        self.assertEqual(registry.name_of(here), f"{HERE}.here")

    def test_a_signal_is_named_by_the_module_that_defines_it(self):
        self.assertEqual(registry.name_of(post_save), "django.db.models.signals.post_save")
        self.assertEqual(registry.name_of(user_logged_in), "django.contrib.auth.signals.user_logged_in")
        self.assertEqual(registry.name_of(template_rendered), "django.test.signals.template_rendered")
        self.assertEqual(registry.name_of(here), f"{HERE}.here")

    def test_the_importing_module_does_not_name_it_though_its_name_is_likelier(self):
        imitation = ModuleType("a.signals")
        imitation.here = here
        with mock.patch.dict(sys.modules, {"a.signals": imitation}):
            self.assertEqual(registry.name_of(here), f"{HERE}.here")

    def test_a_module_that_gives_it_another_name_does_not_name_it(self):
        sources = {"a.signals": "odd = b.maker.odd\n", "b.maker": "odd: Signal = other = make_signal(1)\n"}
        signal, modules = Signal(), {name: ModuleType(name) for name in sources}
        for module in modules.values():
            module.odd = signal
        with (
            mock.patch.dict(sys.modules, modules),
            mock.patch.object(holders, "module_source", lambda name: sources.get(name, "")),
        ):
            self.assertEqual(registry.name_of(signal), "b.maker.odd")

    def test_without_a_source_the_likeliest_module_names_it(self):
        signal = Signal()
        modules = {name: ModuleType(name) for name in ("b.views", "b.far.away.signals", "b.signals")}
        for module in modules.values():
            module.odd = signal
        with mock.patch.dict(sys.modules, modules):
            self.assertEqual(registry.name_of(signal), "b.signals.odd")

    def test_a_signal_in_a_class(self):
        self.assertEqual(registry.name_of(Holder.inside), f"{HERE}.Holder.inside")
        self.assertEqual(registry.name_of(Holder.Inner.deep), f"{HERE}.Holder.Inner.deep")

    def test_a_signal_in_a_dict_or_list(self):
        self.assertEqual(registry.name_of(TABLE["saved"]), f"{HERE}.TABLE['saved']")
        self.assertEqual(registry.name_of(TABLE["more"][0]), f"{HERE}.TABLE['more'][0]")

    def test_a_signal_that_an_object_holds(self):
        module = ModuleType("holds")
        module.hooks = Hooks()
        module.touchy = Touchy()
        module.lying = Lying
        with mock.patch.dict(sys.modules, {"holds": module}):
            self.assertIn("holds.hooks.done", names())
            self.assertEqual(registry.name_of(module.hooks.done), "holds.hooks.done")

    def test_a_signal_without_a_name(self):
        self.assertEqual(registry.name_of(Signal()), "<unnamed Signal>")
        self.assertEqual(registry.name_of(ModelSignal()), "<unnamed ModelSignal>")

    def test_a_signal_that_gets_its_name_later(self):
        signal = Signal()
        self.assertEqual(registry.name_of(signal), "<unnamed Signal>")
        module = ModuleType("late")
        module.signal = signal
        with mock.patch.dict(sys.modules, {"late": module}):
            registry.find_signals()
            self.assertEqual(registry.name_of(signal), "late.signal")

    def test_a_name_is_looked_up_once(self):
        registry.name_of(post_save)
        with mock.patch.object(registry, "Holders", side_effect=AssertionError):
            self.assertEqual(registry.name_of(post_save), "django.db.models.signals.post_save")

    def test_no_signal_is_kept_alive_and_no_name_outlives_it(self):
        signal = Signal()
        key, reference = id(signal), ref(signal)
        registry.name_of(signal)
        registry.find_signals()
        self.assertIn(key, registry._known)
        del signal
        gc.collect()
        self.assertIsNone(reference())
        self.assertNotIn(key, registry._known)


class FindTests(SimpleTestCase):
    def test_all_of_djangos(self):
        import django.utils.autoreload

        if django.VERSION >= (6, 0):
            import django.tasks.signals

        found = {name for name in names() if name.startswith("django.")}
        self.assertEqual(len(found), 24 if django.VERSION >= (6, 0) else 21, found)
        self.assertEqual({name for name in found if not known(name).when}, set())

    def test_subclasses_classes_and_containers(self):
        found = names()
        for name in ("here", "of_ours", "Holder.inside", "Holder.Inner.deep", "TABLE['saved']", "TABLE['more'][0]"):
            self.assertIn(f"{HERE}.{name}", found)

    def test_each_once_and_in_order(self):
        found = registry.find_signals()
        self.assertEqual(len({id(signal) for _, signal in found}), len(found))
        self.assertEqual([name for name, _ in found], sorted(name for name, _ in found))

    def test_a_signal_that_only_lives(self):
        signal = Signal()
        self.assertIn(id(signal), {id(found) for _, found in registry.find_signals()})

    def test_what_lies_in_sys_modules_need_not_be_a_module(self):
        number = ModuleType("number")
        number.signal = Signal()
        odd = {
            "odd.none": None,
            "odd.object": SimpleNamespace(signal=Signal()),
            "odd.lazy": SimpleLazyObject(forbidden),
            "odd.number": 3,
            4: number,
        }
        with mock.patch.dict(sys.modules, odd):
            self.assertIn("odd.object.signal", names())

    def test_lazy_objects_in_modules_stay_lazy(self):
        module = ModuleType("lazy")
        module.direct, module.table = SimpleLazyObject(forbidden), {"in": [SimpleLazyObject(forbidden)]}
        with mock.patch.dict(sys.modules, {"lazy": module}):
            names()

    def test_a_module_is_not_asked_for_what_it_has_not(self):
        module = ModuleType("eager")
        module.__getattr__ = forbidden
        with mock.patch.dict(sys.modules, {"eager": module}):
            names()

    def test_nothing_is_imported_and_nothing_connected(self):
        names()  # the first time Python may load what it needs itself
        before = set(sys.modules), [len(entries_of(signal)) for signal in (post_save, request_started)]
        names()
        after = set(sys.modules), [len(entries_of(signal)) for signal in (post_save, request_started)]
        self.assertEqual(after, before)

    def test_frozen_objects_are_found(self):
        code = """
            import gc
            import django.db.models.signals
            from django.dispatch import Signal
            from signal_inspector.connected import registry
            gc.freeze()
            assert not any(isinstance(value, Signal) for value in gc.get_objects())
            names = [name for name, _ in registry.find_signals()]
            assert "django.db.models.signals.post_save" in names, names
            assert not any(name.startswith("django.test") for name in names), names
        """
        subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)

    def test_module_signals_of_models_have_their_own_names(self):
        found = dict(registry.find_signals())
        for name in ("pre_init", "post_save", "m2m_changed", "pre_migrate"):
            self.assertIs(found[f"django.db.models.signals.{name}"], getattr(model_signals, name))
