"""
Declare a signal of one's own: its arguments, their types and its contract stand in one place, a function.

What ``@event`` makes of it is a ``django.dispatch.Signal``, to be connected and sent like any other:

    @event
    def user_registered(*, instance: User, using: str) -> None:
        '''Somebody registered. ...'''

    user_registered.send_robust(sender=User, instance=user, using="default")

The function itself is never called. What it is annotated to return tells what receivers answer; None if nothing.
"""

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from inspect import Parameter, signature
from typing import Any, Generic, ParamSpec, overload
from uuid import UUID
from weakref import WeakSet

from django.dispatch import Signal

__tracebackhide__ = True  # who calls is told of, in traces and by pytest

Arguments = ParamSpec("Arguments")

# What travels to another process as it is, and so do lists, tuples and dicts of it. A datetime is a date.
Plain = None | bool | int | float | str | Decimal | date | time | timedelta | UUID

declared: WeakSet["Event"] = WeakSet()  # all events of this process


class Event(Signal, Generic[Arguments]):
    """
    A signal that knows its own arguments.

    Attributes:
        arguments (dict): name of each argument, after the sender, to its annotation.
        key (str): name of the argument that tells whom or what it is about; "" if none does. Durable receivers hear of
            one key in order.
        closes (bool): whether what the key names is gone then, and with it what was kept about it.
        has_answers (bool): whether the sender wants to know what receivers return.
        public (callable): what other programs are told, or None: it is no business of theirs. Called with sender and
            arguments; it returns a dict of what JSON can hold (dates, too), or None: not this time. Publishing is
            somebody else's work.
    """

    def __init__(
        self,
        declaration: Callable[Arguments, Any],
        *,
        key: str = "",
        closes: bool = False,
        public: Callable[..., dict[str, Any] | None] | None = None,
    ) -> None:
        """
        Make a signal of its declaration.

        Args:
            declaration (function): its parameters, keyword-only, are the arguments; its docstring is the contract.
            key, closes, public: see the attributes.

        Raises:
            TypeError: a parameter is not keyword-only, or has the name of what Django passes along; there is none of
                the name of the key.
        """
        super().__init__()
        parameters = signature(declaration).parameters
        for name, parameter in parameters.items():
            if parameter.kind is not parameter.KEYWORD_ONLY or name in ("sender", "signal"):
                raise TypeError(f"{declaration.__qualname__}: {name!r} can't be an argument of a signal.")
        if key and key not in parameters:
            raise TypeError(f"{declaration.__qualname__}: there is no argument {key!r}.")
        self.arguments = {name: parameter.annotation for name, parameter in parameters.items()}
        self.key, self.closes, self.public = key, closes, public
        self.has_answers = signature(declaration).return_annotation not in (None, "None", Parameter.empty)
        self.__name__, self.__qualname__ = declaration.__name__, declaration.__qualname__
        self.__module__, self.__doc__ = declaration.__module__, declaration.__doc__
        declared.add(self)

    def __repr__(self) -> str:
        return f"<Event {self.label}>"

    @property
    def label(self) -> str:
        """The dotted name that it is imported by."""
        return f"{self.__module__}.{self.__qualname__}"

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


@overload
def event(declaration: Callable[Arguments, Any]) -> Event[Arguments]: ...
@overload
def event(
    *, key: str = "", closes: bool = False, public: Callable[..., dict[str, Any] | None] | None = None
) -> Callable[[Callable[Arguments, Any]], Event[Arguments]]: ...
def event(declaration=None, **options):
    """
    Make a signal of a function that declares its arguments: ``@event``, or ``@event(key="instance")``.

    See this module, and ``Event`` for the options and what it raises.
    """
    return Event(declaration, **options) if declaration else lambda declaration: Event(declaration, **options)
