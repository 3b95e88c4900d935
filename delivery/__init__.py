"""
An outbox for every event: what durable receivers (``listening.durability``) have to do is noted, and done.

One row is the truth about one receiver of one event. It is written in the transaction of the fact, handed over after
the commit to the engine that ``DELIVERY_URL`` names, and tried until it is done or given up. What an engine carries is
a hint with the row's key; whoever runs a row takes it first, for the length of a lease.
"""
