"""
Questions that people ask, and the answer to each.

They are asked in the foreign project, whose receivers stand in ``foreign/sample_shop/odd.py``. Each is a receiver and
what was done; its answer is the id of the first, and words of its text.
"""

import json

import django
from django.test import SimpleTestCase

from signal_inspector.tests.test_foreign import TRACE, told_by

MUTED = "from signal_inspector.reading.private import cleared as mute\nfrom django.db.models.signals import *\n"
OLD = "from django.db.migrations.state import ProjectState\nold = ProjectState.from_apps(apps).apps.get_model\n"
PEOPLE = "a, b = (Author.objects.create(name=name) for name in 'ab')\nc = Club.objects.create()\n"
ADA = "a = Author.objects.create(name='a')\nBook.objects.bulk_create([Book(author=a, editor=a)])\n"
SHELF = "s = Shelf.objects.create()\nCopy(shelf=s).save_base(raw=True)\nLoan.objects.bulk_create([Loan(shelf=s)])\n"

QUESTIONS = {
    "muted, as by factory_boy": {
        ("hear_tag", f"{MUTED}with mute(post_save): Tag.objects.create(name='a')"): (
            "not-heard-then",
            "post_save was sent by sample_shop.Tag, and nobody at all heard it then",
        ),
        ("hear_every_save", f"{MUTED}with mute(post_save): Tag.objects.create(name='a')"): ("not-heard-then", "Tag"),
        ("hear_poster_gone", f"{MUTED}with mute(post_delete): Poster.objects.create(name='a').delete()"): (
            "not-heard-then",
            "mute_signals()",
        ),
        ("hear_members", f"{MUTED}{PEOPLE}with mute(m2m_changed): c.members.add(a)"): ("not-sent", "all are muted"),
        ("hear_poster", f"{MUTED}with mute(pre_save, post_save): Poster.objects.create(name='a')"): (
            "not-heard-then",
            "sample_shop.Poster",
        ),
    },
    "never connected, or by another name": {
        ("hear_sometimes", ""): ("not-run", "inside of \"if getattr(settings, 'SHOP_FEATURE', False)\" (line "),
        ("hear_in_a_loop", ""): ("not-run", 'inside of "for _model in getattr('),
        ("hear_after_a_try", ""): ("not-run", "inside of 'try'"),
        ("waits_for_connect", ""): ("not-run", "most likely that was not called"),
        ("second_of_constant", ""): ("uid-taken", "'sample_shop.constant' is taken at post_save by"),
        ("second_of_f_string", ""): ("uid-taken", "by sample_shop.odd.first_of_constant"),
        ("second_of_sum", ""): ("uid-taken", "by sample_shop.odd.first_of_constant"),
        ("hear_by_partial", ""): ("collected", "made of the function where it is connected"),
        ("hear_by_lambda", ""): ("collected", "made of the function where it is connected"),
        ("odd.hear_author", ""): (
            "connected",
            "unwrapped.<locals>.wrapper is connected to post_save of sample",
        ),
        ("odd.hear_author", "Author.objects.create(name='a')"): ("wrapper-called", "can't be seen"),
        ("odd.hear_author", "Tag.objects.create(name='a')"): ("other-sender", "is connected to sample_shop.Author"),
        ("hear_by_lasting_lambda", ""): ("connected", "<lambda> is connected to post_save of sample_shop.Tag"),
        ("hear_by_object", ""): ("connected", "Keeper.__call__ is connected to post_save of sample_shop.Tag"),
        ("hear_club", "Club.objects.create()"): ("called", "sample_shop.odd.hear_club was called"),
        ("hear_name", ""): ("connected", "proxy is connected to name_changed of sample_shop.Tag"),
        ("hear_name", "Tag.objects.create(name='old')"): ("wrapper-called", "which was called by name_changed"),
    },
    "a historical model": {
        ("hear_tag", f"{OLD}old('sample_shop', 'Tag').objects.create(name='a')"): (
            "other-sender",
            "sample_shop.Tag (historical) is the model of a migration: another class",
        ),
        ("hear_every_save", f"{OLD}old('sample_shop', 'Tag').objects.create(name='a')"): ("called", ""),
        ("hear_poster_gone", f"{OLD}old('sample_shop', 'Poster').objects.create(name='a').delete()"): (
            "not-sent",
            "sample_shop.Poster (historical) is the model of a migration",
        ),
        ("refuse_poster", f"{OLD}old('sample_shop', 'Poster').objects.create(name='no')"): (
            "other-sender",
            "migration",
        ),
    },
    "who raised before": {
        ("hear_poster", "Poster.objects.create(name='no')"): (
            "stopped-before",
            "sample_shop.odd.refuse_poster raised ValueError at pre_save of sample_shop.Poster",
        ),
        ("hear_poster", "try: Poster.objects.create(name='no')\nexcept ValueError: Tag.objects.create(name='a')"): (
            "stopped-before",
            "post_save was never sent",
        ),
        ("hear_poster", "Poster.objects.bulk_create([Poster(name='a')])\nPoster.objects.create(name='a')"): (
            "broken-off",
            "pre_save of sample_shop.Poster was sent, and no post_save after it",
        ),
        ("hear_club_gone", "Club.objects.create().delete()"): (
            "stopped-before",
            "raised PermissionError",
        ),
        ("hear_poster_gone", "Club.objects.create().delete()\nPoster.objects.all().delete()"): (
            "raised-elsewhere",
            "What was to come after that was not done",
        ),
        ("hear_login", "from django.contrib.auth import authenticate\nauthenticate(username='a', password='b')"): (
            "instead",
            "user_logged_in was not sent, and user_login_failed was",
        ),
    },
    "what a call returns and nobody runs": {
        ("Audit.__call__", "Novel.objects.create(title='a')"): ("never-awaited", "returned a coroutine that nobody"),
        ("Audit.__call__", ""): ("connected", "what it returns is a coroutine that nobody runs"),
        ("Audit.note", "Novel.objects.create(title='a')"): ("called", ""),
        ("hear_and_yield", "Novel.objects.create(title='a')"): ("never-awaited", "returned a generator"),
        ("Counter.__call__", "Novel.objects.create(title='a')"): ("never-awaited", "returned a generator"),
        ("hear_and_promise", "Novel.objects.create(title='a')"): ("never-awaited", "returned a coroutine"),
    },
    "rows that a relation writes": {
        ("hear_book_saved", "delete:sample_shop.Author"): (
            "other-signal",
            "Book.editor is changed by an UPDATE (SET_NULL)",
        ),
        ("hear_book_saved", f"{ADA}b = Author.objects.create(name='b')\nBook.objects.update(author=b)\na.delete()"): (
            "other-sender",
            "sample_shop.Book.editor is changed by an UPDATE (SET_NULL)",
        ),
        ("hear_award_gone", "delete:sample_shop.Author"): ("other-sender", "are not deleted (PROTECT)"),
        ("hear_note_gone", "delete:sample_shop.Poster"): ("connected", "deletes those of sample_shop.Note"),
        ("hear_book_saved", "m2m:sample_shop.Author"): ("other-signal", "changed by an UPDATE, unless bulk=False"),
        ("hear_book_saved", "reverse:sample_shop.Author"): ("silent-operation", "a reverse foreign key"),
        ("hear_line", "set:sample_shop.Customer"): ("other-signal", "It sends m2m_changed"),
        ("hear_book_saved", f"{ADA}b = Author.objects.create(name='b')\nb.book_set.add(Book.objects.get())"): (
            "other-sender",
            "the receiver is connected to sample_shop.Book",
        ),
    },
    "abstract, unchanged, by hand": {
        ("hear_printed", ""): (
            "never-sent",
            "sample_shop.Printed is abstract, and has no rows. Each model",
        ),
        ("hear_printed", "Novel.objects.create(title='a')"): ("never-sent", "sample_shop.Novel, sample_shop.Atlas"),
        ("hear_printed", "save:sample_shop.Novel"): ("never-sent", "abstract"),
        ("hear_printed", "create:sample_shop.Atlas"): ("never-sent", "abstract"),
        (
            "hear_members",
            f"{PEOPLE}Membership.objects.bulk_create([Membership(club=c, author=a)])\nc.members.set([a])",
        ): (
            "not-sent",
            "by set() of what is there already",
        ),
        ("hear_members", f"{PEOPLE}Membership.objects.create(club=c, author=a)"): (
            "not-sent",
            "that is written",
        ),
        ("hear_members", "create:sample_shop.Membership"): ("other-signal", "add(), remove(), set() and clear() do"),
        ("hear_membership", f"{PEOPLE}c.members.add(a)"): (
            "other-sender",
            "is the model between",
        ),
        ("hear_membership", "m2m:sample_shop.Club"): ("other-signal", "is the model between"),
        ("hear_poster_gone", "_raw_delete:sample_shop.Poster"): ("silent-operation", "_raw_delete() sends no post_de"),
        ("hear_poster_gone", "Poster.objects.all()._raw_delete('default')"): ("not-sent", "_raw_delete()"),
        ("hear_elsewhere", ""): ("not-imported", "sample_two.apps.ConnectingConfig imports it, and is not used"),
        ("hear_in_ready", ""): ("not-run", "ConnectingConfig.ready() connects it"),
        ("hear_in_ready", "Tag.objects.create(name='a')"): ("not-run", "the app uses sample_two.apps.UsedConfig"),
    },
}

BY_THE_DATABASE = {
    ("copy_gone", "delete:sample_shop.Shelf"): (
        "other-sender",
        "The database itself deletes the rows",
    ),
    ("copy_gone", f"{SHELF}s.delete()"): ("not-sent", "The database itself deletes"),
    ("loan_saved", "delete:sample_shop.Shelf"): ("other-signal", "is changed by an UPDATE (DB_SET_NULL)"),
    ("loan_saved", f"{SHELF}s.delete()"): ("other-sender", "is changed by an UPDATE (DB_SET_NULL)"),
    ("loan_gone", "delete:sample_shop.Shelf"): ("other-sender", "are not deleted (DB_SET_NULL)"),
}
if django.VERSION >= (6, 1):
    QUESTIONS["rows that the database changes"] = BY_THE_DATABASE

# What to do about a signal that no operation on rows sends.
SENT_BY_CODE = ("hear_payment", "bulk_create:sample_shop.Order"), ("hear_payment", "update:sample_shop.Order")

UNCLEAR = {
    "hear_posterr": "Did you mean sample_shop.odd.hear_poster",
    "sample_shop.receivers.tell_custmer": "Did you mean sample_shop.receivers.tell_customer",
    "odd.her_tag": "Did you mean sample_shop.odd.hear_tag",
    "never_importd": "Did you mean sample_shop.signals.never_imported",
    "quite_something_else": "No receiver is named 'quite_something_else', and no function in the source",
}

OTHERS = {
    "composite typed": (TRACE, "--save", "sample_shop.Seat:A,1"),
    "composite as JSON": (TRACE, "--delete", 'sample_shop.Seat:["A", 1]'),
    "composite created": (TRACE, "--create", "sample_shop.Seat", "--set", "row=B", "--set", "number=2"),
    "composite not there": (TRACE, "--save", "sample_shop.Seat:A,2"),
    "composite of one part": (TRACE, "--save", "sample_shop.Seat:A"),
}


def words_of(receiver, done):
    """Return the command that asks for a receiver: about an operation, after some code, or without anything done."""
    option = "--operation" if ":" in done.partition("\n")[0] and "(" not in done else "--code"
    return (TRACE, "--why", receiver, *((option, done) if done else ()), "--format", "json")


class QuestionTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        asked = [question for kind in QUESTIONS.values() for question in kind]
        commands = {json.dumps(question): words_of(*question) for question in asked}
        commands |= {json.dumps(question): words_of(*question) for question in SENT_BY_CODE}
        commands |= {name: (TRACE, "--why", name) for name in UNCLEAR}
        cls.answers = told_by({**commands, **OTHERS})

    def test_questions_are_answered(self):
        for kind, questions in QUESTIONS.items():
            for question, (key, words) in questions.items():
                with self.subTest(kind, question=question):
                    answer = self.answers[json.dumps(question)]
                    self.assertTrue(answer["out"], answer["error"])
                    first = json.loads(answer["out"])["why"][0]
                    self.assertEqual(first["id"], key, first)
                    self.assertIn(words, first["text"])

    def test_a_signal_of_the_project_is_sent_by_its_code(self):
        for question in SENT_BY_CODE:
            first = json.loads(self.answers[json.dumps(question)]["out"])["why"][0]
            self.assertIn("Look for the code that sends it", first["hint"], question)

    def test_a_name_that_is_not_there_gets_the_nearest_ones(self):
        for name, words in UNCLEAR.items():
            with self.subTest(name):
                self.assertIn(words, self.answers[name]["error"])

    def test_a_key_of_several_fields_is_typed_and_shown(self):
        self.assertIn("post_save of sample_shop.Seat:A,1", self.answers["composite typed"]["out"])
        self.assertEqual(self.answers["composite as JSON"]["code"], 0)
        self.assertIn("post_save of sample_shop.Seat:B,2 (created)", self.answers["composite created"]["out"])
        self.assertIn("no sample_shop.Seat with the primary key A,2", self.answers["composite not there"]["error"])
        self.assertIn("'A' can't be a primary key", self.answers["composite of one part"]["error"])
