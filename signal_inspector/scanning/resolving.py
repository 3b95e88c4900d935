"""
What an expression stands for, found by reading: through imports, assignments, calls of functions and relations.

Names of loaded modules are looked up in the process, all others in the source. Of a name that may have got its value
at several places each counts, and where one of them is unknown, all is: nothing is said rather than something false.
"""

import ast
import builtins
import sys
from types import FunctionType, MethodType, ModuleType

from django.apps import apps
from django.conf import LazySettings, settings

from signal_inspector.reading import naming, source
from signal_inspector.reading.replacing import last_name
from signal_inspector.scanning import binding, queries, values
from signal_inspector.scanning.classes import Classes
from signal_inspector.scanning.files import FUNCTIONS, SCOPES, file_of, loaded_file
from signal_inspector.scanning.values import Live, Options, Row, Rows, Several, Text, Thing, Written, union

DEEPEST = 25  # expressions, calls and names that lead to one another
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
ITERABLES = (list, tuple, set, frozenset, sorted, reversed)
SHORTCUTS = {"get_object_or_404": Row, "get_list_or_404": Several}
SHORTCUTS |= {f"a{name}": kind for name, kind in SHORTCUTS.items()}
GET_MODEL = ("get_model", "load_model")  # functions of packages that wrap that of the apps: Oscar's, swapper's
PLAIN_DECORATORS = {"staticmethod", "classmethod", "property", "cached_property", "lru_cache", "cache", "override"}


class Resolver:
    """
    Finds what expressions stand for.

    A result is a set of values (see ``values``), empty for ``None`` alone, or None for what is not known.
    """

    def __init__(self, heard=None):
        """
        Begin.

        Args:
            heard (dict): of each receiver, by path and first line, the models that it hears; see ``hearing``.
        """
        self.heard = heard or {}
        self.classes = Classes(self)
        self.frames = []  # of each function that is gone into: its node, and what its parameters stand for
        self.open = []  # what is being looked for

    def of(self, node):
        """Return what an expression stands for."""
        key = (id(node), id(self.frames[-1][0]) if self.frames else 0)
        if key in self.open:
            return set()  # it is made of itself, so that adds nothing
        if len(self.open) > DEEPEST:
            return None
        self.open.append(key)
        try:
            handler = getattr(self, f"of_{type(node).__name__}", None)
            return handler(node) if handler else None
        finally:
            self.open.pop()

    def each(self, nodes):
        """Return what several expressions stand for together, None if one of them is unknown."""
        return union(self.of(node) for node in nodes)

    def of_Constant(self, node):
        """Return a text, or nothing for ``None``."""
        if node.value is None:
            return set()
        return {Text(node.value)} if type(node.value) is str else None

    def of_JoinedStr(self, node):
        """Return a text with marks for what is unknown."""
        parts = [self.text(each.value) if isinstance(each, ast.FormattedValue) else each.value for each in node.values]
        return {Text("".join(parts))}

    def text(self, node):
        """Return the text that an expression stands for, "\\0" if that is not one alone."""
        found = self.of(node)
        texts = {each.text for each in found if type(each) is Text} if found else ()
        return texts.pop() if len(texts) == len(found or ()) == 1 else "\0"

    def of_IfExp(self, node):
        """Return what either branch stands for."""
        return self.each((node.body, node.orelse))

    def of_BoolOp(self, node):
        """Return what any part stands for."""
        return self.each(node.values)

    def of_NamedExpr(self, node):
        """Return what the value stands for."""
        return self.of(node.value)

    def of_Await(self, node):
        """Return what the awaited call stands for."""
        return self.of(node.value)

    def of_BinOp(self, node):
        """Return a queryset that is combined of two, or a text."""
        if isinstance(node.op, (ast.BitOr, ast.BitAnd)):
            found = self.each((node.left, node.right))
            return found if found and all(type(each) is Rows for each in found) else None
        left = self.text(node.left)
        if isinstance(node.op, ast.Add) and left != "\0":
            return {Text(left + self.text(node.right))}
        if isinstance(node.op, ast.Mod) and left != "\0":
            given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
            parts = left.replace("%%", "\1").split("%s")
            filled = [*(self.text(each) for each in given), *["\0"] * len(parts)][: len(parts) - 1]
            return {Text("".join(a + b for a, b in zip(parts, [*filled, ""], strict=True)).replace("\1", "%"))}
        return None

    def of_Tuple(self, node):
        """Return what the elements stand for, by their places."""
        places = tuple(_frozen(self.of(each)) for each in node.elts)
        return {Several(_frozen(union(places)), places)}

    of_List = of_Set = of_Tuple

    def of_ListComp(self, node):
        """Return what the elements stand for."""
        return {Several(_frozen(self.of(node.elt)))}

    of_SetComp = of_GeneratorExp = of_ListComp

    def of_Subscript(self, node):
        """Return an element, or a part."""
        found = self.of(node.value)
        number = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if found is None:
            return self.classes.keyword(node.value, number) if type(number) is str else None
        if isinstance(node.slice, ast.Slice):
            return found
        return union(element(each, number if type(number) is int else None) for each in found)

    def of_Attribute(self, node):
        """Return what an attribute of any of the values before the dot stands for."""
        found = self.of(node.value)
        return None if found is None else union(self.attribute(each, node.attr) for each in found)

    def attribute(self, value, name):
        """Return what an attribute of a value stands for."""
        kind = type(value)
        if kind is Live:
            return self.of_live_attribute(value.object, name)
        if kind is Options:
            return values.of_options(value.model, name)
        if kind is Row:
            found = values.of_row(value.model, name)
            return self.classes.attribute(Live(value.model), name, value) if found is NotImplemented else found
        if kind is Rows:
            return {Live(value.model)} if name == "model" else None
        if kind is Thing:
            return self.classes.attribute(value.of, name, value)
        if kind is Written and isinstance(value.node, ast.ClassDef):
            return self.classes.attribute(value, name, value)
        return None

    def of_live_attribute(self, owner, name):
        """Return what an attribute of a module, a class or the settings stands for."""
        if type(owner) is LazySettings:
            return values.of_object(getattr(settings, name, None)) if name.isupper() else None
        if issubclass(type(owner), ModuleType):
            return self.of_module(naming.module_attributes(owner)["__name__"], name)
        if values.is_model(owner):
            found = values.of_model_class(owner, name)
            return self.classes.attribute(Live(owner), name, Live(owner)) if found is NotImplemented else found
        if naming.is_class(owner):
            return self.classes.attribute(Live(owner), name, Live(owner))
        return values.of_relation(owner, name)

    def of_module(self, module, name):
        """Return what a name of a module stands for."""
        live = naming.loaded(module)
        if live and name in live:
            return values.of_object(live[name])
        if f"{module}.{name}" in sys.modules:
            return {Live(sys.modules[f"{module}.{name}"])}
        file = loaded_file(module)
        return self.bound(file.tree, name, None) if file else None

    def of_Name(self, node):
        """Return what a name stands for where it is written."""
        return self.named(node.id, node)

    def named(self, name, use):
        """Return what a name stands for at a place."""
        node, outer = use, False
        while not isinstance(node, ast.Module):
            child, node = node, node.parent
            if isinstance(node, COMPREHENSIONS):
                for number, each in enumerate(node.generators):
                    inside = child in node.generators[: number + 1]  # which the names of a generator do not reach
                    if not inside and name in {one.id for one in ast.walk(each.target) if isinstance(one, ast.Name)}:
                        whole = isinstance(each.target, ast.Name)
                        return elements_of(self.of(each.iter)) if whole else None
            elif isinstance(node, ast.comprehension):
                continue
            elif isinstance(node, (*FUNCTIONS, ast.Lambda)) and _is_inside(child, node):
                if binding.bindings(node, name):
                    return self.bound(node, name, None if outer else use)
                outer = True
            elif isinstance(node, ast.ClassDef) and child in node.body and not outer and binding.bindings(node, name):
                return self.bound(node, name, use)
        live = node.file.live
        if name in live:
            return values.of_object(live[name])
        if binding.bindings(node, name):
            return self.bound(node, name, None if outer else use)
        return {Live(getattr(builtins, name))} if hasattr(builtins, name) else None

    def bound(self, scope, name, use):
        """Return what a name stands for by what binds it in a scope; at a place of it, if one is given."""
        found = binding.bindings(scope, name)
        if not found:
            return None
        if found[0].kind == "import" and found[0].detail.name == "*":
            return next(filter(None, (self.imported(each.node, name) for each in found)), None)
        return union(self.of_binding(each) for each in (binding.reaching(found, use) if use is not None else found))

    def of_binding(self, bound):
        """Return what a name stands for after a statement that binds it."""
        key = id(bound.at), bound.kind, id(bound.node), bound.detail if type(bound.detail) is int else 0
        if key in self.open:
            return set()
        self.open.append(key)
        try:
            return getattr(self, f"after_{bound.kind}")(bound)
        finally:
            self.open.pop()

    def after_value(self, bound):
        """Return what an assigned value stands for."""
        return self.of(bound.node)

    def after_item(self, bound):
        """Return what is at a place of a tuple."""
        found = self.of(bound.node)
        return None if found is None else union(element(each, bound.detail) for each in found)

    def after_element(self, bound):
        """Return what an element stands for, also under ``enumerate()``."""
        if bound.detail is None:
            return elements_of(self.of(bound.node))
        counted = isinstance(bound.node, ast.Call) and last_name(bound.node) == "enumerate" and bound.node.args
        return elements_of(self.of(bound.node.args[0])) if counted and bound.detail == 1 else None

    def after_definition(self, bound):
        """Return a function or class."""
        return {Written(bound.node)}

    def after_unknown(self, bound):
        """Return that this is not known."""

    def after_import(self, bound):
        """Return what was imported."""
        alias, node = bound.detail, bound.node
        if isinstance(node, ast.Import):
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            return {Live(sys.modules[name])} if name in sys.modules else None
        return self.imported(node, alias.name)

    def imported(self, node, name):
        """Return what a name stands for that is imported by ``from … import …``."""
        base = node.module or ""
        if node.level:
            parts = file_of(node).package.split(".")
            base = ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [node.module])])
        return self.of_module(base, name)

    def after_parameter(self, bound):
        """Return what a parameter stands for: what the call gives, or what is known of such functions."""
        function, name = bound.at, bound.node.arg
        for node, given in reversed(self.frames):
            if node is function:
                return given.get(name)
        return self.classes.parameter(function, name) if isinstance(function, FUNCTIONS) else None

    def annotated(self, node):
        """Return what a parameter of an annotation stands for."""
        if isinstance(node, ast.Constant) and type(node.value) is str:
            try:
                parsed = ast.parse(node.value, mode="eval").body
            except SyntaxError:
                return None
            for each in ast.walk(parsed):
                for child in ast.iter_child_nodes(each):
                    child.parent = each
            parsed.parent = node.parent
            return self.annotated(parsed)
        if isinstance(node, ast.Constant):
            return set() if node.value is None else None
        if isinstance(node, ast.BinOp):
            return union((self.annotated(node.left), self.annotated(node.right)))
        if isinstance(node, ast.Subscript):
            outer, inner = last_name(node.value), self.annotated(node.slice)
            if outer in ("Optional", "type", "Type", "QuerySet", "Manager", "list", "List", "Iterable", "Sequence"):
                return queries.annotated(outer, inner)
            return None
        found = self.of(node)
        models = [each.object for each in found or () if type(each) is Live and values.is_model(each.object)]
        return {Row(model) for model in models} if models and len(models) == len(found) else None

    def of_Call(self, node):
        """Return what a call returns."""
        if isinstance(node.func, ast.Attribute):
            owners = self.of(node.func.value)
            if owners is None:
                return None
            return union(self.called_of(owner, node.func.attr, node) for owner in owners)
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            return self.classes.super_at(node)
        found = self.of(node.func)
        return None if found is None else union(self.called(each, node) for each in found)

    def called_of(self, owner, name, node):
        """Return what a call of a method of a value returns."""
        if type(owner) is Text:
            return self.formatted(owner, name, node)
        if type(owner) is Live and owner.object is apps and name in ("get_model", "get_registered_model"):
            return model_named([self.text(each) for each in node.args])
        if name == "quote_name" and node.args:
            return self.of(node.args[0])
        if type(owner) is Rows:
            return queries.called(self, owner, name, node)
        if type(owner) is Row:
            return self.called_method(values.method_of(owner.model, name, owner.after), owner, name, node)
        if type(owner) is Thing or (type(owner) is Live and naming.is_class(owner.object)):
            return self.classes.called(owner, name, node)
        return self.called_value(owner, name, node)

    def called_method(self, method, owner, name, node):
        """Return what a call of a method, as a class of the process defines it, returns for an instance."""
        if type(method) is classmethod:
            return self.returned(method.__func__, node, Live(owner.model))
        if type(method) is staticmethod:
            return self.returned(method.__func__, node)
        return (
            self.returned(method, node, owner)
            if type(method) is FunctionType
            else self.called_value(owner, name, node)
        )

    def method(self, row, name):
        """Return the syntax tree of a method of an instance, None if it has none, or Django's own."""
        method = values.method_of(row.model, name, row.after)
        return node_of(method) if type(method) is FunctionType and not values.is_django(method) else None

    def called_value(self, owner, name, node):
        """Return what a call of what an attribute stands for returns."""
        found = self.attribute(owner, name)
        return None if found is None else union(self.called(each, node) for each in found)

    def called(self, value, node):
        """Return what a call of a class or function returns."""
        if type(value) is Written:
            if isinstance(value.node, ast.ClassDef):
                return {Thing(value)}
            return self.returned(value.node, node)
        if type(value) is not Live:
            return None
        function = value.object
        if values.is_model(function):
            return {Row(function)}
        if values.is_rows_class(function):
            given = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "model")]
            models = self.of(given[0]) if given else None
            return union({Rows(each.object, function)} if type(each) is Live else None for each in models or (None,))
        if naming.is_class(function) and function not in (*ITERABLES, type):
            return {Thing(value)}
        if function in ITERABLES:
            return {Several(_frozen(elements_of(self.of(node.args[0]))))} if len(node.args) >= 1 else None
        if function is type and len(node.args) == 1:
            found = self.of(node.args[0])
            return union({Live(each.model)} if type(each) is Row else None for each in found or (None,))
        if function is getattr and len(node.args) >= 2:
            return self.got(node)
        if type(function) is FunctionType and function.__name__ in SHORTCUTS and values.is_django(function):
            return queries.shortcut(SHORTCUTS[function.__name__], self.of(node.args[0]) if node.args else None)
        if type(function) is MethodType:
            return self.returned(function.__func__, node, *(values.of_object(function.__self__) or (None,)))
        found = self.returned(function, node)
        if found is None and type(function) is FunctionType and function.__name__ in GET_MODEL:
            return model_named([self.text(each) for each in node.args])
        return found

    def got(self, node):
        """Return what ``getattr(…)`` returns of a name that is written out."""
        owners, name = self.of(node.args[0]), self.text(node.args[1])
        if owners is None or not name.isidentifier():
            return None
        if owners == {Live(settings)} and not hasattr(settings, name):
            return self.of(node.args[2]) if len(node.args) > 2 else None
        return union(self.attribute(each, name) for each in owners)

    def returned(self, function, call, *owner):
        """Return what a function returns, given what it is called with; ``owner`` is what it is a method of."""
        node = function if isinstance(function, ast.AST) else node_of(function)
        if node is None or any(last_name(each) not in PLAIN_DECORATORS for each in node.decorator_list):
            return None
        if any(node is each for each, _given in self.frames) or len(self.frames) > 6:
            return set() if len(self.frames) <= 6 else None
        own = [each for each in _own_nodes(node) if isinstance(each, (ast.Return, ast.Yield, ast.YieldFrom))]
        if any(not isinstance(each, ast.Return) for each in own):
            return None
        given = self.given(node, call, owner)
        self.frames.append((node, given))
        try:
            return self.each([each.value for each in own if each.value is not None])
        finally:
            self.frames.pop()

    def given(self, function, call, owner):
        """Return what the parameters of a function stand for in a call."""
        arguments = function.args
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
        defaults = dict(zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True))
        keywords = {each.arg: value for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)}
        given = {name: self.of(value) for name, value in (defaults | keywords).items() if value is not None}
        if call is not None:
            if any(isinstance(each, ast.Starred) for each in call.args) or any(
                each.arg is None for each in call.keywords
            ):
                given = dict.fromkeys(given)
            else:
                given |= {each.arg: self.of(each.value) for each in call.keywords}
                given |= zip(names[len(owner) :], map(self.of, call.args), strict=False)
        if owner and names:
            given[names[0]] = {owner[0]} if owner[0] is not None else None
        return given

    def formatted(self, owner, name, node):
        """Return what a method makes of a text, as far as it matters."""
        if name in ("strip", "lstrip", "rstrip"):
            return {owner}
        if name != "format":
            return None
        text = owner.text
        for number, each in enumerate(node.args):
            text = text.replace("{}", self.text(each), 1).replace(f"{{{number}}}", self.text(each))
        for each in node.keywords:
            text = text.replace(f"{{{each.arg}}}", self.text(each.value))
        return {Text(text)}


def element(value, number):
    """Return what an element of a value stands for; the one at a place, if that is given."""
    if type(value) is Several and value.places and number is not None:
        inner = value.places[number] if number < len(value.places) else None
        return None if inner is None else set(inner)
    if type(value) is Several:
        return None if value.elements is None else set(value.elements)
    if type(value) is Rows:
        return None if value.plain else {Row(value.model)}
    return None


def elements_of(found):
    """Return what the elements of some values stand for."""
    return None if found is None else union(element(each, None) for each in found)


def model_named(texts):
    """Return the model of ``apps.get_model()`` with some texts."""
    if not 1 <= len(texts) <= 2 or "\0" in "".join(texts):
        return None
    try:
        return {Live(apps.get_model(*texts))}
    except (LookupError, ValueError):
        return None


def node_of(function):
    """Return the syntax tree of a function of the process, None if there is none to be had."""
    function = source.function_behind(function)
    if type(function) is not FunctionType:
        return None
    path, line = source.location(function)
    file = loaded_file(naming.module_of(function))
    found = file.definitions.get(line) if file and file.path == path else None
    return found if isinstance(found, FUNCTIONS) and found.name == function.__name__ else None


def _frozen(found):
    return None if found is None else frozenset(found)


def _is_inside(child, function):
    """Tell whether a part of a function is in its scope: the body, not a decorator or a default."""
    return child is function.body if isinstance(function, ast.Lambda) else child in function.body


def _own_nodes(function):
    """Yield the nodes of a function without those of functions in it."""
    waiting = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, SCOPES):
            waiting += ast.iter_child_nodes(node)
