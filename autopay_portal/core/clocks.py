"""Two clocks: the machine's for signatures, leases and sessions; the business clock for days and cut-offs.

In sandbox mode the business clock is the simulated banks' (they keep it over restarts and can move it
forward); when they are down the portal runs on from its last reading. It never goes back. In production both
are the machine's.
"""

import json
import threading
import time
import urllib.request
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

OSLO = ZoneInfo("Europe/Oslo")
# Short enough that who advances the clock and then sends a payment is judged by the new day.
_READING_AGE_SECONDS = 0.1
_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Reading:
    now: datetime
    rate: float
    read_at: float


_lock = threading.Lock()
_last: _Reading | None = None


def machine_now() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(tz=UTC)


def business_now() -> datetime:
    """Return the business time in UTC: the banks' in sandbox mode, else the machine's."""
    if not settings.SANDBOX or not settings.BANKS_URL:
        return machine_now()
    reading = _current_reading()
    passed = (time.monotonic() - reading.read_at) * reading.rate
    return reading.now + timedelta(seconds=passed)


def business_today() -> date:
    """Return the business day in Norway (Europe/Oslo)."""
    return business_now().astimezone(OSLO).date()


def _current_reading() -> _Reading:
    global _last  # noqa: PLW0603 - one reading per process
    with _lock:
        if _last is not None and time.monotonic() - _last.read_at < _READING_AGE_SECONDS:
            return _last
        fresh = _ask_banks()
        if fresh is None:
            return _last or _Reading(now=_noted_time(), rate=1.0, read_at=time.monotonic())
        if _last is None or fresh.now >= _last.now:
            _last = fresh
            _note_time(fresh)
        return _last


def _ask_banks() -> _Reading | None:
    started = time.monotonic()
    try:
        # The address is the sandbox's own setting.
        with urllib.request.urlopen(f"{settings.BANKS_URL}/clock", timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            body = json.load(answer)
        now = datetime.fromisoformat(body["now"]).astimezone(UTC)
        return _Reading(now=now, rate=float(body["rate"]), read_at=started)
    except (OSError, ValueError, KeyError):
        # The banks are down or starting: the portal runs on from its last reading.
        return None


def _note_time(reading: _Reading) -> None:
    """Keep the latest time for a process that starts while the banks are down."""
    path = settings.VAR / "run" / "business-time"
    offset = reading.now.timestamp() - time.time()
    try:
        noted = float(path.read_text(encoding="ascii")) if path.exists() else None
        if noted is None or abs(noted - offset) > 1:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(repr(offset), encoding="ascii")
    except (OSError, ValueError):
        return


def _noted_time() -> datetime:
    path = settings.VAR / "run" / "business-time"
    try:
        offset = float(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        offset = 0.0
    return datetime.fromtimestamp(time.time() + offset, tz=UTC)
