"""The source of receivers, in colours."""

import functools
import tempfile
import textwrap
from pathlib import Path

from django.test import SimpleTestCase

from signal_inspector.reading.colours import coloured
from signal_inspector.reading.source import first_line, function_behind, location, module_source, source_of


def decorate(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@decorate
def hear(sender, **kwargs):
    """
    Hear it.

    And more.
    """
    return 1  # not two


class Ear:
    """An ear."""

    def __init__(self, ear=1):
        self.ear = ear

    def hear(self, **kwargs):
        return "method"

    def __call__(self, **kwargs):
        return "call"


def text(source):
    return "\n".join("".join(part for _, part in line) for line in source.lines)


class SourceTests(SimpleTestCase):
    def test_through_decorators(self):
        source = source_of(hear)
        self.assertTrue(text(source).startswith("@decorate\ndef hear(sender, **kwargs):\n"))
        self.assertTrue(text(source).endswith("    return 1  # not two"))
        self.assertEqual((source.file, source.note), (__file__, ""))

    def test_methods_partials_and_objects(self):
        ear = Ear()
        for receiver, name in (
            (ear.hear, "hear"),
            (functools.partial(ear.hear), "hear"),
            (functools.partial(functools.partial(ear.hear), a=1), "hear"),
            (ear, "__call__"),
            (functools.lru_cache(ear.hear), "hear"),
        ):
            self.assertTrue(text(source_of(receiver)).startswith(f"def {name}(self, **kwargs):"), receiver)

    def test_a_class_has_a_place(self):
        file, line = location(Ear)
        self.assertEqual(file, __file__)
        self.assertGreater(line, 1)

    def test_a_lambda_has_its_line(self):
        source = source_of(lambda **kwargs: "here")
        self.assertIn('lambda **kwargs: "here"', text(source))

    def test_a_file_that_was_changed_is_read_again(self):
        with tempfile.TemporaryDirectory() as folder:
            path, made = Path(folder, "changing.py"), {}
            for text_of_file in ("def made():\n    return 1\n", "def made():\n    return 'changed'\n"):
                path.write_text(text_of_file)
                exec(compile(text_of_file, str(path), "exec"), made)
                self.assertEqual(text(source_of(made["made"])), text_of_file.rstrip())
        self.assertEqual(source_of(made["made"]).note, "The file is not there any more, or can't be read.")

    def test_what_has_no_source_says_so(self):
        made = {}
        exec("def made(**kwargs): pass", made)
        for receiver in (print, [].append, len, None, 3, object(), made["made"], Exception):
            source = source_of(receiver)
            self.assertEqual(source.lines, [])
            self.assertTrue(source.note)

    def test_the_first_line_of_the_docstring(self):
        self.assertEqual(first_line(function_behind(hear)), "Hear it.")
        self.assertEqual(first_line(Ear), "An ear.")
        self.assertEqual(first_line(function_behind(Ear().hear)), "")
        self.assertEqual(first_line(print), "")

    def test_a_first_line_that_ends_in_the_middle_of_a_sentence(self):
        def cut():
            """
            Write the date of the last ``login`` for
            the user logging in.

            More.
            """

        def whole():
            """Write it.
            More."""

        def long():
            pass

        long.__doc__ = "word " * 200
        self.assertEqual(first_line(cut), "Write the date of the last login for the user logging in.")
        self.assertEqual(first_line(whole), "Write it.")
        self.assertEqual(len(first_line(long)), 300)

    def test_the_source_of_a_module(self):
        self.assertIn("def test_the_source_of_a_module", module_source(__name__))
        self.assertEqual(module_source("builtins"), "")
        self.assertEqual(module_source("no.such.module"), "")


class ColourTests(SimpleTestCase):
    def pieces(self, code):
        lines = textwrap.dedent(code).strip("\n").splitlines(keepends=True)
        pieces = coloured(lines)
        self.assertEqual(["".join(text for _, text in line) for line in pieces], [line.rstrip() for line in lines])
        return pieces

    def test_what_each_piece_is(self):
        pieces = self.pieces(
            """
            @receiver(post_save)
            def hear(sender, **kwargs):  # why
                return 12 + "text"
            """
        )
        self.assertEqual(pieces[0][:2], [("decorator", "@"), ("", "receiver")])
        self.assertEqual(pieces[1][:3], [("keyword", "def"), ("", " "), ("name", "hear")])
        self.assertEqual(pieces[1][-1], ("comment", "# why"))
        self.assertIn(("number", "12"), pieces[2])
        self.assertIn(("string", '"text"'), pieces[2])

    def test_strings_over_lines_and_f_strings_keep_their_text(self):
        pieces = self.pieces(
            '''
            def hear():
                """One.

                Two.
                """
                return f"{{a}} {b!r:>{width}} {{}}" "ü" + f"{c}"
            '''
        )
        self.assertEqual(pieces[1][-1], ("string", '"""One.'))
        self.assertEqual(pieces[2], [])

    def test_what_python_cannot_read_stays_text(self):
        self.pieces("def (:\n  'open\n ((")
        self.pieces("")
