"""Text that strangers wrote, made safe to show in one line."""


def printable(value):
    """
    Return a value as text of one line that reads as it is stored.

    Line breaks and other control characters, signs that turn the direction of writing, and those of no width
    become escapes such as ``\\n``: none of them can forge a line of a log, or hide in one.
    """
    return "".join(char if char.isprintable() else _escape(char) for char in str(value))


def _escape(char):
    return char.encode("unicode_escape").decode("ascii")
