"""Give each request an id, and write what failed in it when it is over."""

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async

from activity.context import following
from activity.log import write_failures


class RequestIdMiddleware:
    """
    Give each request an id, which the entries of the log bear, and the answer as ``X-Request-ID``.

    An ``X-Request-ID`` that comes with a request is ignored: a client could make its entries look like others'.

    Failures are written here, outside of the view's transaction (ATOMIC_REQUESTS), which takes back all that was
    written within. So it stands before all other middleware.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request):
        """Answer a request, as WSGI does."""
        if iscoroutinefunction(self):
            return self.__acall__(request)
        with following(request) as context:
            try:
                response = self.get_response(request)
            finally:
                write_failures(context)
        response.headers["X-Request-ID"] = context.id
        return response

    async def __acall__(self, request):
        """Answer a request, as ASGI does."""
        with following(request) as context:
            try:
                response = await self.get_response(request)
            finally:
                if context.failures:  # the change of thread is what costs
                    await sync_to_async(write_failures)(context)
        response.headers["X-Request-ID"] = context.id
        return response
