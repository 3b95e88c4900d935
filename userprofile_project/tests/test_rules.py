"""The rules of the design that a machine can read: who may import whom, and how receivers are written."""

import ast
import inspect
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from django.conf import settings
from django.dispatch import Signal
from django.test import SimpleTestCase

import users.events
import users.signals

APPS = ("users", "activity", "notifications", "signal_inspector")
VAGUE = {"utils", "helpers", "core", "common", "misc"}

# Module prefix, what it may import of the project, and the sentence that is broken otherwise.
RULES = (
    ("users", ("users",), "The users app imports no other app: it says what happened, and whoever cares listens."),
    ("activity", ("activity", "users.events"), "The activity app remembers by listening: it knows the events alone."),
    ("notifications", ("notifications", "users.events"), "The notifications app knows the events alone."),
    ("signal_inspector", ("signal_inspector",), "signal_inspector imports Django alone: it goes into any project."),
    ("users.events", (), "An events module imports nothing but django.dispatch, so that anybody may import it."),
)


def modules():
    """Yield name and syntax tree of each module of the apps, tests and migrations apart."""
    for app in APPS:
        for path in sorted(Path(settings.BASE_DIR, app).rglob("*.py")):
            parts = path.relative_to(settings.BASE_DIR).with_suffix("").parts
            if not {"tests", "migrations"} & set(parts):
                name = ".".join(parts).removesuffix(".__init__")
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree):
    """Yield the node and the full name of everything that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def within(name, prefix):
    return name == prefix or name.startswith(f"{prefix}.")


class ImportTests(SimpleTestCase):
    def test_arrows_point_one_way(self):
        ours = (*APPS, "userprofile_project")
        for prefix, allowed, sentence in RULES:
            for module, tree in modules():
                if not within(module, prefix):
                    continue
                for _, name in imports(tree):
                    if any(within(name, app) for app in ours):
                        self.assertTrue(any(within(name, app) for app in allowed), f"{sentence} ({module}: {name})")

    def test_events_import_django_dispatch_alone(self):
        for module, tree in modules():
            if module.endswith(".events"):
                self.assertEqual({name for _, name in imports(tree)}, {"django.dispatch.Signal"})

    def test_there_is_no_circle(self):
        trees = dict(modules())
        graph = {}
        for module, tree in trees.items():
            names = {name for _, name in imports(tree)}
            graph[module] = {other for other in trees if other != module and names & {other}} | {
                other for other in trees if other != module and any(n.rpartition(".")[0] == other for n in names)
            }
            graph[module] -= set(APPS)  # "from users import names" names the package as well
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            self.fail(f"These modules import each other: {' -> '.join(error.args[1])}")

    def test_only_ready_imports_inside_a_function(self):
        for module, tree in modules():
            for function in ast.walk(tree):
                if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and function.name != "ready":
                    inner = [name for _, name in imports(function)]
                    self.assertEqual(inner, [], f"{module}.{function.name} imports while it runs.")

    def test_no_module_has_a_name_that_says_nothing(self):
        for module, _ in modules():
            self.assertFalse(VAGUE & set(module.split(".")), module)


class ReceiverTests(SimpleTestCase):
    def receivers(self):
        """Return the receivers of users.signals with their decorators."""
        tree = ast.parse(inspect.getsource(users.signals))
        for node in tree.body:
            for decorator in getattr(node, "decorator_list", ()):
                if isinstance(decorator, ast.Call) and decorator.func.id == "receiver":
                    yield node, decorator

    def test_each_has_a_dispatch_uid_of_its_name(self):
        found = 0
        for function, decorator in self.receivers():
            uids = [word.value.value for word in decorator.keywords if word.arg == "dispatch_uid"]
            self.assertEqual(uids, [f"users.{function.name}"])
            found += 1
        self.assertGreater(found, 10)

    def test_each_names_what_it_uses_and_takes_the_rest(self):
        for function, _ in self.receivers():
            self.assertEqual(function.args.args[0].arg, "sender", function.name)
            self.assertEqual(function.args.kwarg.arg, "kwargs", function.name)
            self.assertIsNone(function.args.vararg, function.name)

    def test_each_tells_what_it_does(self):
        for function, _ in self.receivers():
            self.assertTrue(ast.get_docstring(function), function.name)

    def test_each_signal_of_ours_has_its_contract_below_it(self):
        body = ast.parse(inspect.getsource(users.events)).body
        for node, following in zip(body, [*body[1:], None], strict=True):
            if isinstance(node, ast.Assign):
                name = node.targets[0].id
                self.assertIsInstance(getattr(users.events, name), Signal)
                self.assertIsInstance(following, ast.Expr, f"{name} has no contract.")
                self.assertIn("sender\n", following.value.value, f"The contract of {name} names its sender first.")
