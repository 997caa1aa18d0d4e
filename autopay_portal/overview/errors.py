"""Refusals of the start page and the clock in the bar."""

from autopay_portal.core.errors import ConflictError, DomainError, noop, register_texts

_TEXTS = {
    "clock_not_backwards": noop(
        "The clock stands at a later time already, and it never goes back. Choose a time that is still ahead."
    ),
    "clock_time_invalid": noop("%(value)s is not a date and time. Write them like 2026-11-25 and 12:00."),
    "banks_silent": noop(
        "The simulated banks don't answer, so the clock stands where it stood. No money moved. "
        "Look in the window where AutoPay was started, then try again."
    ),
}


class BanksSilentError(DomainError):
    """The simulated banks' control API can't be reached or answered something unexpected."""

    status = 503

    def __init__(self) -> None:
        super().__init__("banks_silent")


class ClockBackwardsError(ConflictError):
    """The clock was asked to go back."""

    def __init__(self) -> None:
        super().__init__("clock_not_backwards")


class ClockTimeInvalidError(DomainError):
    """The text is not a date and a time."""

    def __init__(self, value: str) -> None:
        super().__init__("clock_time_invalid", params={"value": value[:40]})


def register() -> None:
    """Make the texts known to the edge."""
    register_texts(_TEXTS)
