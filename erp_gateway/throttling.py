"""A generous limit of calls per signing key, counted in the cache by the minute."""

import logging
from time import time

from django.core.cache import cache
from redis.exceptions import RedisError

from autopay_portal.core.errors import DomainError

logger = logging.getLogger(__name__)

CALLS_PER_MINUTE = 6000
_WINDOW_SECONDS = 60


def count_call(*, key_id: object) -> None:
    """Count one call of a key. Raises DomainError `too_many_requests` (429) with Retry-After beyond the limit.

    With the cache down calls pass uncounted: the limit protects the portal, it is no rule about money.
    """
    now = time()
    window = int(now // _WINDOW_SECONDS)
    name = f"api-calls:{key_id}:{window}"
    try:
        cache.add(name, 0, timeout=2 * _WINDOW_SECONDS)
        calls = cache.incr(name)
    except (RedisError, ValueError):
        logger.warning("Unable to count calls of a signing key: the cache doesn't answer")
        return
    if calls > CALLS_PER_MINUTE:
        left = max(1, int((window + 1) * _WINDOW_SECONDS - now))
        raise DomainError("too_many_requests", status=429, headers={"Retry-After": str(left)})
