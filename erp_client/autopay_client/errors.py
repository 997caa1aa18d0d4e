"""What can go wrong with a call: the server says no, the server isn't there, or what came isn't what was sent."""

from .shapes import ErrorItem, Problem


class AutopayError(Exception):
    """Any failure of a call; one of the classes below."""


class Refused(AutopayError):  # noqa: N818 (the word that a reader of `except Refused` expects)
    """The server answered and said no. Nothing was done; `problem` says why (RFC 9457).

    `retry_after` is how many seconds the server asks to wait, None where it doesn't.
    """

    def __init__(self, problem: Problem, *, status: int, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {problem.get('code', '')}: {problem.get('detail', '')}")
        self.problem = problem
        self.status = status
        self.retry_after = retry_after

    @property
    def code(self) -> str:
        """The stable code that says what is wrong; an empty text where something other than AutoPay answered."""
        return self.problem.get("code", "")

    @property
    def errors(self) -> list[ErrorItem]:
        """Every fault that the server listed (at most 1,000)."""
        return self.problem.get("errors", [])

    @property
    def error_count(self) -> int:
        """How many faults there are, listed or not."""
        return max(self.problem.get("error_count", 0), len(self.errors))

    @property
    def earlier_remittance(self) -> str | None:
        """The remittance stored before, where this was refused as a duplicate of it."""
        return self.problem.get("remittance")


class Unreachable(AutopayError):  # noqa: N818
    """No answer came: no connection, or it was lost, or time was up.

    A GET changed nothing. A remittance may have arrived all the same: send the same bytes again with the same key,
    and it is done once.
    """

    def __init__(self, message: str, *, url: str) -> None:
        super().__init__(message)
        self.url = url


class DamagedError(AutopayError):
    """What arrived isn't what was sent: its Content-Digest is another, or there is none. Nothing was written."""
