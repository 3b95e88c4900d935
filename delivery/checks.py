"""System checks: what can't be carried is refused before anybody sends it."""

from collections import Counter
from importlib.util import find_spec

from django.core.checks import Error, Tags, Warning, register
from django.db import DatabaseError
from django.utils.module_loading import import_string

from delivery import tracing
from delivery.encoding import can_carry
from delivery.engines import ENGINES, scheme
from delivery.models import Delivery
from delivery.running import find
from listening.durability import GIVEN, connected_durable
from listening.events import declared

SECRETS = ("password", "token", "secret")


@register("delivery")
def check_events(app_configs, **kwargs):
    """Refuse durable receivers of events that can't be carried to another process; name the argument."""
    durable = sorted((event for event in declared if connected_durable(event)), key=lambda event: event.label)
    return [problem for event in durable for problem in _problems(event)]


def _problems(event):
    try:
        found = import_string(event.label)
    except ImportError:
        found = None
    labels = sorted({each.label for each in set(connected_durable(event))})
    sentences = []
    if len(labels) < len(set(connected_durable(event))):
        sentences.append("two of its durable receivers have one name")
    if found is not event:
        sentences.append("it can't be imported by this name")
    if "using" not in event.arguments:
        sentences.append("it has no argument 'using', so it is not announced")
    if event.has_answers:
        sentences.append("its sender waits for answers, which a durable receiver can't give")
    is_kept = not all(each.only_noted for each in connected_durable(event))
    for name, annotation in event.arguments.items():
        if name in GIVEN:
            sentences.append(f"its argument {name!r} has the name of one that durable receivers get")
        elif not is_kept:
            continue
        elif any(word in name for word in SECRETS):
            sentences.append(f"its argument {name!r} is a secret by its name, and would be stored")
        elif not can_carry(annotation):
            sentences.append(f"its argument {name!r} ({annotation}) can't be carried: see delivery.encoding")
    hint = f"It has durable receivers: {', '.join(labels)}."
    return [Error(f"{event.label}: {each}.", hint=hint, obj=event, id="delivery.E001") for each in sentences]


@register("delivery")
def check_engine(app_configs, **kwargs):
    """Refuse a ``DELIVERY_URL`` that names no engine, or one that is not installed or can't wait."""
    name = scheme()
    if name not in ENGINES:
        kinds = ", ".join(f"{each}:" for each in ENGINES if each)
        return [Error(f"DELIVERY_URL begins with {name}:, and not with one of {kinds}.", id="delivery.E002")]
    if name.startswith("amqp") and not find_spec("celery"):
        return [Error("DELIVERY_URL wants Celery, which is not installed.", id="delivery.E003")]
    if name == "tasks" and not import_string("delivery.tasks.can_defer")():
        sentence = "The backend of TASKS can't defer a task, so nothing is tried again by itself."
        return [Warning(sentence, hint="Run manage.py deliver --watch.", id="delivery.W001")]
    return []


@register("delivery")
def check_tracer(app_configs, **kwargs):
    """Refuse a ``DELIVERY_TRACER`` that is not there: nothing could be announced."""
    try:
        tracing.tracer()
    except ImportError as error:
        return [Error(f"DELIVERY_TRACER can't be imported: {error}", id="delivery.E008")]
    return []


@register(Tags.database)
def check_receivers(app_configs, databases=None, **kwargs):
    """Tell of rows that wait for a receiver that is not there any more. Asked with a database, as ``migrate`` does."""
    return [
        Warning(
            f"{count} deliveries of {event} wait for {receiver}, which is not connected.",
            hint=f"Connect it under this name again, or drop them: manage.py deliver --drop {receiver}",
            id="delivery.W002",
        )
        for using in databases or ()
        for (event, receiver), count in waiting_in_vain(using).items()
    ]


def waiting_in_vain(using):
    """Return how many open rows of a database have no receiver, by the names of event and receiver."""
    try:
        rows = Delivery.objects.using(using).open().values_list("event", "receiver").order_by()
        counts = Counter(rows)
    except DatabaseError:  # not migrated yet
        return {}
    return {
        names: count for names, count in counts.items() if find(Delivery(event=names[0], receiver=names[1]))[1] is None
    }
