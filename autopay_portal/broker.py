"""The broker's transport: kombu's for Redis and Valkey, and workers that go on when an acknowledgement is lost.

A worker takes as many messages as it has credit for, one per process, and gets it back with each acknowledgement. Where
the connection breaks in an acknowledgement, kombu logs that and keeps the credit: a worker that has none left never
listens again, doesn't even see that its connection is gone, and stands until somebody restarts it. Here the credit
comes back, so that the worker listens, sees the broken connection and makes a new one. What wasn't acknowledged is
given out again: every task may run twice.
"""

from kombu.transport import redis, virtual


class Credit(redis.QoS):
    """Messages given out and not yet acknowledged."""

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge a message; its credit comes back also where the broker can't be told."""
        try:
            super().ack(delivery_tag)
        except redis.Transport.connection_errors:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's signature
        """Refuse a message; its credit comes back also where the broker can't be told."""
        try:
            super().reject(delivery_tag, requeue)
        except redis.Transport.connection_errors:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    """A channel with such credit."""

    QoS = Credit


class Transport(redis.Transport):
    """The transport of every `redis://` address, and of a socket's."""

    Channel = Channel
