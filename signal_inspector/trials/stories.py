"""The stories that a project has given to the bench, in a setting: see ``conf``."""

from django.utils.module_loading import import_string

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
        raise Unclear(f"There is no story {name!r}. There is {', '.join(names()) or 'none'}.")
    try:
        story = import_string(path)
    except ImportError as error:
        raise Unclear(f"The story {name!r} can't be loaded: {error}") from error
    work = story()
    if not callable(work):
        raise Unclear(f"The story {name!r} returns nothing that can be called: it has to return what does it.")
    return work
