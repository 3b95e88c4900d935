"""A form that is sent after the session has ended keeps what was typed: for its owner, and for nobody else."""

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from users import kept
from users.tests.steps import PASSWORD, PageTestCase, form_fields, make_user

User = get_user_model()

PROFILE = reverse("profile")
WORDS = "This is what you typed before you had to log in. It is not saved yet."


class KeptTests(PageTestCase):
    def setUp(self):
        super().setUp()
        self.user = make_user()
        self.log_in(self.user)
        self.opened = form_fields(self.client.get(PROFILE))
        self.client.logout()

    def send(self, **changes):
        return self.client.post(PROFILE, {**self.opened, **changes})

    def come_back(self, user=None):
        self.log_in(user or self.user)
        return self.client.get(PROFILE)

    def test_it_is_there_again_after_the_login_and_is_not_saved(self):
        refused = self.send(bio="Written for an hour", first_name="Ada")
        self.assertRedirects(refused, f"{reverse('login')}?next={PROFILE}", fetch_redirect_response=False)
        login = self.client.get(refused.url)
        self.assertContains(login, "What you typed is there again when you have logged in.")
        page = self.client.post(refused.url, {"username": "ada", "password": PASSWORD}, follow=True)
        self.assertContains(page, WORDS)
        fields = form_fields(page)
        self.assertEqual((fields["bio"], fields["first_name"]), ("Written for an hour", "Ada"))
        self.assertEqual(User.objects.get().profile.bio, "")
        self.client.post(PROFILE, fields)
        user = User.objects.get()
        self.assertEqual((user.profile.bio, user.first_name), ("Written for an hour", "Ada"))

    def test_it_is_shown_once(self):
        self.send(bio="Written for an hour")
        self.assertContains(self.come_back(), "Written for an hour")
        self.assertNotContains(self.client.get(PROFILE), "Written for an hour")

    def test_nobody_else_sees_it(self):
        self.send(bio="Written for an hour")
        page = self.come_back(make_user("grace"))
        self.assertNotContains(page, "Written for an hour")
        self.assertNotContains(page, WORDS)
        self.assertNotIn("Written", str(self.client.cookies[kept.COOKIE]))
        self.assertNotContains(self.come_back(), "Written for an hour")  # and it is gone then

    def test_what_another_tab_has_saved_meanwhile_is_told(self):
        self.send(bio="Written for an hour")
        self.user.profile.bio = "Shorter"
        self.user.profile.save()
        page = self.come_back()
        self.assertContains(page, "Written for an hour")
        self.assertContains(page, "to “Shorter”")

    def test_no_password_is_kept_and_no_file(self):
        upload = SimpleUploadedFile("portrait.png", b"content of the picture")
        self.send(image=upload, password="a secret", old_password="a secret")
        typed = kept.signing.loads(self.client.cookies[kept.COOKIE].value, salt=kept.SALT)
        self.assertEqual(set(typed), {*self.opened} - {"csrfmiddlewaretoken", "image"})

    def test_what_is_too_long_is_not_kept_and_nobody_is_told_that_it_was(self):
        refused = self.send(bio="".join(map(chr, range(1000, 6000))))
        self.assertNotIn(kept.COOKIE, refused.cookies)
        self.assertNotContains(self.client.get(refused.url), "What you typed")

    def test_a_forged_cookie_means_nothing(self):
        for value in ("x", "", kept.signing.dumps({"bio": ["Forged"]})):
            self.client.cookies[kept.COOKIE] = value
            self.assertNotContains(self.come_back(), "Forged")

    def test_it_is_a_cookie_for_this_page_that_no_script_reads(self):
        cookie = self.send().cookies[kept.COOKIE]
        told = [cookie[name] for name in ("path", "httponly", "samesite", "max-age")]
        self.assertEqual(told, [PROFILE, True, "Lax", kept.SECONDS])

    def test_nothing_is_stored_for_strangers(self):
        with self.assertNumQueries(0):
            self.send(bio="Written for an hour")
