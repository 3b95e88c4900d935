"""Places in the source that write rows without the signals of their models."""

import ast
import re
from dataclasses import dataclass

from signal_inspector.connected.senders import through_models
from signal_inspector.scanning import declared, statements
from signal_inspector.scanning.files import node_of, own_files, parsed, qualified_name, shown
from signal_inspector.scanning.resolving import Resolver, queries, relations
from signal_inspector.scanning.resolving.values import Row, Rows
from signal_inspector.trials.operations import deleted_with

QUERIES = ("update", "bulk_create", "bulk_update", "_raw_delete")
MEMBERS = ("add", "set", "remove", "clear")
SQL = ("execute", "executemany", "copy", "copy_expert")
MANAGERS = ("objects", "_default_manager", "_base_manager")
ASYNC = {f"a{name}": name for name in (*QUERIES, *MEMBERS, "delete") if name[0] != "_"}
NAMES = {name: name for name in (*QUERIES, *MEMBERS, *SQL, "delete")} | ASYNC
TESTS = {"tests", "test", "tests.py", "conftest.py"}
MENTIONED = re.compile(rf"\.({'|'.join(NAMES)})\s*\(|on_delete|ForeignKey|OneToOneField")

SAVES, DELETIONS, MEMBERSHIP = ("pre_save", "post_save"), ("pre_delete", "post_delete"), ("m2m_changed",)


@dataclass
class Place:
    """
    A place that writes without signals.

    Attributes:
        module (str), path (str), line (int), column (int): where it is.
        inside (str): the name of the function or class it is in, "" at the top of the module.
        code (str): the call, or the field.
        operation (str): "update", "bulk_create", "bulk_update", "_raw_delete", "add", "set", "remove", "clear",
            "delete", "SQL", or what a foreign key does on deletion: "DB_CASCADE".
        writes (list): pairs of a model (None for one that the source does not tell) and the names of the signals that
            its rows would be saved or deleted with.
    """

    module: str
    path: str
    line: int
    column: int
    inside: str
    code: str
    operation: str
    writes: list

    @property
    def is_test(self):
        """Tell whether it is in a test, by the usual names of folders and files."""
        parts = shown(self.path).split("/")
        return not TESTS.isdisjoint(parts) or parts[-1].startswith("test_")

    @property
    def where(self):
        """Return path and line, as an editor links them."""
        return f"{shown(self.path)}:{self.line}"


def find(heard, files=None):
    """
    Return a list of each ``Place`` in the project's own code.

    Args:
        heard (dict): which models receivers hear; see ``Resolver``.
        files (iterable): pairs of path and name of the modules to look at, None for all of the project.
    """
    resolver, found = Resolver(heard), []
    for path, name in own_files() if files is None else files:
        with open(path, encoding="utf-8", errors="replace") as file:
            if not MENTIONED.search(file.read()):
                continue
        for node in parsed(path, name).nodes:
            if isinstance(node, ast.ClassDef):
                found += (place(path, name, *each) for each in declared.rules(node))
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in NAMES:
                method = NAMES[node.func.attr]
                writes = writes_of(resolver, node, method)
                if writes is None and is_of_rows(resolver, node, method):
                    writes = [(None, DELETIONS if method == "_raw_delete" else SAVES)]
                if writes:
                    found.append(place(path, name, node, "SQL" if method in SQL else method, writes))
    return sorted(found, key=lambda each: (each.path, each.line, each.column))


def place(path, module, node, operation, writes):
    """Return the ``Place`` of a node."""
    code = " ".join(ast.unparse(node).split())
    # Of a model that Django has made for a relation no signals of rows are sent, but those of the relation.
    writes = [(each, MEMBERSHIP if each is not None and each._meta.auto_created else names) for each, names in writes]
    return Place(module, path, node.lineno, node.col_offset + 1, qualified_name(node), code, operation, writes)


def writes_of(resolver, node, method):
    """Return what a call writes without signals, as ``Place.writes``; None if its model is not known."""
    if method in SQL:
        given = node.args[0] if node.args else None
        text = resolver.text(given) if given is not None else ""
        return [(model, SAVES if saves else DELETIONS) for model, saves in statements.written(text)]
    owners = resolver.of(node.func.value)
    if not owners:
        return None
    if method == "delete":
        return deletions(owners, resolver)
    if not all(type(each) is Rows for each in owners):
        return []
    if method in MEMBERS:
        found = [of_members(each, method, node) for each in owners]
        return [] if None in found else unique(found)
    if not all(is_djangos(queries.method_of(resolver, each, node.func.attr), node.func.attr) for each in owners):
        return []
    return unique((each.model, DELETIONS if method == "_raw_delete" else SAVES) for each in owners)


def is_of_rows(resolver, node, method):
    """Tell whether a call is one of a queryset whose model is not known: ``model.objects.filter(…).update(…)``."""
    owner = node.func.value
    while isinstance(owner, ast.Call) and isinstance(owner.func, ast.Attribute) and owner.func.attr in queries.SAME:
        owner = owner.func.value
    if method not in QUERIES or not isinstance(owner, ast.Attribute) or owner.attr not in MANAGERS:
        return False
    return resolver.of(owner.value) is None


def of_members(rows, method, call):
    """Return the model whose rows a change of the members of a relation writes, and the signals; None if none."""
    rel = rows.relation
    if rel is None or any(each.arg is None for each in call.keywords):
        return None
    if getattr(rel, "many_to_many", False):
        through = rel.through
        return (through, SAVES) if method in ("add", "set") and not through._meta.auto_created else None
    bulk = next((each.value for each in call.keywords if each.arg == "bulk"), None)
    if bulk is not None and not (isinstance(bulk, ast.Constant) and bulk.value):
        return None
    field = getattr(rel, "field", rel)
    removes = method in ("remove", "clear")
    if removes and (field is rel or not field.null):
        return None  # a generic relation deletes, with signals; one that is not null has no such method
    return rows.model, SAVES


def deletions(owners, resolver):
    """Return the models between those that are deleted and others, whose rows go without ``m2m_changed``."""
    found = []
    for each in owners:
        if type(each) is Row and each.after is None:
            method = relations.method_of(each.model, "delete")
        elif type(each) is Rows and each.after is None:
            method = queries.method_of(resolver, each, "delete")
        else:
            return []
        if not is_djangos(method, "delete"):
            return []
        for model in (each.model, *each.model._meta.all_parents, *deleted_with(each.model)):
            found += [(through, MEMBERSHIP) for through in through_models(model)]
    return unique(found)


def is_djangos(method, name):
    """Tell whether a method is Django's own, or calls it by ``super()``."""
    if method is None or relations.is_django(method):
        return method is not None
    node = node_of(method)
    return node is not None and any(
        isinstance(each, ast.Attribute)
        and each.attr.removeprefix("a") == name.removeprefix("a")
        and isinstance(each.value, ast.Call)
        and getattr(each.value.func, "id", "") == "super"
        for each in ast.walk(node)
    )


def unique(pairs):
    """Return pairs of models and signals, each once, in the order of the models' labels."""
    return sorted(dict.fromkeys(pairs), key=lambda pair: pair[0]._meta.label)
