"""The stories that a project has given to the bench, in a setting: see ``conf``."""

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from signal_inspector import conf
from signal_inspector.trials.typed import Unclear


def names():
    """Return the names of the stories."""
    return list(conf.stories())


def prepare(name):
    """
    Prepare a story; return the function that does it.

    Raises:
        Unclear: where there is no such story, or it can't be loaded.
    """
    path = conf.stories().get(name)
    if path is None:
        told = _("There is no story %(name)r. There is %(names)s.")
        raise Unclear(told % {"name": name, "names": ", ".join(names()) or _("none")})
    try:
        story = import_string(path)
    except ImportError as error:
        told = _("The story %(name)r can't be loaded: %(error)s")
        raise Unclear(told % {"name": name, "error": error}) from error
    work = story()
    if not callable(work):
        told = _("The story %r returns nothing that can be called: it has to return what does it.")
        raise Unclear(told % name)
    return work
