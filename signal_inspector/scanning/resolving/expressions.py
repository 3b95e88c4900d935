"""
What an expression stands for, found by reading: through imports, assignments, calls of functions and relations.

Names of loaded modules are looked up in the process, all others in the source. Of a name that may have got its value
at several places each counts, and where one of them is unknown, all is: nothing is said rather than something false.
"""

import ast
import builtins
import sys
from types import ModuleType

from django.conf import LazySettings, settings

from signal_inspector.reading import naming
from signal_inspector.reading.replacing import last_name
from signal_inspector.scanning.files import FUNCTIONS, file_of, loaded_file
from signal_inspector.scanning.resolving import binding, queries, relations
from signal_inspector.scanning.resolving.calling import Calls
from signal_inspector.scanning.resolving.classes import Classes
from signal_inspector.scanning.resolving.values import (
    Live,
    Options,
    Row,
    Rows,
    Several,
    Text,
    Thing,
    Written,
    element,
    elements_of,
    frozen,
    of_object,
    union,
)

DEEPEST = 60  # expressions, calls and names that lead to one another
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


class Resolver(Calls):
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
            handler = getattr(self, f"_of_{type(node).__name__}", None)
            return handler(node) if handler else None
        finally:
            self.open.pop()

    def each(self, nodes):
        """Return what several expressions stand for together, None if one of them is unknown."""
        return union(self.of(node) for node in nodes)

    def _of_Constant(self, node):
        if node.value is None:
            return set()
        return {Text(node.value)} if type(node.value) is str else None

    def _of_JoinedStr(self, node):
        parts = [self.text(each.value) if isinstance(each, ast.FormattedValue) else each.value for each in node.values]
        return {Text("".join(parts))}

    def text(self, node):
        """Return the text that an expression stands for, "\\0" if that is not one alone."""
        found = self.of(node)
        texts = {each.text for each in found if type(each) is Text} if found else ()
        return texts.pop() if len(texts) == len(found or ()) == 1 else "\0"

    def _of_IfExp(self, node):
        return self.each((node.body, node.orelse))

    def _of_BoolOp(self, node):
        return self.each(node.values)

    def _of_NamedExpr(self, node):
        return self.of(node.value)

    def _of_Await(self, node):
        return self.of(node.value)

    def _of_BinOp(self, node):
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

    def _of_Tuple(self, node):
        places = tuple(frozen(self.of(each)) for each in node.elts)
        return {Several(frozen(union(places)), places)}

    _of_List = _of_Set = _of_Tuple

    def _of_ListComp(self, node):
        return {Several(frozen(self.of(node.elt)))}

    _of_SetComp = _of_GeneratorExp = _of_ListComp

    def _of_Subscript(self, node):
        found = self.of(node.value)
        number = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if found is None:
            return self.classes.keyword(node.value, number) if type(number) is str else None
        if isinstance(node.slice, ast.Slice):
            return found
        return union(element(each, number if type(number) is int else None) for each in found)

    def _of_Attribute(self, node):
        found = self.of(node.value)
        return None if found is None else union(self.attribute(each, node.attr) for each in found)

    def attribute(self, value, name):
        """Return what an attribute of a value stands for."""
        kind = type(value)
        if kind is Live:
            return self.of_live_attribute(value.object, name)
        if kind is Options:
            return relations.of_options(value.model, name)
        if kind is Row:
            found = relations.of_row(value.model, name)
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
            return of_object(getattr(settings, name, None)) if name.isupper() else None
        if issubclass(type(owner), ModuleType):
            return self.of_module(naming.module_attributes(owner)["__name__"], name)
        if relations.is_model(owner):
            found = relations.of_model_class(owner, name)
            return self.classes.attribute(Live(owner), name, Live(owner)) if found is NotImplemented else found
        if naming.is_class(owner):
            return self.classes.attribute(Live(owner), name, Live(owner))
        return relations.of_relation(owner, name)

    def of_module(self, module, name):
        """Return what a name of a module stands for."""
        live = naming.loaded(module)
        if live and name in live:
            return of_object(live[name])
        if f"{module}.{name}" in sys.modules:
            return {Live(sys.modules[f"{module}.{name}"])}
        file = loaded_file(module)
        return self.bound(file.tree, name, None) if file else None

    def _of_Name(self, node):
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
            return of_object(live[name])
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
            return getattr(self, f"_after_{bound.kind}")(bound)
        finally:
            self.open.pop()

    def _after_value(self, bound):
        return self.of(bound.node)

    def _after_item(self, bound):
        found = self.of(bound.node)
        return None if found is None else union(element(each, bound.detail) for each in found)

    def _after_element(self, bound):
        if bound.detail is None:
            return elements_of(self.of(bound.node))
        counted = isinstance(bound.node, ast.Call) and last_name(bound.node) == "enumerate" and bound.node.args
        return elements_of(self.of(bound.node.args[0])) if counted and bound.detail == 1 else None

    def _after_definition(self, bound):
        return {Written(bound.node)}

    def _after_unknown(self, bound):
        return None

    def _after_import(self, bound):
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

    def _after_parameter(self, bound):
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
                ast.copy_location(each, node)
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
        models = [each.object for each in found or () if type(each) is Live and relations.is_model(each.object)]
        return {Row(model) for model in models} if models and len(models) == len(found) else None


def _is_inside(child, function):
    """Tell whether a part of a function is in its scope: the body, not a decorator or a default."""
    return child is function.body if isinstance(function, ast.Lambda) else child in function.body
