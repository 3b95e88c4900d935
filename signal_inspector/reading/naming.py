"""
Plain names for receivers, senders and instances.

Nothing here runs code of the objects it names: no ``str()``, ``repr()``, ``==``, property, ``__getattr__`` or
``isinstance`` (which asks for ``__class__``, and so evaluates lazy objects), and it never raises. A name is read from
what Python itself keeps: the type, and the dictionaries of the type and of the instance.
"""

import sys
from datetime import date, datetime
from functools import partial, partialmethod
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from types import BuiltinFunctionType, FunctionType, GetSetDescriptorType, MemberDescriptorType, MethodType, ModuleType
from uuid import UUID

from django.apps import AppConfig
from django.db.models.options import Options
from django.utils.functional import LazyObject, empty

LONGEST = 80  # characters of a sender that is a string
LONGEST_KEY = 16  # of a primary key; the key of a session or a token is longer, and a secret

HISTORICAL = "(historical)"  # what follows the label of a model that a migration has made for itself

UNRUN = ((CO_COROUTINE, "coroutine"), (CO_GENERATOR, "generator"), (CO_ASYNC_GENERATOR, "generator"))
HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: the flag of a class that Python code has made

class_flags = type.__dict__["__flags__"].__get__
class_module = type.__dict__["__module__"].__get__
class_qualname = type.__dict__["__qualname__"].__get__
class_attributes = type.__dict__["__dict__"].__get__  # what a class itself defines
class_mro = type.__dict__["__mro__"].__get__
partial_function = partial.__dict__["func"].__get__
_module_dict = ModuleType.__dict__["__dict__"].__get__


def receiver_name(receiver):
    """Return the dotted name of a receiver: ``"users.signals.create_profile"``."""
    if type(receiver) is FunctionType:  # nearly all are
        return _function_name(receiver)
    try:
        return _callable_name(receiver, 0)
    except Exception:  # an odd object is not a reason to fail
        return "<unknown>"


def sender_name(sender):
    """Return a name for a sender: the label of a model (``"auth.User"``), else a dotted name; "" for None."""
    try:
        if sender is None:
            return ""
        if is_class(sender):
            label = model_label(sender)
            return f"{label} {HISTORICAL}" if label and _is_historical(sender) else label or class_name(sender)
        if issubclass(type(sender), str):
            return str.__str__(sender)[:LONGEST]
        if type(sender) is tuple or type(sender) is list:
            names = ", ".join(sender_name(each) if is_class(each) else "…" for each in sender[:5])
            return f"({names})" if type(sender) is tuple else f"[{names}]"
        if issubclass(type(sender), AppConfig):
            return f"app {instance_dict(sender).get('label', '')}"
        if issubclass(type(sender), ModuleType):
            return _text(_module_dict(sender).get("__name__"))
        if issubclass(type(sender), (FunctionType, BuiltinFunctionType, MethodType)):
            return _callable_name(sender, 0)
        sender = unwrap(sender)
        own = instance_dict(sender)
        if "__qualname__" in own:  # a signal that knows its own name, for example
            return f"{_text(own.get('__module__'))}.{_text(own['__qualname__'])}"
        return f"{class_name(type(sender))} object"
    except Exception:
        return "<unknown>"


def instance_name(instance):
    """Return a name for a model instance, ``"auth.User:1"``, ``"auth.User:new"``; for any other its class."""
    try:
        instance = unwrap(instance)
        meta = _options(type(instance))
        if meta is None:
            return sender_name(instance)
        label = f"{meta.app_label}.{meta.object_name}"
        attributes = instance_dict(instance)
        keys = [attributes.get(meta.pk.attname)]
        if keys[0] is None and len(meta.pk_fields) > 1:
            keys = [attributes.get(field.attname) for field in meta.pk_fields]
        if any(key is None for key in keys):
            return f"{label}:new" if meta.pk_fields[0].column and meta.pk_fields[0].concrete else label
        told = [key_text(key) for key in keys]
        return label if None in told else f"{label}:{','.join(told)}"
    except Exception:
        return "<unknown>"


def plain_key(cls):
    """
    Return what ``instance_name()`` finds out about a class, where that is a model with a primary key of one column.

    Returns:
        The label of the model, the attribute that holds the key, and a function that returns the dictionary in which
        an instance keeps its attributes, without asking the instance. None three times for any other class.
    """
    unknown = None, None, None
    try:
        meta, found = _options(cls), class_attribute(cls, "__dict__")
        is_plain = meta is not None and len(meta.pk_fields) == 1 and meta.pk.concrete and meta.pk.column
        if not is_plain or type(found) is not GetSetDescriptorType or issubclass(cls, LazyObject):
            return unknown
        return f"{meta.app_label}.{meta.object_name}", meta.pk.attname, found.__get__
    except Exception:  # an odd class is not a reason to fail
        return unknown


def key_text(value):
    """Return a part of a primary key as text, None for what is not told."""
    if type(value) is str:
        return value if len(value) <= LONGEST_KEY else f"{value[:4]}…"
    return str(value) if type(value) in (int, UUID, date, datetime) else None


def uid_name(uid):
    """Return a dispatch_uid as text: itself if it is plain, else the class of it."""
    if uid is None:
        return ""
    if type(uid) is str:
        return uid[:LONGEST]
    if type(uid) in (int, bool, float, bytes, UUID):
        return str(uid)[:LONGEST]
    if type(uid) is tuple:
        return f"({', '.join(map(uid_name, uid[:5]))})"[:LONGEST]
    return receiver_name(uid) if type(uid) is FunctionType else sender_name(uid)


def is_class(value):
    """Tell whether a value is a class, without asking it."""
    return issubclass(type(value), type)


def class_name(cls):
    """Return the dotted name of a class."""
    module = _text(class_module(cls))
    return f"{module}.{class_qualname(cls)}" if module else class_qualname(cls)


def model_label(cls):
    """Return the label of a model class, as ``"auth.User"``; "" for any other class."""
    meta = _options(cls)
    return f"{meta.app_label}.{meta.object_name}" if meta is not None else ""


def class_attribute(cls, name):
    """Return an attribute as a class or the next of its bases defines it, unbound; None if none does."""
    for base in class_mro(cls):
        if name in class_attributes(base):
            return class_attributes(base)[name]
    return None


def module_of(function):
    """Return the name of the module that a function or class, or else the class of an object, comes from."""
    if type(function) is FunctionType:
        return _text(function.__module__)
    return _text(class_module(function if is_class(function) else type(function)))


def is_coroutine_function(function):
    """Tell whether a receiver is an ``async def`` function or method; other callables count as synchronous."""
    function = function.__func__ if type(function) is MethodType else function
    return type(function) is FunctionType and bool(function.__code__.co_flags & CO_COROUTINE)


def returns_unrun(receiver):
    """Return what a call of a receiver returns and does not run, "coroutine" or "generator"; "" for nothing."""
    kind = type(receiver)
    function = receiver.__func__ if kind is MethodType else receiver
    if kind is not MethodType and kind is not FunctionType and not is_class(receiver):
        function = class_attribute(kind, "__call__")
    flags = function.__code__.co_flags if type(function) is FunctionType else 0
    return next((what for flag, what in UNRUN if flags & flag), "")


def instance_dict(value):
    """Return the dictionary that an instance keeps its attributes in, {} if it has none."""
    for cls in class_mro(type(value)):
        found = class_attributes(cls).get("__dict__")
        if type(found) in (GetSetDescriptorType, MemberDescriptorType):
            try:
                attributes = found.__get__(value)
            except AttributeError:  # a proxy written in C, as wrapt's, around something that has none
                return {}
            return attributes if type(attributes) is dict else {}
    return {}


def module_attributes(module):
    """Return a copy of a module's names, or of the attributes of what else ``sys.modules`` holds."""
    if issubclass(type(module), ModuleType):
        return (_module_dict(module) or {}).copy()
    return instance_dict(module).copy()


def loaded(module):
    """Return the names of a module that was imported, None for one that was not."""
    return module_attributes(sys.modules[module]) if module in sys.modules else None


def unwrap(value):
    """Return what a lazy object stands for if that was evaluated already, and else the value itself."""
    if issubclass(type(value), LazyObject):
        wrapped = instance_dict(value).get("_wrapped", empty)
        return value if wrapped is empty else wrapped
    return value


def _is_historical(cls):
    return _text(class_module(cls)) == "__fake__"


def _options(cls):
    """Return the options of a model class, also of one that takes them from a base; None for any other class."""
    meta = class_attribute(cls, "_meta")
    return meta if issubclass(type(meta), Options) else None


def _callable_name(value, depth):
    kind = type(value)
    if depth > 5:
        return "…"
    if kind is FunctionType:
        return _function_name(value)
    if kind is MethodType:
        task, _function = task_behind(value.__self__)
        return f"{task}.{value.__func__.__name__}" if task else _callable_name(value.__func__, depth + 1)
    if issubclass(kind, BuiltinFunctionType):
        owner = _text(value.__module__) or "builtins"
        return f"{owner}.{_text(value.__qualname__)}"
    if issubclass(kind, partial):
        return f"functools.partial({_callable_name(partial_function(value), depth + 1)})"
    if kind is partialmethod:
        return f"functools.partialmethod({_callable_name(instance_dict(value).get('func'), depth + 1)})"
    if is_class(value):
        return class_name(value)
    if (task := task_behind(value)[0]) is not None:
        return task
    # What functools.wraps left behind names the function that a decorator's object stands for.
    wrapped = instance_dict(value).get("__wrapped__")
    if type(wrapped) is FunctionType:
        return _function_name(wrapped)
    return f"{class_name(kind)}.__call__"


def task_behind(value):
    """
    Return name and function of a task of Celery's, or of a proxy that stands for one; ``(None, None)`` for others.

    ``shared_task`` makes a proxy that keeps its function in a closure. ``app.task`` makes one that keeps it in its
    arguments, or the task itself, an object of a class of its own. None of them is asked for anything.
    """
    kind = type(value)
    name, function = class_attribute(kind, "name"), class_attribute(kind, "__wrapped__")
    function = function.__func__ if type(function) is staticmethod else function
    if type(name) is not str or type(function) is not FunctionType:
        slots = [class_attribute(kind, f"_Proxy__{slot}") for slot in ("local", "args", "kwargs")]
        if not all(type(slot) is MemberDescriptorType for slot in slots):
            return None, None
        local, arguments, keywords = (slot.__get__(value) for slot in slots)
        if type(local) is FunctionType:
            kept = dict(zip(local.__code__.co_freevars, local.__closure__ or (), strict=True))
            name, function = (kept[each].cell_contents if each in kept else None for each in ("name", "fun"))
        else:
            name, function = keywords.get("name"), arguments[0] if arguments else None
    if type(function) is not FunctionType:
        return None, None
    return name if type(name) is str else f"{function.__module__}.{function.__name__}", function


def _function_name(function):
    module = function.__module__
    return f"{module}.{function.__qualname__}" if type(module) is str else function.__qualname__


def _text(value):
    return value if type(value) is str else ""
