"""How often somebody may try what tells him, by being refused, which companies are known here."""

import logging
from time import time
from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

from autopay_portal.core.errors import DomainError

logger = logging.getLogger(__name__)

MOST_AN_HOUR = 120


def count_new_company(*, customer_id: UUID) -> None:
    """Count one try to make or look up a company. Raises DomainError `too_many_requests` (429) beyond the limit.

    With the cache down tries pass uncounted, as calls do.
    """
    hour = int(time() // 3600)
    name = f"new-companies:{customer_id}:{hour}"
    try:
        cache.add(name, 0, timeout=7200)
        tries = cache.incr(name)
    except (RedisError, ValueError):
        logger.warning("Unable to count new companies: the cache doesn't answer")
        return
    if tries > MOST_AN_HOUR:
        raise DomainError("too_many_requests", status=429, headers={"Retry-After": str(3600 - int(time()) % 3600)})
