"""
Declare a signal of one's own: its arguments, their types and its contract stand in one place, a function.

What ``@event`` makes of it is a ``django.dispatch.Signal``, to be connected and sent like any other:

    @event
    def user_registered(*, instance: User, using: str) -> None:
        '''Somebody registered. ...'''

    user_registered.send_robust(sender=User, instance=user, using="default")

The function itself is never called.
"""

from collections.abc import Callable
from inspect import signature
from typing import Any, Generic, ParamSpec

from django.dispatch import Signal

__tracebackhide__ = True  # who calls is told of, in traces and by pytest

Arguments = ParamSpec("Arguments")


class Event(Signal, Generic[Arguments]):
    """
    A signal that knows its own arguments.

    Attributes:
        arguments (dict): name of each argument, after the sender, to its annotation.
    """

    def __init__(self, declaration: Callable[Arguments, None]) -> None:
        """
        Make a signal of its declaration.

        Args:
            declaration (function): its parameters, keyword-only, are the arguments; its docstring is the contract.

        Raises:
            TypeError: a parameter is not keyword-only, or has the name of what Django passes along.
        """
        super().__init__()
        parameters = signature(declaration).parameters
        for name, parameter in parameters.items():
            if parameter.kind is not parameter.KEYWORD_ONLY or name in ("sender", "signal"):
                raise TypeError(f"{declaration.__qualname__}: {name!r} can't be an argument of a signal.")
        self.arguments = {name: parameter.annotation for name, parameter in parameters.items()}
        self.__name__, self.__qualname__ = declaration.__name__, declaration.__qualname__
        self.__module__, self.__doc__ = declaration.__module__, declaration.__doc__

    def __repr__(self) -> str:
        return f"<Event {self.__module__}.{self.__qualname__}>"

    # Django's methods as they are. Their signatures are for type checkers, which compare senders to the declaration.

    def send(self, sender: Any, *args: Arguments.args, **kwargs: Arguments.kwargs) -> list[tuple[Any, Any]]:
        """Send to all receivers; what one raises ends it: see ``Signal.send``."""
        return super().send(sender, *args, **kwargs)

    def send_robust(self, sender: Any, *args: Arguments.args, **kwargs: Arguments.kwargs) -> list[tuple[Any, Any]]:
        """Send to all receivers, and return what they raise: see ``Signal.send_robust``."""
        return super().send_robust(sender, *args, **kwargs)

    async def asend(self, sender: Any, *args: Arguments.args, **kwargs: Arguments.kwargs) -> list[tuple[Any, Any]]:
        """Send from asynchronous code: see ``Signal.asend``."""
        return await super().asend(sender, *args, **kwargs)

    async def asend_robust(
        self, sender: Any, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> list[tuple[Any, Any]]:
        """Send from asynchronous code, and return what receivers raise: see ``Signal.asend_robust``."""
        return await super().asend_robust(sender, *args, **kwargs)


def event(declaration: Callable[Arguments, None]) -> Event[Arguments]:
    """Make a signal of a function that declares its arguments; see this module, and ``Event`` for what it raises."""
    return Event(declaration)
