"""Models that belong to one lesson: the site's registry, its migrations and its database know nothing of them."""

from django.apps.registry import Apps
from django.db import models


def models_apart(module):
    """
    Return an abstract model. What inherits from it is in a registry of its own.

    Args:
        module (str): the ``__name__`` of the module that defines the models.

    Returns:
        A class. ``models_of()`` of any of its children finds them all.
    """
    meta = type("Meta", (), {"abstract": True, "app_label": "lessons", "apps": Apps(["lessons"])})
    return type("Model", (models.Model,), {"__module__": module, "Meta": meta})


def models_of(module):
    """Return the model classes that a module defines, in the order in which it does: none is the site's own."""
    defined = [each for each in vars(module).values() if isinstance(each, models.base.ModelBase)]
    return [each for each in defined if each.__module__ == module.__name__ and not each._meta.abstract]
