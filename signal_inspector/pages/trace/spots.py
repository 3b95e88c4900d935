"""Places in the code as a page shows them: file and line, the lines around, links to the source and the editor."""

import sys
from urllib.parse import quote

from signal_inspector import conf
from signal_inspector.connected import lookup
from signal_inspector.reading import naming, source
from signal_inspector.reading.colours import coloured
from signal_inspector.reading.places import short_path

AROUND = 3  # lines before and after the one that is meant


class Spot:
    """
    A place in the code.

    Attributes:
        place (Place): the place.
        file (str): its path, "" where the module is not loaded here.
        where (str): file and line as a person reads them, ``"users/forms.py:142"``; else module and line.
        source (str): the dotted name that has a page with its source, "" for none.
        editor (str): the address that opens it in an editor, "" where none is set.
    """

    def __init__(self, place):
        """Look up the file of a place (``Place``), without importing anything."""
        self.place = place
        self.file = _file_of(place.module)
        self.where = f"{short_path(self.file) if self.file else place.module}:{place.line}"
        name = f"{place.module}.{place.name.partition('.<locals>')[0]}"
        self.source = name if lookup.function_named(name) is not None else ""
        self.editor = editor_address(self.file, place.line)

    def excerpt(self):
        """Return the lines around it: see ``marked()``."""
        lines = source.module_source(self.place.module).splitlines(keepends=True)
        first = max(self.place.line - AROUND, 1)
        if not 0 < self.place.line <= len(lines):
            return []
        return marked(coloured(lines[first - 1 : self.place.line + AROUND]), first, {self.place.line: ()})


def spot(place):
    """Return the ``Spot`` of a place, None for None."""
    return None if place is None else Spot(place)


def marked(lines, first, marks):
    """
    Return lines of code as a page shows them.

    Args:
        lines (list): the pieces of each line.
        first (int): the number of the first line.
        marks (dict): for lines that are meant, by their numbers, the numbers of what they led to.

    Returns:
        A list of tuples: the number of the line, its pieces, whether it is meant, what it led to.
    """
    numbers = range(first, first + len(lines))
    return [
        (number, pieces, number in marks, marks.get(number, ())) for number, pieces in zip(numbers, lines, strict=True)
    ]


def editor_address(file, line):
    """Return the address that opens a file in the editor of ``SIGNAL_INSPECTOR_EDITOR``; "" where none is set."""
    template = conf.editor()
    return template.replace("{path}", quote(file)).replace("{line}", str(line)) if template and file else ""


def _file_of(module):
    file = naming.module_attributes(sys.modules.get(module)).get("__file__")
    return file if type(file) is str else ""
