"""What calls return: of functions, classes and methods, by what these return."""

import ast
from types import FunctionType, MethodType

from django.apps import apps
from django.conf import settings

from signal_inspector.reading import naming
from signal_inspector.reading.replacing import last_name
from signal_inspector.scanning.files import SCOPES, node_of
from signal_inspector.scanning.resolving import queries, relations
from signal_inspector.scanning.resolving.values import (
    Live,
    Row,
    Rows,
    Several,
    Text,
    Thing,
    Written,
    elements_of,
    frozen,
    of_object,
    union,
)

ITERABLES = (list, tuple, set, frozenset, sorted, reversed)
SHORTCUTS = {"get_object_or_404": Row, "get_list_or_404": Several}
SHORTCUTS |= {f"a{name}": kind for name, kind in SHORTCUTS.items()}
GET_MODEL = ("get_model", "load_model")  # functions of packages that wrap that of the apps: Oscar's, swapper's
PLAIN_DECORATORS = {"staticmethod", "classmethod", "property", "cached_property", "lru_cache", "cache", "override"}
DEEPEST = 6  # functions that call one another


class Calls:
    """The part of a ``Resolver`` that knows calls."""

    def _of_Call(self, node):
        if isinstance(node.func, ast.Attribute):
            if node.func.attr == "quote_name" and node.args:
                return self.of(node.args[0])
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
        if type(owner) is Rows:
            return queries.called(self, owner, name, node)
        if type(owner) is Row:
            return self.called_method(relations.method_of(owner.model, name, owner.after), owner, name, node)
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
        method = relations.method_of(row.model, name, row.after)
        return node_of(method) if type(method) is FunctionType and not relations.is_django(method) else None

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
        if relations.is_model(function):
            return {Row(function)}
        if relations.is_rows_class(function):
            given = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "model")]
            models = self.of(given[0]) if given else None
            return union({Rows(each.object, function)} if type(each) is Live else None for each in models or (None,))
        if naming.is_class(function) and function not in (*ITERABLES, type):
            return {Thing(value)}
        if function in ITERABLES:
            return {Several(frozen(elements_of(self.of(node.args[0]))))} if len(node.args) >= 1 else None
        if function is type and len(node.args) == 1:
            found = self.of(node.args[0])
            return union({Live(each.model)} if type(each) is Row else None for each in found or (None,))
        if function is getattr and len(node.args) >= 2:
            return self.got(node)
        if type(function) is FunctionType and function.__name__ in SHORTCUTS and relations.is_django(function):
            return queries.shortcut(SHORTCUTS[function.__name__], self.of(node.args[0]) if node.args else None)
        if type(function) is MethodType:
            return self.returned(function.__func__, node, *(of_object(function.__self__) or (None,)))
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
        if any(node is each for each, _given in self.frames):
            return set()  # it is made of itself, so that adds nothing
        if len(self.frames) > DEEPEST:
            return None
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


def model_named(texts):
    """Return the model of ``apps.get_model()`` with some texts."""
    if not 1 <= len(texts) <= 2 or "\0" in "".join(texts):
        return None
    try:
        return {Live(apps.get_model(*texts))}
    except (LookupError, ValueError):
        return None


def _own_nodes(function):
    """Yield the nodes of a function without those of functions in it."""
    waiting = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, SCOPES):
            waiting += ast.iter_child_nodes(node)
