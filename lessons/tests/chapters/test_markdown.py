from django.test import SimpleTestCase

from lessons.chapters.markdown import headings_of, parse, slug, to_html


def html(text):
    return to_html(parse(text))


class MarkdownTests(SimpleTestCase):
    def test_html_in_the_text_is_text(self):
        self.assertEqual(html("a <b>b</b>"), "<p>a &lt;b&gt;b&lt;/b&gt;</p>\n")
        self.assertNotIn("<script", html("<script>alert(1)</script>"))
        self.assertNotIn("href", html("[a](javascript:alert(1))"))

    def test_comments_are_not_shown(self):
        self.assertEqual(html("<!-- transaction -->\n\ntext"), "<p>text</p>\n")
        self.assertNotIn("first", html("<!-- first -->\n```python\na = 1\n```"))

    def test_headings_have_githubs_anchors_each_once(self):
        tokens = parse("# `update()` and *bulk*\n\n## Twice\n\n## Twice\n")
        self.assertEqual(
            headings_of(tokens),
            [(1, "update() and bulk", "update-and-bulk"), (2, "Twice", "twice"), (2, "Twice", "twice-1")],
        )
        self.assertIn('<h1 id="update-and-bulk">', to_html(tokens))
        self.assertEqual(slug("An error in `post_save`: what now?"), "an-error-in-post_save-what-now")

    def test_python_is_coloured_by_classes(self):
        self.assertIn('<span class="code-keyword">if</span>', html("```python\nif a:\n    b\n```"))
        self.assertNotIn("code-keyword", html("```\nif a:\n```"))

    def test_an_aligned_table_has_no_style(self):
        self.assertNotIn("style=", html("| a | b |\n| :-- | --: |\n| 1 | 2 |"))

    def test_a_table_scrolls_and_an_empty_head_is_left_out(self):
        table = html("| | |\n| --- | --- |\n| 1 | 2 |")
        self.assertTrue(table.startswith('<div class="scrolls" tabindex="0"><table>'))
        self.assertNotIn("<th", table)
        self.assertIn("<th>a</th>", html("| a | |\n| --- | --- |\n| 1 | 2 |"))
