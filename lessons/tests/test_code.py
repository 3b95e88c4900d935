from django.test import SimpleTestCase

from lessons.code import block


class BlockTests(SimpleTestCase):
    def test_code_is_coloured_by_classes_and_escaped(self):
        html = block('if a < 1:\n    print("<b>")\n')
        self.assertIn('<span class="code-keyword">if</span>', html)
        self.assertIn("&lt;b&gt;", html)
        self.assertNotIn("style=", html)

    def test_other_text_is_escaped_only(self):
        self.assertEqual(
            block("a <b>\n", python=False), '<pre class="code" tabindex="0"><code>a &lt;b&gt;</code></pre>'
        )
