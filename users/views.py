"""The pages of accounts and people. Each of the short functions is one story."""

from copy import copy
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import get_user_model, login, logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from listening import announce
from users import forms
from users.cards import get_card, make_card
from users.events import verification_requested
from users.export import one_by_one, stream_export
from users.identity.folding import fold
from users.kept import forget, keeps_typed, typed_before
from users.models import Profile
from users.throttle import may_send
from users.verification import look_up, verify

User = get_user_model()

PEOPLE_PER_PAGE = 24

page_with_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def home(request):
    """Tell what this is and where to look."""
    return render(request, "home.html")


@page_with_form
@sensitive_post_parameters()
@never_cache
def register(request):
    """Make an account, log its owner in, show the profile that a signal made."""
    if request.user.is_authenticated:
        return redirect("profile")
    form = forms.UserRegisterForm(request.POST or None)
    if request.method == "POST" and forms.save_together(form):
        login(request, form.instance, backend="django.contrib.auth.backends.ModelBackend")
        messages.success(request, _("Welcome, %(name)s! Your profile was created.") % {"name": form.instance})
        return redirect("profile")
    return render(request, "users/register.html", {"form": form})


@page_with_form
@keeps_typed
@login_required
@never_cache
def profile(request):
    """Show and change one's own account: the user and the profile, on one page."""
    stored = request.user.profile
    user_form, profile_form = _profile_forms(request, stored)
    try:
        saved = request.method == "POST" and forms.save_together(user_form, profile_form)
    except (DatabaseError, ValueError):
        if User._base_manager.filter(pk=request.user.pk).exists():
            raise
        logout(request)  # the account was deleted in the same moment
        return redirect("login")
    can_send_verification = verification_requested.has_listeners(User)
    if saved:
        messages.success(request, _("Your profile was saved."))
        if "email" in user_form.changed_data and can_send_verification:
            words = _("A link that verifies your new address is on its way to %(email)s.")
            messages.info(request, words % {"email": user_form.instance.email})
        return redirect("profile")
    context = {
        "user_form": user_form,
        "profile_form": profile_form,
        "profile": stored,
        "can_send_verification": can_send_verification,
    }
    response = render(request, "users/profile.html", context)
    forget(request, response)
    return response


def _profile_forms(request, stored):
    """Return both forms: as they were sent, or were typed before a login, or as they are stored."""
    sent, files = (request.POST, request.FILES) if request.method == "POST" else (typed_before(request), None)

    def made_of(*sent):
        # Forms write into their instance even when they are refused; these are copies, so the page stays true.
        user_form = forms.UserUpdateForm(*sent[:1], instance=copy(request.user))
        return user_form, forms.ProfileUpdateForm(*sent, instance=copy(stored))

    found = made_of() if sent is None else made_of(sent, files)
    if request.method == "POST" or sent is None:
        return found
    if not found[0].is_seen:  # it was typed into somebody else's page
        return made_of()
    messages.warning(request, _("This is what you typed before you had to log in. It is not saved yet."))
    return found


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
    card = get_card(username)
    if card is not None:
        return render(request, "users/person.html", {"card": card})
    if request.user.is_authenticated and request.user.get_username() == username:
        context = {"card": make_card(request.user.profile), "is_hidden": True}
        response = render(request, "users/person.html", context)
        add_never_cache_headers(response)
        return response
    raise Http404


@require_POST
def send_verification(request):
    """Have another link sent to one's address."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("profile"))  # where the button is; this address can't be opened
    if request.user.profile.email_verified_at is None and may_send("verification", request.user.email):
        announce(verification_requested, sender=User, instance=request.user, using=request.user._state.db)
        messages.success(request, _("A new link is on its way to %(email)s.") % {"email": request.user.email})
    else:
        messages.warning(request, _("No link was sent: there were several within the last hour, or none is needed."))
    return redirect("profile")


@page_with_form
@never_cache
def verify_email(request, token):
    """Ask whoever comes by the link of a mail whether the address is theirs, and note it; no login is needed."""
    user = None
    try:
        # Opening the link must change nothing: programs that look through mails open it before a person does.
        user = verify(token) if request.method == "POST" else look_up(token)
        outcome = "used" if user is None else "good"
    except signing.SignatureExpired:
        outcome = "expired"
    except signing.BadSignature:
        outcome = "broken"
    if request.method == "POST" and outcome == "good":
        messages.success(request, _("Thank you, %(name)s: your address is verified.") % {"name": user})
        return redirect("profile")
    status = 200 if outcome == "good" else 404 if outcome == "broken" else 410
    return render(request, "users/verify_email.html", {"outcome": outcome, "owner": user}, status=status)


@page_with_form
@sensitive_post_parameters()
@login_required
@never_cache
def export_account(request):
    """Hand over all that is kept about somebody as one file, after asking for the password."""
    form = forms.ConfirmPasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        pieces = stream_export(request.user)
        pieces = one_by_one(pieces) if isinstance(request, ASGIRequest) else pieces
        headers = {"Content-Disposition": 'attachment; filename="account.zip"'}
        return StreamingHttpResponse(pieces, content_type="application/zip", headers=headers)
    return render(request, "users/export_account.html", {"form": form})


@page_with_form
@sensitive_post_parameters()
@login_required
@never_cache
def delete_account(request):
    """Delete one's account with all that belongs to it, after asking for the password."""
    form = forms.ConfirmPasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        # Not request.user.delete(): another tab may have been faster, and logout() still needs the primary key.
        _number, deleted = User._base_manager.filter(pk=request.user.pk).delete()
        if deleted.get(User._meta.label):
            logout(request)
        else:  # it was faster, and logged out whom nobody is to be told of twice
            request.session.flush()
        messages.success(request, _("Your account was deleted."))
        return redirect("home")
    # Whoever sends mails keeps a list of them, and the page tells so.
    context = {"form": form, "mails_are_sent": verification_requested.has_listeners(User)}
    return render(request, "users/delete_account.html", context)
