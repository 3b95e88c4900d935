"""Where code belongs: to which app, and in which file below the folders that Python imports from."""

import os
import sys

from django.apps import apps


def app_of(module):
    """Return the label of the app that a module belongs to, "django" for Django itself, else ""."""
    config = apps.get_containing_app_config(module)
    if config is not None:
        return config.label
    return "django" if module.partition(".")[0] == "django" else ""


def short_path(file):
    """Return a path below the folder that Python imports from, as ``users/signals.py``."""
    folders = [os.path.join(folder, "") for folder in sys.path if type(folder) is str and folder]
    fitting = [folder for folder in folders if file.startswith(folder)]
    return file[len(max(fitting, key=len)) :] if fitting else file
