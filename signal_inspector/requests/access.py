"""Who may see traces: staff; everybody while DEBUG. And what they see where there is no table of traces."""

from functools import wraps

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache


def may_see(user):
    """Tell whether a user (or None) may see traces."""
    return settings.DEBUG or bool(user is not None and user.is_active and user.is_staff)


def for_staff(view):
    """Show a page only to those who may see it: strangers are sent to the login, anybody else gets 403."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        user = None if settings.DEBUG else getattr(request, "user", None)
        if may_see(user):
            try:
                return view(request, *args, **kwargs)
            except DatabaseError as error:
                return render(request, "signal_inspector/no_traces.html", {"error": error}, status=503)
        if user is None or not user.is_authenticated:
            # What redirect_to_login() does: that is there only with django.contrib.auth installed.
            query = QueryDict(mutable=True)
            query["next"] = request.get_full_path()
            return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{query.urlencode(safe='/')}")
        raise PermissionDenied

    return never_cache(guarded)
