"""The steps that people take on the site, for the tests of its pages."""

import io
import logging
from html.parser import HTMLParser

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from PIL import Image

from users.files import storage
from users.pictures.normalising import DIRECTORY

User = get_user_model()

PASSWORD = "correct-horse-7"
QUIET = "activity axes delivery django.dispatch django.request django.security notifications users.files".split()


class PageMixin:
    """Tests of pages: an empty cache, where failed logins are counted, and no log of the errors that are meant."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for logger in map(logging.getLogger, QUIET):
            cls.addClassCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL)

    def setUp(self):
        super().setUp()
        cache.clear()
        self.addCleanup(cache.clear)

    def log_in(self, user, client=None):
        """Log a user in without the login page."""
        (client or self.client).force_login(user)

    def post_login(self, username="ada", password=PASSWORD, client=None, url="login", **options):
        """Send the login form."""
        data = {"username": username, "password": password}
        return (client or self.client).post(reverse(url), data, **options)

    def post_profile(self, owner, /, client=None, **changes):
        """Send the profile page's form as it is filled in for a user, with changes."""
        return (client or self.client).post(reverse("profile"), profile_data(owner, **changes))

    def assertLoggedIn(self, client=None):
        """The profile page answers."""
        self.assertEqual((client or self.client).get(reverse("profile")).status_code, 200)

    def assertLoggedOut(self, client=None):
        """The profile page sends to the login."""
        response = (client or self.client).get(reverse("profile"))
        self.assertRedirects(response, f"{reverse('login')}?next={reverse('profile')}", fetch_redirect_response=False)


class PageTestCase(PageMixin, TestCase):
    """A TestCase for pages. All databases: before a picture is removed, each is asked whether it is used."""

    databases = "__all__"


def make_user(username="ada", **fields):
    """Make an account as a form does not: without claiming the name."""
    return User.objects.create_user(username, **{"email": f"{username}@example.com", "password": PASSWORD, **fields})


def make_public(username, bio="", **fields):
    """Make an account with a public profile."""
    user = make_user(username, **fields)
    user.profile.is_public, user.profile.bio = True, bio
    user.profile.save()
    return user


def registration(**changes):
    """Return what the registration form sends; ``password`` stands for both of its fields."""
    password = changes.pop("password", PASSWORD)
    sent = {"username": "ada", "email": "ada@example.com", "password1": password, "password2": password}
    return {**sent, **changes}


def profile_data(user, /, **changes):
    """Return what the profile form of a user sends if nothing is changed, and then the changes."""
    profile = user.profile
    sent = {name: getattr(user, name) for name in ("username", "email", "first_name", "last_name")}
    sent |= {name: getattr(profile, name) for name in ("bio", "location", "website")}
    sent |= {"interests": [interest.pk for interest in profile.interests.all()]}
    sent |= {"is_public": "on"} if profile.is_public else {}
    return {name: value for name, value in {**sent, **changes}.items() if value is not None}


def picture(name="me.png", colour="teal", size=(40, 30)):
    """Return an upload of a small PNG."""
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), content_type="image/png")


def stored_pictures():
    """Return the names of the files in the storage of pictures."""
    try:
        return {f"{DIRECTORY}{name}" for name in storage.listdir(DIRECTORY)[1]}
    except FileNotFoundError:
        return set()


class FormReader(HTMLParser):
    """Read out of a page what a browser sends when its forms are submitted as they are."""

    def __init__(self, html):
        super().__init__()
        self.fields, self.select, self.textarea = {}, None, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        kind, name = attrs.get("type"), attrs.get("name")
        if tag == "textarea":
            self.textarea = name
            self.fields[name] = ""
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in attrs:
            self.fields.setdefault(self.select, []).append(attrs.get("value", ""))
        elif tag != "input" or not name or kind in ("file", "submit"):
            return
        elif kind in ("checkbox", "radio"):
            if "checked" in attrs:
                self.fields.setdefault(name, []).append(attrs.get("value", "on"))
        else:
            self.fields[name] = attrs.get("value", "")

    def handle_data(self, data):
        if self.textarea:
            self.fields[self.textarea] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            # The first line break belongs to the markup; the others are sent as two characters.
            lines = self.fields[self.textarea].removeprefix("\n").splitlines()
            self.fields[self.textarea] = "\r\n".join(lines)
            self.textarea = None


def form_fields(response):
    """Return the fields of a page's forms, by name."""
    return FormReader(response.content.decode()).fields
