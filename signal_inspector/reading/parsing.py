"""
Source code as a syntax tree, where other threads may read theirs at the same moment.

Python 3.11 counts how deep it stands in one number for all threads, and raises SystemError ("AST constructor recursion
depth mismatch") where the garbage collector lets another thread in meanwhile: seen on 3.11.7 in a threaded server, and
not on 3.12.1 or 3.13.0. Whoever asks again gets the tree.
"""

import ast

TRIES = 20


def parse(text):
    """
    Return the tree (``ast.Module``) of a source.

    Args:
        text (str): the source.

    Raises:
        SyntaxError, ValueError: it is none.
    """
    return tried(ast.parse, text)


def tried(function, *args):
    """Return what a function that makes syntax trees returns: ``ast.parse``, or ``inspect.getsource`` of a class."""
    for _number in range(TRIES - 1):
        try:
            return function(*args)
        except SystemError:
            continue
    return function(*args)
