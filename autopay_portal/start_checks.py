"""What a start refuses: a database that can forget, and a sandbox that can be reached or reaches a real bank.

Django's system checks run them: those of the mode on every command, those of the database before `migrate`.
"""

import ipaddress
import os
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

# Without them PostgreSQL may lose what was answered 201 for (money.md's first rule: it is kept, or it was never said).
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def register_checks() -> None:
    """Have Django run these checks."""
    register(check_mode, Tags.security)
    register(check_durability, Tags.database)


def is_loopback(host: str) -> bool:
    """Return whether that host can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_mode(**_: Any) -> list[CheckMessage]:
    """Return what speaks against starting in this mode."""
    return _sandbox_faults() if settings.SANDBOX else _production_faults()


def _sandbox_faults() -> list[CheckMessage]:
    addresses = {
        "AUTOPAY_PUBLIC_URL": urlsplit(settings.PUBLIC_URL).hostname or "",
        "AUTOPAY_BANKS_URL": urlsplit(settings.BANKS_URL).hostname or "localhost",
        "the web server's --host": bound_host(sys.argv, os.environ),
    }
    return [
        Error(
            f"Sandbox mode refuses {name} {host!r}: its logins are written down and its banks are simulated.",
            hint="Bind to 127.0.0.1, or set AUTOPAY_MODE=production",
            id="autopay.E001",
        )
        for name, host in addresses.items()
        if not is_loopback(host)
    ]


def refuse_exposed_sandbox() -> None:
    """Raise ImproperlyConfigured if this is a sandbox that could be reached from elsewhere."""
    if settings.SANDBOX and (faults := _sandbox_faults()):
        raise ImproperlyConfigured(" ".join(f"{fault.msg} {fault.hint}." for fault in faults))


def bound_host(arguments: Sequence[str], environ: Any) -> str:
    """Return the address that this process was told to listen on, loopback if it was told none."""
    for index, argument in enumerate(arguments):
        if argument == "runserver":
            return _runserver_host(arguments[index + 1 :])
        if argument == "--host" and index + 1 < len(arguments):
            return arguments[index + 1]
        if argument.startswith("--host="):
            return argument.partition("=")[2]
    return str(environ.get("GRANIAN_HOST", "127.0.0.1"))


def _runserver_host(arguments: Sequence[str]) -> str:
    """Return the host of `manage.py runserver [[host:]port]`."""
    address = next((argument for argument in arguments if not argument.startswith("-")), "")
    return address.rpartition(":")[0] or "127.0.0.1"


def _production_faults() -> list[CheckMessage]:
    faults = []
    if not settings.SECRET_KEY or not settings.KEY_RING:
        faults.append(Error("Production mode needs AUTOPAY_SECRET_KEY and AUTOPAY_KEY_RING.", id="autopay.E002"))
    if not os.environ.get("DATABASE_URL") or not os.environ.get("REDIS_URL"):
        faults.append(Error("Production mode needs DATABASE_URL and REDIS_URL.", id="autopay.E003"))
    return [*faults]


def check_durability(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Return an error for each setting of the database that lets it lose what it has committed."""
    if settings.TESTING:
        return []
    off = [name for alias in databases or () for name in unsafe_settings(alias)]
    return [
        Error(
            f"PostgreSQL runs with {name} off: after a power cut it may have forgotten payments that were sent.",
            hint=f"Set {name} = on in postgresql.conf and restart PostgreSQL",
            id="autopay.E010",
        )
        for name in off
    ]


def unsafe_settings(alias: str = "default") -> list[str]:
    """Return which of the settings that keep committed data are off, for sessions like ours."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off'", [list(_DURABLE)])
        return sorted(name for (name,) in cursor.fetchall())
