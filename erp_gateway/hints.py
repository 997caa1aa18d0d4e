"""Hints that a company has new messages, by Valkey's publish and subscribe: they only wake, they carry nothing."""

import functools
from uuid import UUID

import redis
import redis.asyncio
from django.conf import settings

CHANNEL = "autopay:feed"
_PATIENCE_SECONDS = 2.0


@functools.cache
def _publisher() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS
    )


def publish_hint(*, company_id: UUID) -> None:
    """Wake whoever waits for messages of a company, in every process. Raises RedisError."""
    _publisher().publish(CHANNEL, str(company_id))


def new_subscriber() -> "redis.asyncio.Redis":
    """Return a connection for an event loop's subscription."""
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=_PATIENCE_SECONDS)
