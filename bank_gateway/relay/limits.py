"""How long the relay waits for what. Seconds; a setting of the same name with RELAY_ before it wins."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Limits:
    """Waits and bounds of the relay."""

    # How long a claimed upload is left alone; PostgreSQL's clock.
    lease: float
    # The worker's own deadline is this much shorter, so that it has given up before anybody else begins.
    lease_margin: float
    # A file from the bank counts as whole when it looked the same for this long.
    still: float
    # How often a bank's folder is looked at; beat asks every second.
    poll: float
    # The longest that one transfer may take.
    longest_transfer: float
    # Waits between tries: the first, and the longest.
    first_backoff: float
    longest_backoff: float
    # After so many failures in a row the line counts as down.
    failures_before_alarm: int
    # How often a file is applied before it goes to quarantine.
    apply_attempts: int
    # Files taken from one bank in one look.
    files_per_look: int


def limits() -> Limits:
    """Return the limits in force."""
    return Limits(
        lease=_seconds("LEASE", 30),
        lease_margin=_seconds("LEASE_MARGIN", 8),
        still=_seconds("STILL", 0.8 if settings.SANDBOX else 10),
        poll=float(getattr(settings, "BANK_POLL_SECONDS", 0.8 if settings.SANDBOX else 30)),
        longest_transfer=_seconds("LONGEST_TRANSFER", 60 if settings.SANDBOX else 600),
        first_backoff=_seconds("FIRST_BACKOFF", 1 if settings.SANDBOX else 5),
        longest_backoff=_seconds("LONGEST_BACKOFF", 15 if settings.SANDBOX else 600),
        failures_before_alarm=3,
        apply_attempts=5,
        files_per_look=100,
    )


def _seconds(name: str, default: float) -> float:
    return float(getattr(settings, f"RELAY_{name}", default))


def backoff(failures: int, *, permanent: bool) -> float:
    """Return how many seconds to wait after so many failures in a row; the longest when trying again can't help."""
    bounds = limits()
    if permanent:
        return bounds.longest_backoff
    return min(bounds.longest_backoff, bounds.first_backoff * float(2 ** min(failures, 16)))
