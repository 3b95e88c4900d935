"""Who may see traces, and what they see where there is no table of traces."""

import logging
from functools import wraps

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache

from signal_inspector import conf

logger = logging.getLogger(__name__)


def may_see(user: object) -> bool:
    """
    Tell whether a user may see traces: staff may, and everybody while ``DEBUG``, unless the project has its own rule.

    Args:
        user (object): whoever asks, of any user model; None if that is not known, and then no rule of the project's
            is asked: nobody unknown may see anything.
    """
    try:
        rule = conf.may_see()
        if rule is not None:
            return user is not None and bool(rule(user))
    except Exception as error:
        logger.warning("SIGNAL_INSPECTOR_MAY_SEE failed, so nobody may see traces.", exc_info=error)
        return False
    # A user model of the project's own may have neither.
    return settings.DEBUG or (bool(getattr(user, "is_active", False)) and bool(getattr(user, "is_staff", False)))


def for_staff(view):
    """Show a page only to those who may see it: strangers are sent to the login, anybody else gets 403."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        user = getattr(request, "user", None)
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


def for_programs(view):
    """
    Answer with JSON to those who may see the pages.

    A program has no use for a form to log in, or a page that says what went wrong: whoever may not see it gets 403,
    and what fails is told under the key "error".
    """

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not may_see(getattr(request, "user", None)):
            return JsonResponse({"error": "Traces are for those who may see the pages."}, status=403)
        try:
            return view(request, *args, **kwargs)
        except Http404 as error:
            return JsonResponse({"error": str(error)}, status=404)
        except DatabaseError as error:
            return JsonResponse({"error": f"{error}. Has the table been migrated?"}, status=503)

    return never_cache(guarded)
