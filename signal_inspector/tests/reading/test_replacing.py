"""Receivers whose name is given to something else."""

from textwrap import dedent

from django.test import SimpleTestCase

from signal_inspector.reading.replacing import replaced


class ReplacedTests(SimpleTestCase):
    def assertReplaced(self, text, *expected):
        found = [(one.name, one.line, one.signal, one.again) for one in replaced(dedent(text))]
        self.assertEqual(found, list(expected))

    def test_a_second_function(self):
        self.assertReplaced(
            """
            @receiver(post_save, sender=User)
            def event(sender, **kwargs): ...

            @receiver(user_logged_in)
            async def event(sender, **kwargs): ...
            """,
            ("event", 3, "post_save", 6),
        )

    def test_a_function_that_is_connected_by_a_call(self):
        self.assertReplaced(
            """
            def event(sender, **kwargs): ...
            signals.post_save.connect(event, sender=User)
            def event(sender, **kwargs): ...
            post_delete.connect(receiver=event)
            event = None
            """,
            ("event", 2, "signals.post_save", 4),
            ("event", 4, "post_delete", 6),
        )

    def test_a_lambda_an_import_and_a_class(self):
        for again in ("event = lambda **kwargs: 1", "from shop import event", "class event: ...", "del event"):
            with self.subTest(again):
                self.assertReplaced(
                    f"event = lambda **kwargs: 0\npost_save.connect(event)\n{again}\n", ("event", 1, "post_save", 3)
                )

    def test_a_method_of_a_class(self):
        self.assertReplaced(
            """
            class Ears:
                @receiver(post_save)
                def event(sender, **kwargs): ...
                @receiver(pre_save)
                def event(sender, **kwargs): ...
            """,
            ("Ears.event", 4, "post_save", 6),
        )

    def test_a_loop(self):
        self.assertReplaced(
            """
            for model in (User, Group):
                @receiver(post_save, sender=model)
                def event(sender, **kwargs): ...
            """,
            ("event", 4, "post_save", 4),
        )

    def test_what_is_held_otherwise_or_never_runs_twice(self):
        for text in (
            "@receiver(post_save, weak=False)\ndef event(): ...\ndef event(): ...",
            "@receiver(post_save)\ndef event(): ...\nKEPT = [event]\ndef event(): ...",
            "if NEW:\n    @receiver(a)\n    def event(): ...\nelse:\n    @receiver(a)\n    def event(): ...",
            "@receiver(post_save)\ndef event(): ...\nclass Other:\n    def event(self): ...",
            "def event(): ...\n@receiver(post_save)\ndef event(): ...",
            "for each in (1, 2):\n    def event(): ...\n    post_save.connect(event, weak=False)",
            "@receiver(post_save)\ndef event(: ...",
        ):
            with self.subTest(text):
                self.assertReplaced(text)
