"""Values out of query strings and JSON bodies, each refused with a pointer to where it stands."""

from typing import Any
from uuid import UUID

from autopay_portal.core.errors import DomainError, ErrorDetail


def invalid(pointer: str, reason: str, *, status: int = 422) -> DomainError:
    """Return the refusal of one value."""
    detail = ErrorDetail("request_invalid", {"reason": reason}, pointer=pointer)
    return DomainError("request_invalid", params=detail.params, errors=[detail], status=status)


def whole_number(parameters: Any, name: str, *, default: int, allowed: range) -> int:
    """Return a whole number of the query string, `default` where it isn't there. Raises a 400."""
    text = parameters.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) in allowed):
        raise invalid(f"?{name}", f"{name} is {allowed.start} to {allowed.stop - 1}", status=400)
    return int(text)


def chosen(parameters: Any, name: str, values: list[str]) -> str:
    """Return one of `values` from the query string, or an empty string where it isn't there. Raises a 400."""
    text: str = parameters.get(name, "")
    if text and text not in values:
        raise invalid(f"?{name}", f"{name} is one of {', '.join(values)}", status=400)
    return text


def json_whole_number(body: dict[str, Any], name: str, *, default: int | None, allowed: range) -> int:
    """Return a whole number of a JSON body; required when `default` is None. Raises a 422."""
    value = body.get(name, default)
    if type(value) is not int or value not in allowed:
        raise invalid(f"/{name}", f"{name} is a whole number from {allowed.start} to {allowed.stop - 1}")
    return value


def json_text(body: dict[str, Any], name: str, *, most: int, required: bool = True) -> str:
    """Return a text of a JSON body, stripped. Raises a 422."""
    value = body.get(name, None if required else "")
    if not isinstance(value, str) or len(value) > most or (required and not value.strip()):
        raise invalid(f"/{name}", f"{name} is a text of at most {most} characters")
    return value.strip()


def json_id(body: dict[str, Any], name: str) -> UUID:
    """Return an id of a JSON body. Raises a 422."""
    try:
        return UUID(json_text(body, name, most=64))
    except ValueError:
        raise invalid(f"/{name}", f"{name} is an id") from None
