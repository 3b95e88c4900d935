"""What ``self`` and its attributes stand for in the classes of the source, and what is known of some parameters."""

import ast
from dataclasses import replace
from functools import cached_property

from django.apps import apps
from django.forms.models import BaseModelForm

from signal_inspector.reading import naming
from signal_inspector.reading.replacing import last_name
from signal_inspector.scanning.files import FUNCTIONS, enclosing, file_of, loaded_file
from signal_inspector.scanning.resolving import relations
from signal_inspector.scanning.resolving.values import Live, Row, Rows, Thing, Written, of_object, union

ADMIN = "django.contrib.admin."  # looked up: importing it needs apps that a project may not have
PROPERTIES = {"property", "cached_property", "classproperty"}


class Classes:
    """Finds what attributes of classes and of their instances stand for."""

    def __init__(self, resolver):
        """Take the ``Resolver`` that knows the other expressions."""
        self.resolver = resolver
        self.managers = relations.Managers()

    def bases(self, of, after=None):
        """Return pairs of a syntax tree and a class, each None if unknown: it and its bases, those after one."""
        found = list(self.all_bases(of))
        place = next((place for place, (node, _cls) in enumerate(found) if after is not None and node is after), -1)
        return found[place + 1 :]

    def all_bases(self, of):
        """Yield these of a class and of all its bases, in order."""
        if type(of) is Live:
            for cls in naming.class_mro(of.object):
                yield self.node(cls), cls
        else:
            yield of.node, None
            for each in self.resolver.each(of.node.bases) or ():
                if type(each) is Written or (type(each) is Live and naming.is_class(each.object)):
                    yield from self.all_bases(each)

    def node(self, cls):
        """Return the syntax tree of a class, None if there is none."""
        file = loaded_file(naming.module_of(cls)) if naming.module_of(cls) not in ("builtins", "") else None
        found = file.definitions.get(naming.class_qualname(cls).replace("<locals>.", "")) if file else None
        return found if isinstance(found, ast.ClassDef) else None

    def known_bases(self, of):
        """Tell whether all bases of a class are known."""
        if type(of) is Live:
            return True
        found = self.resolver.each(of.node.bases)
        return found is not None and all(type(each) is Live or self.known_bases(each) for each in found)

    def attribute(self, of, name, owner):
        """Return what an attribute stands for: by what methods assign, else as the first class that has it says."""
        if type(owner) is Thing and (special := self.special(of, name)) is not None:
            return special
        bases = self.bases(of)
        found = [each for node, _cls in bases if node is not None for each in assigned(node)[0].get(name, ())]
        for node, cls in bases:
            function = definition(node, name) if node is not None else None
            if function is not None:
                return self.of_function(function, owner)
            if cls is not None and name in naming.class_attributes(cls):
                own = of_object(naming.class_attributes(cls)[name])
                return own if not own and not found else union((own, self.resolver.each(found)))
            if cls is None and name in assigned(node)[1]:
                found += assigned(node)[1][name]
                break
        return self.resolver.each(found) if found and self.known_bases(of) else None

    def of_function(self, function, owner):
        """Return what a property returns; any other function itself."""
        if any(last_name(each) in PROPERTIES for each in function.decorator_list):
            return self.resolver.returned(function, None, owner)
        return None if type(owner) in (Row, Thing) else {Written(function)}

    def special(self, of, name):
        """Return what Django itself gives instances: the model of an admin, the instance of a form."""
        cls = next((cls for _node, cls in self.bases(of) if cls is not None), None)
        if cls is None:
            return None
        if name == "instance" and issubclass(cls, BaseModelForm):
            meta = [definition(node, "Meta", ast.ClassDef) for node, _cls in self.bases(of) if node is not None]
            models = [assigned(each)[1].get("model") for each in meta if each is not None]
            found = self.resolver.each(next(filter(None, models), ()))
            return {Row(each.object) for each in found or () if type(each) is Live} or None
        if name == "model" and self.is_admin(cls):
            return {Live(model) for model in self.administered(cls)} or None
        return None

    def is_admin(self, cls):
        """Tell whether a class is one of the admin's."""
        admin = (naming.loaded(ADMIN + "options") or {}).get("ModelAdmin")
        return admin is not None and naming.is_class(cls) and issubclass(cls, admin)

    def administered(self, cls):
        """Return the models that an admin class is registered for."""
        return [model for admin_class, model in self.admins if issubclass(admin_class, cls)]

    @cached_property
    def admins(self):
        """Return pairs of an admin class and a model that it is registered for."""
        sites = list((naming.loaded(ADMIN + "sites") or {}).get("all_sites") or ())
        return [
            (type(site.get_model_admin(model)), model)
            for site in sites
            for model in apps.get_models()
            if site.is_registered(model)
        ]

    def called(self, owner, name, call):
        """Return what a method of a class, or of an instance of one that is no model, returns."""
        of = owner.of if type(owner) is Thing else owner
        for node, cls in self.bases(of, getattr(owner, "after", None)):
            function = definition(node, name) if node is not None else None
            if function is None and cls is not None and name in naming.class_attributes(cls):
                return self.resolver.called_value(owner, name, call)
            if function is not None:
                static = any(last_name(each) == "staticmethod" for each in function.decorator_list)
                return self.resolver.returned(function, call, *(() if static else (self.bound_to(function, owner),)))
        return self.resolver.called_value(owner, name, call)

    def bound_to(self, function, owner):
        """Return what the first parameter of a method stands for."""
        if any(last_name(each) == "classmethod" for each in function.decorator_list):
            return owner.of if type(owner) is Thing else owner
        return replace(owner, after=None) if type(owner) is Thing else None

    def selves(self, node):
        """Return what ``self`` stands for in a class, None if that is not known."""
        file = file_of(node)
        live = file.live.get(node.name) if isinstance(node.parent, ast.Module) else None
        if naming.is_class(live) and naming.module_of(live) == file.name:
            if relations.is_model(live):
                return {Row(model) for model in concrete(live)} or None
            if relations.is_rows_class(live):
                return {Rows(model, kind) for model, kind in self.managers.models_of(live).items()} or None
            return {Thing(Live(live))}
        return {Thing(Written(node))}

    def parameter(self, function, name):
        """Return what a parameter of a function stands for, None if that is not known."""
        argument = next(each for each in ast.walk(function.args) if isinstance(each, ast.arg) and each.arg == name)
        positional = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        owner = function.parent if isinstance(function.parent, ast.ClassDef) else None
        decorators = {last_name(each) for each in function.decorator_list}
        if owner is not None and positional[:1] == [name] and "staticmethod" not in decorators:
            found = self.selves(owner)
            if "classmethod" in decorators or function.name in ("__new__", "__init_subclass__"):
                return union(class_of(each) for each in found) if found else None
            return found
        if (found := self.received(function, name)) is not None:
            return found
        if name == "queryset" and positional[-1:] == [name] and (models := self.of_action(function, owner)):
            return {Rows(model, type(model._meta.default_manager)) for model in models}
        return self.resolver.annotated(argument.annotation) if argument.annotation is not None else None

    def heard(self, function):
        """Return the models that a receiver hears, None if it hears others too, or is none."""
        first = min([function.lineno, *(each.lineno for each in function.decorator_list)])
        return self.resolver.heard.get((file_of(function).path, first))

    def keyword(self, node, name):
        """Return what ``kwargs["instance"]`` and ``kwargs["sender"]`` stand for in a receiver."""
        function = enclosing(node, FUNCTIONS)
        if function is None or function.args.kwarg is None or getattr(node, "id", "") != function.args.kwarg.arg:
            return None
        if any(isinstance(each, ast.arg) and each.arg == name for each in ast.walk(function.args)):
            return None
        return self.received(function, name)

    def received(self, function, name):
        """Return what the argument of a receiver stands for, None if that is not known."""
        models = self.heard(function)
        if not models or name not in ("instance", "sender"):
            return None
        return {Row(model) if name == "instance" else Live(model) for model in models}

    def of_action(self, function, owner):
        """Return the models of an action of the admin, [] if it is none."""
        live = file_of(function).live
        if owner is not None:
            cls = live.get(owner.name)
            return self.administered(cls) if self.is_admin(cls) else []
        value = live.get(function.name)
        return [
            model
            for cls, model in self.admins
            if value is not None and any(each is value for each in naming.class_attribute(cls, "actions") or ())
        ]

    def super_at(self, call):
        """Return what ``super()`` is where it is called."""
        function = enclosing(call, FUNCTIONS)
        owner = function.parent if function is not None else None
        if not isinstance(owner, ast.ClassDef) or not function.args.args:
            return None
        found = self.resolver.named(function.args.args[0].arg, call)
        live = file_of(call).live.get(owner.name)
        return union(super_of(value, owner, live) for value in found or (None,))


def super_of(value, node, cls):
    """Return what ``super()`` is in a method of a class: of its syntax tree, and itself, None if unknown."""
    if type(value) is Thing:
        return {replace(value, after=node)}
    return {replace(value, after=cls)} if type(value) in (Row, Rows) and naming.is_class(cls) else None


def class_of(value):
    """Return what the class of an instance is."""
    if type(value) is Row:
        return {Live(value.model)}
    return {value.of} if type(value) is Thing else None


def concrete(model):
    """Return a model, or those that an abstract one is a base of."""
    if not model._meta.abstract:
        return [model]
    return [each for each in apps.get_models() if issubclass(each, model) and not each._meta.proxy]


def assigned(node):
    """Return what the methods of a class assign to attributes, by their names, and what its body does."""
    if not hasattr(node, "assigned"):
        node.assigned = {}, {}
        for each in ast.walk(node):
            if not isinstance(getattr(each, "ctx", None), (ast.Store, ast.Del)):
                continue
            # What unpacks, iterates or opens stands for nothing that is known.
            value = each.parent.value if isinstance(each.parent, (ast.Assign, ast.AnnAssign)) else each.parent
            if value is None:  # an annotation alone
                continue
            if isinstance(each, ast.Attribute) and getattr(each.value, "id", "") in ("self", "cls"):
                node.assigned[0].setdefault(each.attr, []).append(value)
            elif isinstance(each, ast.Name) and getattr(each.parent, "parent", None) is node:
                node.assigned[1].setdefault(each.id, []).append(value)
    return node.assigned


def definition(node, name, kinds=FUNCTIONS):
    """Return the function (or what else) that a class defines under a name, None if it defines none."""
    return next((each for each in node.body if isinstance(each, kinds) and each.name == name), None)
