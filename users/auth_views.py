"""Django's views for login and passwords, with the forms and templates of the site."""

from django.contrib import messages
from django.contrib.auth import views
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from users import passwords
from users.resets import is_kept_elsewhere
from users.throttle import forget_failures


class KnownMethodsMixin:
    """A page with a form, which Django's views also take by PUT, and show by any method where a link is wrong."""

    http_method_names = ["get", "head", "post", "options"]

    def dispatch(self, request, *args, **kwargs):
        """Answer a method that the page knows."""
        if request.method.lower() not in self.http_method_names:
            return self.http_method_not_allowed(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)


class LoginView(KnownMethodsMixin, views.LoginView):
    """Log in. Whoever is logged in already goes on to where the login would lead."""

    template_name = "users/login.html"
    form_class = passwords.LoginForm
    redirect_authenticated_user = True

    def get_redirect_url(self):
        """Return ``next`` if it stays on the site and leads on: a login that leads to the login has no end."""
        url = super().get_redirect_url()
        return "" if url.partition("?")[0] == self.request.path else url


class LogoutView(views.LogoutView):
    """Log out, by POST, and say so."""

    def post(self, request, *args, **kwargs):
        """Log out whoever is logged in."""
        was_logged_in = request.user.is_authenticated
        response = super().post(request, *args, **kwargs)
        if was_logged_in:
            messages.success(request, _("You are logged out."))
        return response


@method_decorator(never_cache, "dispatch")
class PasswordChangeView(KnownMethodsMixin, views.PasswordChangeView):
    """Change the password; all other sessions of the account end."""

    template_name = "users/password_change_form.html"
    form_class = passwords.PasswordChangeForm

    def get_form_kwargs(self):
        """Return what the form takes: the request too, by which wrong passwords are counted."""
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form):
        """Save the password; refuse an old one that is not the account's any more."""
        try:
            return super().form_valid(form)
        except passwords.SupersededError:
            form.add_error("old_password", form.error_messages["password_incorrect"])
            return self.form_invalid(form)


class PasswordChangeDoneView(views.PasswordChangeDoneView):
    """Say that the password was changed."""

    template_name = "users/password_change_done.html"


class PasswordResetView(KnownMethodsMixin, views.PasswordResetView):
    """Send a link by mail; the answer is the same for any address."""

    template_name = "users/password_reset_form.html"
    email_template_name = "users/password_reset_email.txt"
    subject_template_name = "users/password_reset_subject.txt"
    form_class = passwords.PasswordResetForm


class PasswordResetDoneView(views.PasswordResetDoneView):
    """Say that a mail is on its way, if there is such an account."""

    template_name = "users/password_reset_done.html"


class PasswordResetConfirmView(KnownMethodsMixin, views.PasswordResetConfirmView):
    """Set a new password, for whoever has the link."""

    template_name = "users/password_reset_confirm.html"
    form_class = passwords.SetPasswordForm

    def get_user(self, uidb64):
        """Return the user of the link, None if another system keeps the password by now."""
        user = super().get_user(uidb64)
        return None if user is None or is_kept_elsewhere(user) else user

    def form_valid(self, form):
        """Save the password, and end the lock: the locked page sends people here, so it has to work at once."""
        try:
            response = super().form_valid(form)
        except passwords.SupersededError:  # the link was used in the same moment
            self.validlink = False
            return self.render_to_response(self.get_context_data())
        forget_failures(self.request, form.user)
        return response


class PasswordResetCompleteView(views.PasswordResetCompleteView):
    """Say that the new password is set."""

    template_name = "users/password_reset_complete.html"
