"""The list of people and their pages: who is shown to whom, in which order, and that no name breaks a page."""

from html.parser import HTMLParser
from urllib.parse import quote

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.urls import reverse
from django.utils.html import escape

from users import views
from users.models import Interest, Profile
from users.tests.steps import PageTestCase, make_public, make_user

User = get_user_model()

ODD_NAMES = (
    "/",
    "//",
    "/../",
    ".",
    "..",
    "../..",
    "a/b",
    "a//b/",
    "/etc/passwd",
    "a b",
    " ",
    "",
    "?",
    "?q=x",
    "#",
    "a#b",
    "a%2Fb",
    "%00",
    "%",
    "%s",
    "{}",
    "{{ user }}",
    "{% now 'Y' %}",
    "'",
    '"',
    "a\\b",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&amp;",
    "a\nb",
    "a\r\nSet-Cookie: x=y",
    "\u202eada",
    "ада",
    "\U0001f600",
    "x" * 150,
)
MARKUP = "<script>alert(1)</script>"


class LinkReader(HTMLParser):
    """Collect the links of a page's content."""

    def __init__(self, response):
        super().__init__()
        self.links, self.tags = [], []
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "a":
            self.links.append(dict(attrs))


def names_on(response):
    """Return the user names that a page of people lists."""
    return [profile.user.username for profile in response.context["profiles"]]


class ListTests(PageTestCase):
    def names(self, **query):
        return names_on(self.client.get(reverse("people"), query))

    def test_only_public_profiles_of_active_accounts_are_listed(self):
        make_public("ada")
        make_user("private")
        make_public("left", is_active=False)
        self.assertEqual(self.names(), ["ada"])
        self.log_in(User.objects.get(username="private"))
        self.assertEqual(self.names(), ["ada"])

    def test_people_are_ordered_by_name_without_regard_to_case(self):
        for name in ("Zoe", "ada", "Émile", "Bob", "zack", "ADAM", "émilie", "ada.b"):
            make_public(name)
        self.assertEqual(self.names(), ["ada", "ada.b", "ADAM", "Bob", "zack", "Zoe", "Émile", "émilie"])

    def test_a_search_finds_the_beginning_of_names_in_every_spelling(self):
        for name in ("Ada", "ADAM", "adrian", "grace", "Straßer", "Ärger"):
            make_public(name)
        self.assertEqual(self.names(q="ada"), ["Ada", "ADAM"])
        self.assertEqual(self.names(q="ＡＤ"), ["Ada", "ADAM", "adrian"])
        self.assertEqual(self.names(q=" STRASS "), ["Straßer"])
        self.assertEqual(self.names(q="äRG"), ["Ärger"])
        self.assertEqual(self.names(q="da"), [])
        for wildcard in ("%", "_", "a%", "a_a", "*"):
            self.assertEqual(self.names(q=wildcard), [])

    def test_a_search_that_finds_nobody_says_so(self):
        make_public("ada")
        response = self.client.get(reverse("people"), {"q": MARKUP})
        self.assertContains(response, "Nobody with a public page has a name that begins with")
        self.assertNotContains(response, MARKUP)

    def test_a_renamed_person_moves_in_the_list(self):
        user = make_public("ada")
        make_public("grace")
        user.username = "zoe"
        user.save()
        self.assertEqual(self.names(), ["grace", "zoe"])
        self.assertEqual(self.names(q="ada"), [])

    def test_an_empty_list_says_so(self):
        self.assertContains(self.client.get(reverse("people")), "Nobody is public yet.")


class PageByKeyTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(setattr, views, "PEOPLE_PER_PAGE", views.PEOPLE_PER_PAGE)
        views.PEOPLE_PER_PAGE = 3

    def walk(self, **query):
        """Return the names on each page, from the first to the last."""
        pages, url = [], reverse("people", query=query)
        while url:
            response = self.client.get(url)
            pages.append(names_on(response))
            url = response.context["next_url"] and reverse("people") + response.context["next_url"]
            self.assertLess(len(pages), 20)
        return pages

    def test_the_pages_show_everybody_once(self):
        names = sorted(f"{letter}{n}" for letter in "abé" for n in range(4))
        for name in reversed(names):
            make_public(name if name != "b2" else "B2")
        pages = self.walk()
        self.assertEqual([len(page) for page in pages], [3, 3, 3, 3])
        self.assertEqual([name.lower() for page in pages for name in page], names)

    def test_names_that_differ_in_case_only_are_all_shown(self):
        for name in ("ada", "ADA", "Ada", "aDA", "adA"):
            make_public(name)
        shown = [name for page in self.walk() for name in page]
        self.assertEqual(sorted(shown), sorted(["ada", "ADA", "Ada", "aDA", "adA"]))

    def test_odd_names_do_not_stop_the_pages(self):
        made = set(ODD_NAMES)
        for number, name in enumerate(made):
            make_public(name or f"n{number}", email="")
            User.objects.filter(username=f"n{number}").update(username=name)
        shown = [name for page in self.walk() for name in page]
        self.assertEqual(sorted(shown), sorted(made))

    def test_the_pages_of_a_search_stay_in_it(self):
        for number in range(5):
            make_public(f"ada{number}")
            make_public(f"bob{number}")
        self.assertEqual(self.walk(q="ADA"), [["ada0", "ada1", "ada2"], ["ada3", "ada4"]])

    def test_somebody_who_leaves_between_two_pages_moves_nobody(self):
        for number in range(7):
            make_public(f"p{number}")
        first = self.client.get(reverse("people"))
        User.objects.filter(username__in=["p0", "p2"]).delete()
        second = self.client.get(reverse("people") + first.context["next_url"])
        self.assertEqual(names_on(second), ["p3", "p4", "p5"])

    def test_a_later_page_leads_back_to_the_first(self):
        for number in range(4):
            make_public(f"ada{number}")
        first = self.client.get(reverse("people"), {"q": "ad"})
        self.assertIsNone(first.context["first_url"])
        second = self.client.get(reverse("people") + first.context["next_url"])
        self.assertEqual(second.context["first_url"], "/people/?q=ad")
        self.assertIsNone(second.context["next_url"])

    def test_a_key_that_is_nobodys_is_a_place_in_the_list(self):
        for name in ("ada", "grace"):
            make_public(name)
        for after, names in (("b", ["grace"]), ("zzz", []), ("\U0010ffff" * 9, []), ("' OR 1=1", ["ada", "grace"])):
            response = self.client.get(reverse("people"), {"after": after})
            self.assertEqual((response.status_code, names_on(response)), (200, names))

    def test_a_key_that_is_none_shows_the_first_page(self):
        make_public("ada")
        for after in ("x" * 331, "x" * 100_000, ""):
            response = self.client.get(reverse("people"), {"after": after})
            self.assertEqual((response.status_code, names_on(response)), (200, ["ada"]))

    def test_a_search_for_what_no_name_can_hold_is_no_search(self):
        make_public("ada")
        for query in ("x" * 151, "ß" * 100_000):
            self.assertEqual(names_on(self.client.get(reverse("people"), {"q": query})), ["ada"])


class PersonTests(PageTestCase):
    def status(self, username):
        return self.client.get(reverse("person", args=[username])).status_code

    def test_a_public_profile_is_shown_to_everybody(self):
        profile = make_public("ada", "Writes notes.", first_name="Ada", last_name="Lovelace").profile
        profile.location = "London"
        profile.save()
        profile.interests.add(Interest.objects.create(name="Engines"))
        response = self.client.get(reverse("person", args=["ada"]))
        for text in ("ada", "Ada Lovelace", "Writes notes.", "London", "Engines"):
            self.assertContains(response, text)

    def test_a_private_profile_is_shown_to_its_owner_alone(self):
        owner = make_user("ada")
        self.assertEqual(self.status("ada"), 404)
        self.log_in(make_user("grace", is_staff=True, is_superuser=True))
        self.assertEqual(self.status("ada"), 404)
        self.log_in(owner)
        self.assertEqual(self.status("ada"), 200)

    def test_the_owner_is_told_whether_the_page_is_hidden(self):
        owner, words = make_user("ada"), "Your page is hidden: only you can see it."
        self.log_in(owner)
        self.assertContains(self.client.get(reverse("person", args=["ada"])), words)
        owner.profile.is_public = True
        owner.profile.save()
        self.assertNotContains(self.client.get(reverse("person", args=["ada"])), words)

    def test_nobody_can_tell_a_private_profile_from_none(self):
        make_user("ada")
        make_public("left", is_active=False)
        pages = [self.client.get(reverse("person", args=[name])) for name in ("ada", "left", "nobody")]
        self.assertEqual({page.status_code for page in pages}, {404})
        self.assertEqual(len({page.content for page in pages}), 1)

    def test_a_profile_that_was_never_made_is_a_404(self):
        User.objects.bulk_create([User(username="bulk")])
        self.assertEqual(self.status("bulk"), 404)

    def test_the_link_to_edit_is_for_the_owner(self):
        owner, edit = make_public("ada"), f'href="{reverse("profile")}">Edit'
        self.assertNotContains(self.client.get(reverse("person", args=["ada"])), edit)
        self.log_in(owner)
        self.assertContains(self.client.get(reverse("person", args=["ada"])), edit)

    def test_no_address_is_on_a_public_page(self):
        user = make_public("ada", email="secret@hidden.example")
        for client_user in (None, make_user("grace"), user):
            if client_user:
                self.log_in(client_user)
            for url in (reverse("people"), reverse("people", query={"q": "a"}), reverse("person", args=["ada"])):
                response = self.client.get(url)
                self.assertEqual(response.status_code, 200)
                self.assertNotContains(response, "hidden.example")

    def test_a_website_is_a_link_if_a_browser_may_be_sent_there(self):
        make_public("ada")
        for website, linked in (
            ("https://example.com/x?y=1&z", True),
            ("http://example.com", True),
            ("javascript:alert(1)", False),
            ("JaVaScRiPt:alert(1)", False),
            ("\tjavascript:alert(1)", False),
            ("java\nscript:alert(1)", False),
            ("data:text/html,<script>alert(1)</script>", False),
            ("//evil.example", False),
            ("ftp://example.com", False),
        ):
            with self.subTest(website):
                Profile.objects.update(website=website)
                cache.clear()
                links = LinkReader(self.client.get(reverse("person", args=["ada"]))).links
                found = [link for link in links if link["href"] == website]
                self.assertEqual(len(found), int(linked))
                self.assertEqual([link["href"] for link in links if "script" in link["href"].lower()], [])
                for link in found:
                    self.assertEqual({"nofollow", "noopener", "ugc"}, set(link["rel"].split()))


class OddNameTests(PageTestCase):
    """Names that no form accepts, but that code and other systems have put into the table."""

    def test_no_name_breaks_a_page_or_becomes_markup(self):
        user = make_public("ada", first_name=MARKUP, last_name="\"'><b>", email=f"{MARKUP}@x")
        Profile.objects.update(location=MARKUP, bio=f"{MARKUP}\n\n</p></main><h1>")
        tags = LinkReader(self.client.get(reverse("people"))).tags.count("script")
        for name in ODD_NAMES:
            with self.subTest(name):
                User.objects.filter(pk=user.pk).update(username=name)
                cache.clear()
                self.log_in(user)
                profile = Profile.objects.get()
                pages = [reverse("people"), reverse("home"), reverse("profile"), profile.get_absolute_url()]
                for page in (*pages, f"/people/{quote(name)}/"):
                    response = self.client.get(page)
                    self.assertIn(response.status_code, (200, 404), page)
                    self.assertNotContains(response, MARKUP, status_code=response.status_code)
                    self.assertNotContains(response, "<img src=x", status_code=response.status_code)
                    self.assertEqual(LinkReader(response).tags.count("script"), tags)

    def test_a_page_with_an_odd_name_is_found_at_its_address(self):
        user = make_public("ada")
        for name in ODD_NAMES:
            if name and "\n" not in name:  # these have no address of their own
                User.objects.filter(pk=user.pk).update(username=name)
                url = Profile.objects.get().get_absolute_url()
                self.assertContains(self.client.get(url), f"<bdi>{escape(name)}</bdi>")

    def test_an_address_that_can_be_no_name_is_a_404(self):
        make_public("ada")
        for path in (
            "%00",
            "a%00",
            "%ff%fe",
            "%C0%80",
            "%ED%A0%80",
            "ada%0A",
            "ada/",
            "/ada",
            "x" * 5000,
            "%F0%9F%98%80",
        ):
            with self.subTest(path[:20]), self.assertLogs("django.request", "WARNING"):
                self.assertEqual(self.client.get(f"/people/{path}/").status_code, 404)
