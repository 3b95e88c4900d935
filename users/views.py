"""The pages of accounts and people. Each of the short functions is one story."""

from copy import copy
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import get_user_model, login, logout, views
from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from users import forms
from users.models import Profile
from users.names import fold

User = get_user_model()

PEOPLE_PER_PAGE = 24


@require_safe
def home(request):
    """Tell what this is and where to look."""
    return render(request, "home.html")


@sensitive_post_parameters()
@never_cache
def register(request):
    """Make an account, log its owner in, show the profile that a signal made."""
    if request.user.is_authenticated:
        return redirect("profile")
    form = forms.UserRegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and forms.save_together(form):
        login(request, form.instance, backend="django.contrib.auth.backends.ModelBackend")
        messages.success(request, _("Welcome, %(name)s! Your profile was created.") % {"name": form.instance})
        return redirect("profile")
    return render(request, "users/register.html", {"form": form})


@login_required
@never_cache
def profile(request):
    """Show and change one's own account: the user and the profile, on one page."""
    stored = request.user.profile
    # Forms write into their instance even when they are refused; these are copies, so the page stays true.
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    user_form = forms.UserUpdateForm(*sent[:1], instance=copy(request.user))
    profile_form = forms.ProfileUpdateForm(*sent, instance=copy(stored))
    if sent and all([user_form.is_valid(), profile_form.is_valid()]) and forms.save_together(user_form, profile_form):
        messages.success(request, _("Your profile was saved."))
        return redirect("profile")
    context = {"user_form": user_form, "profile_form": profile_form, "profile": stored}
    return render(request, "users/profile.html", context)


@require_safe
def people(request):
    """List the public profiles by name, a page after the other; ``?q=`` names how the names begin."""
    form = forms.PeopleForm(request.GET)
    form.is_valid()  # what isn't valid is not looked for
    query, after = form.cleaned_data.get("q", ""), form.cleaned_data.get("after", "")
    found = list(Profile.objects.listed(fold(query), after)[: PEOPLE_PER_PAGE + 1])
    profiles = found[:PEOPLE_PER_PAGE]
    context = {"profiles": profiles, "query": query, "next_url": None, "first_url": None}
    search = {"q": query} if query else {}
    if len(found) > PEOPLE_PER_PAGE:
        context["next_url"] = "?" + urlencode({**search, "after": profiles[-1].name_key})
    if after:
        context["first_url"] = reverse("people") + (f"?{urlencode(search)}" if search else "")
    return render(request, "users/people.html", context)


@require_safe
def person(request, username):
    """Show a public profile to everybody, and a private one to its owner."""
    if "\0" in username:  # PostgreSQL refuses the question
        raise Http404
    shown = get_object_or_404(
        Profile.objects.select_related("user"), **{f"user__{User.USERNAME_FIELD}": username}, user__is_active=True
    )
    if not shown.is_public and shown.user_id != request.user.pk:
        raise Http404
    return render(request, "users/person.html", {"profile": shown})


@sensitive_post_parameters()
@login_required
@never_cache
def delete_account(request):
    """Delete one's account with all that belongs to it, after asking for the password."""
    form = forms.DeleteAccountForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        user = User._base_manager.get(pk=request.user.pk)
        with transaction.atomic():
            user.delete()
        logout(request)
        messages.success(request, _("Your account was deleted."))
        return redirect("home")
    return render(request, "users/delete_account.html", {"form": form})


class LoginView(views.LoginView):
    """Log in. Whoever is logged in already goes on to where the login would lead."""

    template_name = "users/login.html"
    form_class = forms.LoginForm
    redirect_authenticated_user = True

    def get_redirect_url(self):
        """Return ``next`` if it stays on the site and leads on: a login that leads to the login has no end."""
        url = super().get_redirect_url()
        return "" if url.partition("?")[0] == self.request.path else url


class LogoutView(views.LogoutView):
    """Log out, by POST."""


@method_decorator(never_cache, "dispatch")
class PasswordChangeView(views.PasswordChangeView):
    """Change the password; all other sessions of the account end."""

    template_name = "users/password_change_form.html"
    form_class = forms.PasswordChangeForm


class PasswordChangeDoneView(views.PasswordChangeDoneView):
    """Say that the password was changed."""

    template_name = "users/password_change_done.html"


class PasswordResetView(views.PasswordResetView):
    """Send a link by mail; the answer is the same for any address."""

    template_name = "users/password_reset_form.html"
    email_template_name = "users/password_reset_email.txt"
    subject_template_name = "users/password_reset_subject.txt"
    form_class = forms.PasswordResetForm


class PasswordResetDoneView(views.PasswordResetDoneView):
    """Say that a mail is on its way, if there is such an account."""

    template_name = "users/password_reset_done.html"


class PasswordResetConfirmView(views.PasswordResetConfirmView):
    """Set a new password for who has the link."""

    template_name = "users/password_reset_confirm.html"
    form_class = forms.SetPasswordForm


class PasswordResetCompleteView(views.PasswordResetCompleteView):
    """Say that the new password is set."""

    template_name = "users/password_reset_complete.html"


@requires_csrf_token
def bad_request(request, exception):
    """Answer a request that can't be understood, or that is larger than the site takes."""
    if isinstance(exception, RequestDataTooBig):
        return render(None, "413.html", status=413)
    return render(None, "400.html", status=400)
