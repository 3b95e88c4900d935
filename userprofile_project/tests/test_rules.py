"""The rules of the layout that a machine can read: who may import whom, what lies in a folder, how receivers look."""

import ast
import inspect
import re
import sys
from collections import Counter
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from django.conf import settings
from django.dispatch import Signal
from django.test import SimpleTestCase

import users.events
import users.signals

ROOT = Path(settings.BASE_DIR)
NOT_LAID_OUT = {"tests", "migrations"}  # beside the modules, not among them
VAGUE = {"utils", "helpers", "core", "common", "misc"}

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# What a package, or a module, may import of the project beside itself, and the rule that is broken otherwise.
MAY_IMPORT = {
    "listening": ((), "listening imports Django alone: it is taken along to any project."),
    "signal_inspector": ((), "signal_inspector imports Django alone: it goes into any project."),
    "users": (("listening",), "users imports no other app: it says what happened, and whoever cares listens."),
    "users.events": (("listening",), "An events module imports Django and listening, so that anybody may import it."),
    "activity": (("users.events", "listening"), "activity remembers by listening: it knows the events alone."),
    "notifications": (("users.events", "listening", "delivery"), "notifications knows the events, and who delivers."),
    "lessons": (
        ("listening", "users", "activity", "notifications", "delivery", "signal_inspector"),
        "lessons shows what the apps do: it may know them all, but not the project that names it.",
    ),
    "delivery": (("listening",), "delivery carries what others give it, and knows none of them."),
}
TAKEN_ALONG = ("listening", "signal_inspector")
WITH_DJANGO = {"django", "asgiref", "sqlparse"}  # the others come with every Django

# The parts of signal_inspector, the lowest floor first. What is not named is above all: the top, and the commands.
FLOORS = (
    ("conf", "reading"),
    ("connected",),
    ("traces",),
    ("recording", "exporting"),  # neither needs the other: both know traces
    ("models",),
    ("trials", "requests"),
    ("why", "bench", "scanning"),
    ("pages",),
)
INTEGRATIONS = "signal_inspector.integrations"

MOST_MODULES = 12
MOST_AT_THE_TOP = {
    "users": 25,
    "activity": 13,
    "delivery": 14,
    "signal_inspector": 13,
}  # Django gives many of these their names

READS_PRIVATE = {"listening": "listening.private", "signal_inspector": "signal_inspector.reading.private"}
# Of Django; beside these whatever begins with an underscore, and is neither accepted nor the package's own.
OF_DISPATCHER = {"NONE_ID", "NO_RECEIVERS", "_live_receivers", "_make_id", "run_on_commit", "sender_receivers_cache"}
PRIVATE = OF_DISPATCHER | {"_pending_operations", "_acached_user"}
ACCEPTED = {"_meta", "_state", "_base_manager", "_default_manager", "_committed"}  # of models, as good as public

RECEIVES = {"receiver", "family_receiver", "watch"}  # decorators; the first two take a dispatch_uid


def packages():
    """Return the names of the packages of the project."""
    return sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))


@cache
def trees(package, with_tests=False):
    """Return a dict from module to syntax tree, of a package, by default without tests and migrations."""
    found = {}
    for path in sorted(ROOT.joinpath(package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if with_tests or not NOT_LAID_OUT & set(parts):
            found[".".join(parts).removesuffix(".__init__")] = ast.parse(path.read_text(encoding="utf-8"))
    return found


@cache
def all_trees():
    """Return the same of the whole project."""
    return {name: tree for package in packages() for name, tree in trees(package).items()}


def imported(tree):
    """Return the full names of everything that a module imports."""
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def within(name, prefix):
    return name == prefix or name.startswith(f"{prefix}.")


def module_of(name):
    """Return the module of the project that an imported name is, or lies in; "" for anything else."""
    while name and name not in all_trees():
        name = name.rpartition(".")[0]
    return name


@cache
def of_project():
    """Return each import of a module of the project, as a pair: who imports whom."""
    pairs = ((module, module_of(name)) for module, tree in all_trees().items() for name in imported(tree))
    return sorted({(module, other) for module, other in pairs if other not in ("", module)})


def app_of(module):
    return module.partition(".")[0]


def is_folder(module):
    return ROOT.joinpath(*module.split("."), "__init__.py").exists()


def wing_of(module):
    """Return the folder of its app that a module lies in; for one at the top, the module."""
    folder = ".".join(module.split(".")[:2])
    return folder if "." in folder and is_folder(folder) else module


def last_name(node):
    """Return the last part of what a node names or calls."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def private_names(tree):
    """Return the names of others, private to them, that a module uses: as attributes, in imports, in look-ups."""
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {name.rpartition(".")[2] for name in imported(tree)}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {name for name in names if re.match("_[a-z]", name)} - ACCEPTED | (names | texts) & PRIVATE


def names_made_in(tree):
    """Return the names that a module gives: to functions, classes, variables, and attributes of its own instances."""
    names = {node.name for node in ast.walk(tree) if isinstance(node, (*FUNCTIONS, ast.ClassDef))}
    for node in ast.walk(tree):
        if isinstance(getattr(node, "ctx", None), ast.Store):
            if isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Attribute) and last_name(node.value) == "self":
                names.add(node.attr)
    return names - PRIVATE


class RuleTests(SimpleTestCase):
    def assertKept(self, sentence, broken):
        """Fail with the sentence of a rule, and with what breaks it."""
        if broken := sorted(broken):
            self.fail(f"{sentence} But: {'; '.join(broken)}.")


class ImportTests(RuleTests):
    def test_each_app_knows_whom_it_may_know(self):
        for prefix, (allowed, sentence) in MAY_IMPORT.items():
            # Within an app each module may know the others; an events module is as if it were an app of its own.
            ours = (prefix,) if prefix == "users.events" else (prefix.partition(".")[0],)
            self.assertKept(
                sentence,
                (
                    f"{module} imports {other}"
                    for module, other in of_project()
                    if within(module, prefix) and not any(within(other, each) for each in (*ours, *allowed))
                ),
            )

    def test_what_is_taken_along_needs_django_alone(self):
        for package in TAKEN_ALONG:
            known = sys.stdlib_module_names | WITH_DJANGO | {package}
            self.assertKept(
                f"{package} needs Django and nothing else.",
                (
                    f"{module} imports {name}"
                    for module, tree in trees(package).items()
                    for name in imported(tree)
                    if name.partition(".")[0] not in known and not within(module, INTEGRATIONS)
                ),
            )

    def test_nobody_imports_the_receivers_of_another_app(self):
        self.assertKept(
            "Nobody imports the receivers of another app.",
            (
                f"{module} imports {other}"
                for module, other in of_project()
                if other.rpartition(".")[2] in ("signals", "receivers") and app_of(other) != app_of(module)
            ),
        )

    def test_nobody_imports_the_integrations(self):
        self.assertKept(
            "The integrations of signal_inspector know others, and nobody knows them.",
            (
                f"{module} imports {other}"
                for module, other in of_project()
                if within(other, INTEGRATIONS) and not within(module, INTEGRATIONS)
            ),
        )

    def test_the_inspector_imports_downwards(self):
        heights = {f"signal_inspector.{wing}": height for height, floor in enumerate(FLOORS) for wing in floor}
        top = len(FLOORS)

        def goes_down(module, other):
            above, below = (".".join(each.split(".")[:2]) for each in (module, other))
            return above == below or heights.get(above, top) in (top, *range(heights.get(below, top) + 1, top))

        self.assertKept(
            "A part of signal_inspector imports what lies below it, never upwards or beside.",
            (
                f"{module} imports {other}"
                for module, other in of_project()
                if within(module, "signal_inspector") and not goes_down(module, other)
            ),
        )

    def test_there_is_no_circle_of_modules_folders_or_apps(self):
        for node_of in (str, wing_of, app_of):
            graph = {node_of(module): set() for module in all_trees()}
            for module, other in of_project():
                if node_of(module) != node_of(other):
                    graph[node_of(module)].add(node_of(other))
            try:
                TopologicalSorter(graph).prepare()
            except CycleError as error:
                self.fail(f"No circles. But these import each other: {' <- '.join(error.args[1])}.")

    def test_only_ready_imports_inside_a_function(self):
        functions = (
            (f"{module}.{node.name}", node)
            for module, tree in all_trees().items()
            for node in ast.walk(tree)
            if isinstance(node, FUNCTIONS) and node.name != "ready"
        )
        self.assertKept("Only ready() imports while it runs.", (name for name, node in functions if imported(node)))


class FolderTests(RuleTests):
    def test_a_folder_says_in_a_sentence_what_its_subject_is(self):
        def sentence(tree):
            return (ast.get_docstring(tree) or "").partition("\n\n")[0]

        self.assertKept(
            "A folder says in its __init__.py, in a sentence, what it is about.",
            (
                module
                for module, tree in all_trees().items()
                if is_folder(module) and "management" not in module and not sentence(tree).endswith((".", ":"))
            ),
        )

    def test_a_folder_holds_about_a_dozen_modules(self):
        counts = Counter(module.rpartition(".")[0] for module in all_trees() if not is_folder(module))
        self.assertKept(
            f"A folder holds one subject, and {MOST_MODULES} modules at most (the top of some apps more).",
            (
                f"{folder} holds {count}"
                for folder, count in counts.items()
                if count > MOST_AT_THE_TOP.get(folder, MOST_MODULES)
            ),
        )

    def test_the_id_of_a_check_is_that_of_one_problem(self):
        values = (
            keyword.value.value
            for tree in all_trees().values()
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            for keyword in node.keywords
            if keyword.arg == "id" and isinstance(keyword.value, ast.Constant)
        )
        counts = Counter(value for value in values if re.fullmatch(r"\w+\.[EW]\d{3}", str(value)))
        self.assertGreater(len(counts), 10)
        self.assertKept(
            "A check has an id of its own, by which it is silenced.",
            (value for value, times in counts.items() if times > 1),
        )

    def test_no_module_has_a_name_that_says_nothing(self):
        self.assertKept(
            "A module is named for its subject.", (module for module in all_trees() if VAGUE & set(module.split(".")))
        )

    def test_no_module_bears_the_name_of_what_it_exports(self):
        def exported(tree):
            for node in tree.body:
                # What the decorator event makes is a signal.
                if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and "event" not in map(last_name, node.decorator_list):
                    yield node.name

        self.assertKept(
            "No module bears the name of a function that it exports: in the package one would hide the other.",
            (module for module, tree in all_trees().items() if module.rpartition(".")[2] in exported(tree)),
        )

    def test_tests_lie_as_the_modules_do(self):
        folders = {module for module in all_trees() if module.count(".") == 1 and is_folder(module)}
        broken = []
        for folder in folders - {f"{package}.management" for package in packages()}:
            package, name = folder.split(".")
            tests = [path.stem for path in ROOT.joinpath(package, "tests", name).glob("test_*.py")]
            subjects = [module.rpartition(".")[2] for module in all_trees() if within(module, folder)]
            named = {test for test in tests if any(f"{test}_".startswith(f"test_{each}_") for each in subjects)}
            broken += [f"{package}/tests/{name}/{test}.py" for test in tests if test not in named]
            broken += [] if tests else [f"{package}/tests/{name} is missing"]
        self.assertKept("Tests lie as the modules do: tests/<folder>/test_<module>.py.", broken)


class PrivateTests(RuleTests):
    """What is private to Django is touched in one module of a package, which says which versions it knows."""

    def test_what_is_private_to_django_is_touched_in_one_module(self):
        for package in TAKEN_ALONG:
            own = set().union(*map(names_made_in, trees(package).values()))
            self.assertKept(
                f"What is private to Django is touched in {READS_PRIVATE[package]} alone.",
                (
                    f"{module} touches {name}"
                    for module, tree in trees(package).items()
                    if module != READS_PRIVATE[package]
                    for name in private_names(tree) - own
                ),
            )

    def test_that_module_says_which_versions_it_knows(self):
        for module in READS_PRIVATE.values():
            self.assertIn("5.2", ast.get_docstring(all_trees()[module]), f"{module} says which versions it knows.")

    def test_tests_and_benchmarks_ask_it_too(self):
        self.assertKept(
            "Tests and benchmarks ask listening.testing, or the inspector's private module.",
            (
                f"{module} touches {name}"
                for package in ("benchmarks", *packages())
                for module, tree in trees(package, with_tests=True).items()
                if module not in (*READS_PRIVATE.values(), __name__)
                for name in private_names(tree) & OF_DISPATCHER
            ),
        )


class ReceiverTests(SimpleTestCase):
    def receivers(self):
        """Return the receivers of users.signals, each with the decorators that connect it."""
        for node in ast.parse(inspect.getsource(users.signals)).body:
            connecting = [each for each in getattr(node, "decorator_list", ()) if last_name(each) in RECEIVES]
            if connecting:
                yield node, connecting

    def test_each_has_a_dispatch_uid_of_its_name(self):
        found = 0
        for function, decorators in self.receivers():
            for decorator in decorators:
                uids = [word.value.value for word in decorator.keywords if word.arg == "dispatch_uid"]
                expected = [] if last_name(decorator) == "watch" else [f"users.{function.name}"]
                self.assertEqual(uids, expected, "A receiver that is imported under two names must not run twice.")
            found += 1
        self.assertGreater(found, 10)

    def test_each_names_what_it_uses_and_takes_the_rest(self):
        for function, _ in self.receivers():
            self.assertEqual(function.args.args[0].arg, "sender", f"A receiver takes its sender: {function.name}.")
            self.assertEqual(getattr(function.args.kwarg, "arg", ""), "kwargs", f"It takes the rest: {function.name}.")
            self.assertIsNone(function.args.vararg, f"It names what it uses: {function.name}.")

    def test_each_tells_what_it_does(self):
        for function, _ in self.receivers():
            self.assertTrue(ast.get_docstring(function), f"A receiver says what it does: {function.name}.")

    def test_each_signal_of_ours_has_its_contract(self):
        contracts, body = {}, ast.parse(inspect.getsource(users.events)).body
        for node, following in zip(body, [*body[1:], None], strict=True):
            if isinstance(node, ast.FunctionDef) and "event" in map(last_name, node.decorator_list):
                contracts[node.name] = ast.get_docstring(node) or ""
            elif isinstance(node, ast.Assign) and isinstance(following, ast.Expr):
                contracts[node.targets[0].id] = inspect.cleandoc(following.value.value)
        signals = {name for name, value in vars(users.events).items() if isinstance(value, Signal)}
        self.assertEqual(signals - contracts.keys(), set(), "Each signal has a contract.")
        for name in signals:
            self.assertIn("\nsender\n", contracts[name], f"The contract of {name} names its sender first.")
