import sys
import tempfile
from pathlib import Path

from django.test import SimpleTestCase

from lessons.stage.excerpts import excerpt, is_own


class ExcerptTests(SimpleTestCase):
    def write(self, text):
        """Make a module of the project's own of a text, and return its name."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        name = f"stage_sample_{len(sys.path)}_{id(folder)}"
        self.path = Path(folder, f"{name}.py")
        self.path.write_text(text)
        sys.path.insert(0, folder)
        self.addCleanup(sys.path.remove, folder)
        return name

    def test_a_function_is_found_with_its_decorators_and_its_first_sentence(self):
        found = excerpt("users.signals", "create_profile")
        self.assertEqual(found.file, "users/signals.py")
        self.assertTrue(found.text.startswith("@family_receiver(post_save"))
        self.assertEqual(found.start, found.first + 1)
        self.assertEqual(found.summary, "Give a new user a profile, on the user's own database.")

    def test_a_method_and_a_local_function_are_found(self):
        self.assertIn("def save(self", excerpt("users.forms", "UserRegisterForm.save").text)
        local = excerpt("delivery.signals", "keep.<locals>.hand_over_rows")
        self.assertTrue(local.text.startswith("def hand_over_rows"))

    def test_one_under_a_condition_is_found(self):
        name = self.write("if True:\n    def f():\n        pass\n")
        self.assertEqual(excerpt(name, "f").first, 2)

    def test_what_is_not_there_is_none(self):
        cases = (
            ("users.signals", "nobody"),
            ("users.signals", "post.<locals>.<lambda>"),
            ("users.nowhere", "f"),
            ("", ""),
            ("django.contrib.auth.models", "update_last_login"),
        )
        for module, name in cases:
            with self.subTest(f"{module}:{name}"):
                self.assertIsNone(excerpt(module, name))

    def test_a_file_that_can_not_be_read_is_none(self):
        self.assertIsNone(excerpt(self.write("def f(:"), "f"))

    def test_a_changed_function_has_another_digest_and_a_moved_one_the_same(self):
        name = self.write("def f():\n    return 1\n")
        before = excerpt(name, "f")
        self.path.write_text("import os\n\n\ndef f():\n    return 1\n")
        moved = excerpt(name, "f")
        self.assertEqual((moved.first, moved.digest), (4, before.digest))
        self.path.write_text("def f():\n    return 2, 3\n")
        self.assertNotEqual(excerpt(name, "f").digest, before.digest)

    def test_what_is_the_projects_own(self):
        self.assertTrue(is_own("users.signals"))
        for module in ("django.db", "axes.signals", "json", "nowhere"):
            self.assertFalse(is_own(module), module)
