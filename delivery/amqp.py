"""
The engine ``amqp:``: Celery on RabbitMQ. ``celery --app delivery.amqp worker``, and ``manage.py deliver --watch``.

A message is a hint with the key of a row: the row alone knows what is to be done, and what is. So nothing is tried
again by the broker or by Celery; what they lose, or a killed worker had, is handed over again by ``deliver --watch``,
when the lease of the row ends. Checked with Celery and kombu 5.7.0, py-amqp 5.4.2 and RabbitMQ 3.10:

- The broker says that it has a message (``confirm_publish``), that no queue takes it (``mandatory``) or that the queue
  is full (``x-overflow``): each is an error here, and the row waits for the next sweep.
- ``acks_late`` and ``reject_on_worker_lost``: what a killed child had goes back to the queue; the row's lease decides.
- ``acks_on_failure_or_timeout`` stays on: a task that its time limit ends would go back to the queue for ever.
- A broker that is away costs the first request the time to connect, two seconds at most; for ten seconds after that
  nobody asks it again.

Settings that begin with ``DELIVERY_CELERY_`` are Celery's: ``DELIVERY_CELERY_TASK_TIME_LIMIT = 300``.
"""

import time

from celery import Celery
from django.conf import settings
from django.db import close_old_connections
from django.utils.module_loading import import_string
from kombu import Exchange, Queue

QUEUE = getattr(settings, "DELIVERY_QUEUE", "delivery")  # projects that share a broker have one each
DEAD = f"{QUEUE}.dead"
MOST, MOST_DEAD = 100_000, 10_000  # messages in a queue: while no worker runs, the same rows are handed over again
SECONDS = 2  # to connect, and to wait for the broker's word
BREAK = 10  # seconds in which a broker that was away is not asked

TLS = {"server_hostname": None}  # that of the URL: without it the certificate of any host is believed

dead_letters = Queue(DEAD, Exchange(DEAD, type="fanout"), queue_arguments={"x-max-length": MOST_DEAD})

app = Celery("delivery")
app.add_defaults(
    {
        "broker_url": settings.DELIVERY_URL,
        "broker_use_ssl": TLS if settings.DELIVERY_URL.startswith("amqps") else False,
        "broker_connection_timeout": SECONDS,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            "confirm_publish": True,
            "max_retries": 1,
            "interval_start": 0,
            "connect_retries_timeout": SECONDS,
            "read_timeout": 10,
            "write_timeout": 10,
        },
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure_or_timeout": True,
        "task_ignore_result": True,
        "task_publish_retry": False,
        "task_default_delivery_mode": "transient",  # a broker that restarts may lose them: the rows are not lost
        "task_default_queue": QUEUE,
        "task_queues": [
            Queue(
                QUEUE,
                Exchange(QUEUE),
                QUEUE,
                queue_arguments={
                    "x-dead-letter-exchange": DEAD,
                    "x-max-length": MOST,
                    "x-overflow": "reject-publish",
                },
            )
        ],
        "worker_prefetch_multiplier": 4,
        "CELERY_DB_REUSE_MAX": 10_000,  # tasks; else each opens a connection, whatever CONN_MAX_AGE says
        "beat_schedule": {"sweep": {"task": "delivery.sweep", "schedule": 5.0}},
    }
)
app.config_from_object("django.conf:settings", namespace="DELIVERY_CELERY")


@app.task(name="delivery.run")
def run_deliveries(using, pks):
    """Run deliveries, by the alias of their database and their primary keys. What is over is passed over."""
    close_old_connections()  # those that CONN_MAX_AGE and CONN_HEALTH_CHECKS are against
    import_string("delivery.running.run_open")(using, pks)  # models: Celery imports this module before they are there


@app.task(name="delivery.sweep")
def sweep():
    """Hand over what is left, where beat is run instead of ``deliver --watch``."""
    import_string("delivery.sweeping.sweep")()


class Broker:
    """Hands rows over, and leaves a broker that is away in peace for a while."""

    def __init__(self):
        self.away_until, self.is_declared = 0.0, False

    def hand_over(self, rows):
        """
        Publish a message for each row.

        Raises:
            Exception: the broker is away, or has not taken a message.
        """
        if time.monotonic() < self.away_until:
            raise ConnectionError("The broker was away a moment ago.")
        try:
            with app.producer_or_acquire() as producer:
                if not self.is_declared:
                    dead_letters(producer.channel).declare()
                    self.is_declared = True
                for row in rows:
                    run_deliveries.apply_async(
                        (row._state.db, [row.pk]), producer=producer, mandatory=True, confirm_timeout=SECONDS
                    )
        except Exception:
            self.away_until, self.is_declared = time.monotonic() + BREAK, False
            raise


hand_over = Broker().hand_over
