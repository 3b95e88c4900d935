import re

from django.test import SimpleTestCase

from lessons.chapters import library
from lessons.chapters.explained import EXPLAINED, note, used
from lessons.chapters.markdown import parse
from lessons.chapters.rendering import html_of


class ExplainedTests(SimpleTestCase):
    def test_what_code_calls_is_found_and_what_a_sentence_names_is_not(self):
        self.assertEqual(
            used(parse("`muted()`\n\n```python\nwith sent(post_save) as calls:\n    story(calls)\n```")),
            ["sent", "story"],
        )
        self.assertEqual(used(parse("```python\nis_sent(1)\ncalls.story()\n```\n\n```\nmuted(x)\n```")), [])

    def test_a_chapter_that_uses_one_links_once_to_where_it_is_explained_under_its_title(self):
        html = html_of(library.chapter_named("order"), {})
        self.assertRegex(
            html, r'</h1><p class="quiet">[^<]+<a href="/learn/chapters/signals/#how-to-read-these-pages">'
        )
        self.assertEqual(html.count("<code>story()</code></a>"), 1)

    def test_a_chapter_does_not_send_its_reader_to_itself(self):
        self.assertNotIn('<p class="quiet">', html_of(library.chapter_named("signals"), {}))
        self.assertNotIn("muted()", note("working", parse(library.chapter_named("working").text)))

    def test_one_without_has_no_line(self):
        self.assertNotIn('<p class="quiet">', html_of(library.chapter_named("architecture"), {}))

    def test_they_are_explained_there(self):
        for name, (chapter, anchor) in EXPLAINED.items():
            shown = library.chapter_named(chapter)
            self.assertIn(anchor, [heading.anchor for heading in shown.headings], name)
            self.assertRegex(shown.text, re.compile(rf"def {name}\(|`{name}"))
