from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.test import SimpleTestCase
from django.urls import resolve

from lessons.chapters.library import IMAGES, PATHS, chapter_named, chapters
from lessons.chapters.rendering import address_of, html_of


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def values(self, name):
        return [attrs[name] for _tag, attrs in self.found if name in attrs]


class RenderingTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tags = {chapter.name: Tags(html_of(chapter, {})) for chapter in chapters()}

    def test_each_link_within_the_site_leads_somewhere(self):
        ids = {name: {*tags.values("id")} for name, tags in self.tags.items()}
        checked = 0
        for name, tags in self.tags.items():
            for href in tags.values("href"):
                parts = urlsplit(href)
                if not parts.scheme:
                    target = resolve(parts.path).kwargs["name"] if parts.path else name
                    self.assertTrue(target in ids or (IMAGES / target).is_file(), f"{name}: {href}")
                    if parts.fragment:
                        self.assertIn(parts.fragment, ids[target], f"{name}: {href}")
                    checked += 1
        self.assertGreater(checked, 200)

    def test_each_picture_is_there(self):
        sources = [source for tags in self.tags.values() for source in tags.values("src")]
        self.assertGreater(len(sources), 4)
        for source in sources:
            self.assertTrue((IMAGES / resolve(source).kwargs["name"]).is_file(), source)

    def test_no_chapter_needs_more_than_the_policy_allows(self):
        for name, tags in self.tags.items():
            self.assertEqual(tags.values("style"), [], name)
            self.assertFalse({"script", "style", "iframe"} & {tag for tag, _attrs in tags.found}, name)

    def test_no_comment_is_shown(self):
        for chapter in chapters():
            self.assertNotIn("&lt;!--", html_of(chapter, {}), chapter.name)

    def test_a_receiver_that_is_named_leads_to_its_source(self):
        name = "create_missing_profiles"
        html = html_of(chapter_named("map"), {name: f"users.signals.{name}"})
        link = f'<a href="/signals/receiver/?name=users.signals.{name}"><code>{name}</code></a>'
        self.assertIn(link, html)
        self.assertNotIn("/signals/receiver/", html_of(chapter_named("map"), {}))

    def test_where_a_link_leads(self):
        path = PATHS["pitfalls"]
        self.assertEqual(address_of("working.md#order", path), "/learn/chapters/working/#order")
        self.assertEqual(address_of("../map.md", path), "/learn/chapters/map/")
        self.assertEqual(address_of("../../README.md", path), "/learn/chapters/readme/")
        self.assertEqual(address_of("../images/trace.png", path), "/learn/chapters/images/trace.png")
        self.assertEqual(address_of("../../users/signals.py", path), "")
        self.assertEqual(address_of("https://www.djangoproject.com/", path), "https://www.djangoproject.com/")
