"""Errors that a person or a program can act on: a stable code, what it is about, where it is.

Rooms raise `DomainError`s with codes and parameters; texts are registered per room and rendered in both
languages at the edge (`core.problem` for the API, templates for pages), so that no lower room needs to know
who is reading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.translation import gettext, override

# RFC 9457 leaves the size of a problem open; a file with a hundred thousand faults is not read line by line.
MOST_LISTED = 1000

_texts: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One fault: its code and parameters, and where it is (JSON pointer, or line and XPath, or end-to-end id)."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    pointer: str | None = None
    line: int | None = None
    xpath: str | None = None
    end_to_end_id: str | None = None


class DomainError(Exception):
    """An anticipated refusal: nothing was changed, and the code says why."""

    status: ClassVar[int] = 422

    def __init__(
        self,
        code: str,
        *,
        params: Mapping[str, Any] | None = None,
        errors: Sequence[ErrorDetail] = (),
        error_count: int | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the refusal's code and details.

        `errors` lists at most MOST_LISTED faults, `error_count` says how many there are; `extra` becomes
        extension members of the problem document (RFC 9457, 3.2), such as the remittance stored before.
        """
        super().__init__(code)
        self.code = code
        self.params = dict(params or {})
        self.errors = tuple(errors)[:MOST_LISTED]
        self.error_count = len(errors) if error_count is None else error_count
        self.http_status = self.status if status is None else status
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


class NotFoundError(DomainError):
    """There is no such thing for this reader, whether or not it exists for another."""

    status = 404

    def __init__(self, code: str = "not_found", **kwargs: Any) -> None:
        super().__init__(code, **kwargs)


class ForbiddenError(DomainError):
    """The reader may see the company, but his roles don't allow this."""

    status = 403


class ConflictError(DomainError):
    """The state of the thing doesn't allow this now."""

    status = 409


class NotAvailableError(DomainError):
    """A call that the contract names and that isn't built yet."""

    status = 501

    def __init__(self) -> None:
        super().__init__("not_available")


def register_texts(texts: Mapping[str, str]) -> None:
    """Register the English texts (msgids with `%(name)s`) of a room's error codes.

    Raises ValueError when two rooms give one code different texts: a code means one thing.
    """
    for code, text in texts.items():
        if _texts.setdefault(code, text) != text:
            raise ValueError(f"error code {code} has two texts")


def registered_codes() -> frozenset[str]:
    """Return every code that has a text."""
    return frozenset(_texts)


def text_of(code: str, params: Mapping[str, Any], *, language: str | None = None) -> str:
    """Return the text of `code` in `language` (the active one when None).

    A code without a text is shown as the code itself: better an unlovely message than none.
    """
    msgid = _texts.get(code)
    if msgid is None:
        return code
    if language is None:
        return _fill(gettext(msgid), params)
    with override(language):
        return _fill(gettext(msgid), params)


def _fill(text: str, params: Mapping[str, Any]) -> str:
    try:
        return text % params
    except (KeyError, ValueError, TypeError):
        return text


def noop(text: str) -> str:
    """Return `text` unchanged; marks it for translation (makemessages is told of the name)."""
    return text
