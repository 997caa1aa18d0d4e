"""How a call of the control API is refused: a status, a code, and every fault of its body at once."""

from collections.abc import Mapping
from typing import Any


class CallRefused(Exception):  # noqa: N818 - the caller's word for it
    """A call that is refused. `errors` holds one mapping per fault: field, code, detail."""

    def __init__(self, status: int, code: str, detail: str, errors: list[Mapping[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors or []


class Form:
    """Reads the fields of a JSON body and gathers its faults."""

    def __init__(self, body: Any) -> None:
        if not isinstance(body, dict):
            raise CallRefused(400, "not_an_object", "The body must be a JSON object")
        self._body: dict[str, Any] = body
        self._known: set[str] = set()
        self._errors: list[Mapping[str, str]] = []

    def fault(self, field: str, code: str, detail: str) -> None:
        """Note a fault of a field."""
        self._errors.append({"field": field, "code": code, "detail": detail})

    def raw(self, field: str, default: Any = None) -> Any:
        """Return a field as it came."""
        self._known.add(field)
        return self._body.get(field, default)

    def text(self, field: str, *, required: bool = False, longest: int = 140, default: str = "") -> str:
        """Return a text field; null counts as absent. Control signs other than a line's end are a fault."""
        value = self.raw(field)
        if value is None or value == "":
            if required:
                self.fault(field, "missing", f"{field} is missing")
            return default
        if not isinstance(value, str) or len(value) > longest:
            self.fault(field, "invalid", f"{field} must be a text of at most {longest} signs")
            return default
        if not all(sign.isprintable() or sign == "\n" for sign in value):
            self.fault(field, "invalid", f"{field} holds a sign no bank message can carry")
            return default
        return value

    def whole(self, field: str, *, default: int, lowest: int, highest: int) -> int:
        """Return a whole number within bounds."""
        value = self.raw(field, default)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self.fault(field, "invalid", f"{field} must be a whole number from {lowest} to {highest}")
            return default
        return value

    def choice(self, field: str, choices: tuple[str, ...], *, default: str = "") -> str:
        """Return one of some words."""
        value = self.raw(field) or default
        if value not in choices:
            self.fault(field, "invalid", f"{field} must be one of {', '.join(choices)}")
            return choices[0]
        return str(value)

    def check(self) -> None:
        """Raise CallRefused with every fault noted so far and every field not asked for, if there is any."""
        for field in sorted(self._body.keys() - self._known):
            self.fault(field, "unknown", f"{field} is not known; known are {', '.join(sorted(self._known))}")
        if self._errors:
            detail = "; ".join(error["detail"] for error in self._errors)
            raise CallRefused(422, "invalid", detail, self._errors)
