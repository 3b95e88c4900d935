"""Record a registration: by the form of the site, through all of its middleware, with a commit."""

from django.conf import settings
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lessons.models import Recording
from lessons.stage.excerpts import excerpt
from lessons.stage.mailing import add_mails, mails_noted
from signal_inspector import Trace, record
from signal_inspector.reading.places import split_name

NAME = "registration"


class NotRecorded(Exception):
    """The registration was refused."""


def record_registration(username, email, password):
    """
    Register somebody, and keep what that set off in the place of an earlier recording. The mail stays in memory.

    Args:
        username (str), email (str), password (str): what is typed into the form.

    Raises:
        NotRecorded: the form was refused. Nobody was registered.
    """
    data = {"username": username, "email": email, "password1": password, "password2": password}
    client = Client(headers={"host": _host()})
    with mails_noted() as mails, record(details=True) as trace:
        response = client.post(reverse("register"), data, secure=not settings.DEBUG)
    if response.status_code != 302:
        raise NotRecorded(f"The registration of {username} was answered with {response.status_code}.")
    add_mails(trace, mails)
    values = {"trace": trace.as_data(), "functions": noted(trace), "made_at": timezone.now()}
    Recording.objects.update_or_create(name=NAME, defaults=values)


def kept():
    """Return the recording of a registration as a pair: its ``Recording`` and the ``Trace``; None if there is none."""
    try:
        recording = Recording.objects.filter(name=NAME).first()
        if recording is None:
            return None
        trace = Trace.from_data(recording.trace)
        forget_call_throughs(trace, recording.functions)
        return recording, trace
    except (DatabaseError, ValueError):  # there is no table yet; it is of another version of the program
        return None


def forget_call_throughs(trace, functions):
    """
    Forget, in a trace, each place that is only where a middleware calls what comes after it.

    What Django does of its own accord before a view and after it has no nearer line of the project, and that line did
    not ask for it.

    Args:
        trace (Trace): the trace.
        functions (dict): of each recorded function its first line and its digest.
    """

    def without(statements):
        return [each._replace(place=None) if _calls_through(each.place, functions) else each for each in statements]

    for node, _depth in trace.walk():
        if node.detail is not None:
            node.detail.statements = without(node.detail.statements)
            if _calls_through(node.detail.origin, functions):
                node.detail.origin = None
    trace.statements[:] = without(trace.statements)
    for moment in trace.moments:
        if _calls_through(moment.place, functions):
            moment.place = None


def _calls_through(place, functions):
    function = place and excerpt(place.module, place.name)
    if not function:
        return False
    first, digest = functions.get(f"{place.module}:{place.name}", (function.first, function.digest))
    asked = function.text.splitlines()[place.line - first :][:1]
    return digest == function.digest and any("get_response(" in line for line in asked)


def noted(trace):
    """Return, of each function of the project in a trace, its first line and its digest, as a dict."""
    found = {}
    for module, name in {*_places(trace)}:
        function = excerpt(module, name)
        if function is not None:
            found[f"{module}:{name}"] = [function.first, function.digest]
    return found


def _places(trace):
    """Yield module and name of all that a trace names: places in the code, receivers and callbacks."""
    for node, _depth in trace.walk():
        yield split_name(node.name)
        for place in (node.more.origin, *(statement.place for statement in node.more.statements)):
            if place is not None:
                yield place.module, place.name
    for each in (*trace.statements, *trace.moments):
        if each.place is not None:
            yield each.place.module, each.place.name


def _host():
    """Return a name that the site answers to."""
    names = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return names[0] if names else "localhost"
