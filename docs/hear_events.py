"""Hear who registers, from outside: python docs/hear_events.py amqp://guest:guest@127.0.0.1:5672// events"""

import json
import sys

from kombu import Connection, Consumer, Exchange, Queue


def hear(message):
    """Print an event, and say that it is done: what is not acknowledged comes again."""
    event = json.loads(message.body)  # "id" tells an event that comes twice
    print(event["time"], event["type"], event["data"]["username"], flush=True)
    message.ack()


queue = Queue(f"{sys.argv[2]}.hear", Exchange(sys.argv[2], type="topic"), routing_key="users.user_registered")
with Connection(sys.argv[1]) as connection, Consumer(connection, queue, on_message=hear):
    while True:
        connection.drain_events()
