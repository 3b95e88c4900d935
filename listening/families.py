"""
Connect a receiver to a model, its proxies and its children.

Django sends the signals of models with the class that was saved. To a receiver that is connected with
``sender=User``, a proxy or a multi-table child of ``User`` is somebody else.
"""

from django.apps import apps
from django.db.models.signals import class_prepared, post_delete, pre_delete

_connections = {}  # signal, model and dispatch_uid to the receiver

# Kept alive: Django 5.2 knows a sender by its id() alone, which the next class may get when this one is gone.
_members = set()


def family_receiver(signals, *, sender, dispatch_uid):
    """
    Connect a function as ``django.dispatch.receiver`` does, to a model with its proxies and children.

    Classes that are made later are connected when Django has prepared them. A child's deletion is not heard: Django
    deletes the parent's row with it, and sends the signals of that one too.

    Args:
        signals (ModelSignal, or a list of them): what to listen to.
        sender (type or str): the model class, or its label, as in ``settings.AUTH_USER_MODEL``. The registry of models
            must be ready, as it is in ``AppConfig.ready()``.
        dispatch_uid (str): names the connection, so that a module imported under two names connects nothing twice.
    """

    def connect(function):
        for signal in signals if isinstance(signals, (list, tuple)) else [signals]:
            connect_family(signal, function, sender=sender, dispatch_uid=dispatch_uid)
        return function

    return connect


def connect_family(signal, function, *, sender, dispatch_uid):
    """Connect a function to one signal of a model with its proxies and children; see ``family_receiver``."""
    sender = apps.get_model(sender) if isinstance(sender, str) else sender
    function = _connections.setdefault((signal, sender, dispatch_uid), function)
    for member in (sender, *apps.get_models(include_auto_created=True)):
        _connect(member, signal, sender, dispatch_uid, function)


def _connect(member, signal, model, dispatch_uid, function):
    if not issubclass(member, model) or member._meta.abstract:
        return
    if signal in (pre_delete, post_delete) and member._meta.concrete_model is not model._meta.concrete_model:
        return
    _members.add(member)
    signal.connect(function, sender=member, dispatch_uid=dispatch_uid)


def include_subclass(sender, **kwargs):
    """Connect a proxy or a child that is prepared after its family was."""
    for connection, function in _connections.items():
        _connect(sender, *connection, function)


class_prepared.connect(include_subclass, dispatch_uid="listening.include_subclass")
