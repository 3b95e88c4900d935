"""Record every request, and show at the foot of a page what fired in it."""

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import MiddlewareNotUsed

from signal_inspector import conf
from signal_inspector.requests import sampling, store, strip
from signal_inspector.requests.records import RequestRecord

HEADER = "X-Signal-Trace"


class SignalInspectorMiddleware:
    """
    Record each request, name its trace in the header ``X-Signal-Trace``, and put a strip at the foot of pages.

    It stands before all other middleware, so that it records what they do and finds what they answer. Whatever goes
    wrong in it is logged, and the request goes on without it.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response):
        if not conf.enabled():
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request):
        """Answer a request, as WSGI does."""
        if self.is_async:
            return self.__acall__(request)
        record = _begin(request)
        if record is None:
            return self.get_response(request)
        try:
            response = self.get_response(request)
        except BaseException:  # the process is told to stop; a view's errors are responses by now
            _drop(record)
            raise
        return _finish(record, request, response)

    async def __acall__(self, request):
        """Answer a request, as ASGI does."""
        record = _begin(request)
        if record is None:
            return await self.get_response(request)
        try:
            response = await self.get_response(request)
        except BaseException:  # the client has gone
            _drop(record)
            raise
        return _finish(record, request, response)


def _begin(request):
    try:
        if not sampling.is_recorded(request):
            return None
        record = RequestRecord(request)
        request.signal_trace_id = record.id
        return record
    except Exception as error:
        store.report(error, "A request is not recorded.")
        return None


def _drop(record):
    try:
        record.end()
    except Exception as error:
        store.report(error, "The record of a request could not be ended.")


def _finish(record, request, response):
    try:
        if record.answer(request, response):
            response.headers[HEADER] = record.id
            strip.show(record, request, response)
    except Exception as error:
        _drop(record)
        store.report(error, "What fired in a request can't be shown.")
    return response
