"""Two asynchronous receivers, of which one fails."""

import asyncio

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from listening import event

TITLE = gettext_lazy("Two asynchronous receivers, and one fails")
QUESTION = gettext_lazy("asend() runs asynchronous receivers together. What becomes of the others when one raises?")
SEE = gettext_lazy(
    "They run at the same time, not one after the other. asend() gives the first error to the sender at once, while "
    "the other receiver is in the middle of its work; whether it may finish depends on the version of Django. "
    "asend_robust() waits for all, and returns the error in the place of an answer: somebody has to look at it."
)
CHAPTER = ("working", "asend-and-asend_robust")

done = []


@event
def order_paid():
    """
    An order was paid.

    Sent with ``asend`` by the naive side of this exhibit, with ``asend_robust`` by the right one, while it runs.

    sender
        None.
    """


def given():
    done.clear()


async def tell_warehouse(sender, **kwargs):
    await asyncio.sleep(0.005)  # seconds: the warehouse takes its time
    done.append("warehouse")


async def tell_customer(sender, **kwargs):
    raise ConnectionError("The mail server does not answer")


async def pay():
    try:
        await order_paid.asend(sender=None)
    except ConnectionError as error:
        return {"raised": type(error).__name__, "done": list(done), "answers": []}


async def pay_robustly():
    answers = await order_paid.asend_robust(sender=None)
    names = [type(answer).__name__ for _receiver, answer in answers if isinstance(answer, Exception)]
    return {"raised": "", "done": list(done), "answers": names}


def connect():
    order_paid.connect(tell_warehouse)
    order_paid.connect(tell_customer)


def naive():
    connect()
    return asyncio.run(pay())


def right():
    connect()
    return asyncio.run(pay_robustly())


def holds(left):
    return left["done"] == ["warehouse"] and left["answers"] == ["ConnectionError"] and not left["raised"]


def sentence(left):
    done = _("The warehouse knows") if left["done"] else _("The warehouse was not told yet")
    raised = (
        _("the sender was given the %(error)s at once")
        if left["raised"]
        else _("the sender was given the %(error)s as an answer")
    )
    return f"{done}; {raised % {'error': left['raised'] or ', '.join(left['answers']) or _('nothing')}}."
