"""Where the running servers are: from the environment, else from what `make run` wrote under VAR.

Imported by the settings, so it imports no Django.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ADDRESS_FILE = "run/addresses.json"


@dataclass(frozen=True)
class Addresses:
    """Addresses and secrets of one installation; an empty string is 'not known'."""

    database_url: str
    redis_url: str
    broker_url: str
    banks_url: str
    secret_key: str
    key_ring: str


def running_addresses(var: Path) -> Addresses:
    """Return the addresses that a command on `var` should use; the environment wins over the file."""
    path = var / ADDRESS_FILE
    noted: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    redis_url = os.environ.get("REDIS_URL") or noted.get("redis_url", "")
    return Addresses(
        database_url=os.environ.get("DATABASE_URL") or noted.get("database_url", ""),
        redis_url=redis_url,
        broker_url=broker_url(redis_url),
        banks_url=noted.get("banks_url", ""),
        secret_key=noted.get("secret_key", ""),
        key_ring=noted.get("key_ring", ""),
    )


def broker_url(redis_url: str) -> str:
    """Return Celery's spelling of a Redis address: kombu names a unix socket differently from redis-py."""
    if not redis_url.startswith("unix://"):
        return redis_url
    address = urlsplit(redis_url)
    database = parse_qs(address.query).get("db", ["0"])[0]
    return f"redis+socket://{address.path}?virtual_host={database}"
