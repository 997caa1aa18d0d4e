"""JSON read without leniency: what two readers could understand differently is refused (security.md 2; RFC 8259, 4)."""

import json
from typing import Any, NoReturn

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .errors import BodyRefusedError

# Our deepest body is a payment's creditor's address, five levels down.
MOST_LEVELS = 20


def parse_json(content: bytes) -> Any:
    """Return the JSON value of `content` (UTF-8, no byte order mark), with every number's text kept exact.

    Numbers with a fraction or an exponent come back as `NumberText`, never as float, so that an amount written as a
    number can be refused by who reads it.

    Raises BodyRefusedError `json_invalid`: duplicate names, NUL, lone surrogates, NaN, more than MOST_LEVELS levels.
    """
    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=NumberText,
            parse_int=_whole_number,
        )
    except UnicodeDecodeError:
        raise _refusal(_("it isn't UTF-8")) from None
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        place = format_lazy(
            _("it can't be read at line {line}, column {column}"), line=error.lineno, column=error.colno
        )
        raise _refusal(place) from None
    _check_values(value)
    return value


def parse_json_object(content: bytes) -> dict[str, Any]:
    """Return the JSON object of `content`, an empty one for an empty body. Raises as `parse_json`."""
    value = parse_json(content) if content.strip() else {}
    if not isinstance(value, dict):
        raise _refusal(_("it isn't an object"))
    return value


class NumberText(str):
    """A JSON number with a fraction or an exponent, as it was written."""

    __slots__ = ()


def _refusal(reason: Promise | str) -> BodyRefusedError:
    return BodyRefusedError("json_invalid", params={"reason": reason})


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _refusal(_("a name stands twice in one object"))
    return found


def _no_constant(name: str) -> NoReturn:
    raise _refusal(format_lazy(_("{name} is no number in JSON"), name=name))


def _whole_number(text: str) -> int:
    if len(text) > 20:
        raise _refusal(_("a number is too long"))
    return int(text)


def _too_deep() -> BodyRefusedError:
    return _refusal(format_lazy(_("it is nested more than {levels} levels deep"), levels=MOST_LEVELS))


def _check_values(value: Any) -> None:
    """Refuse deep nesting, and NUL (PostgreSQL can't hold it) and lone surrogates (no UTF-8 can) in any text."""
    stack = [(value, 0)]
    while stack:
        current, depth = stack.pop()
        if depth > MOST_LEVELS:
            raise _too_deep()
        if isinstance(current, dict):
            stack.extend((name, depth + 1) for name in current)
            stack.extend((member, depth + 1) for member in current.values())
        elif isinstance(current, list):
            stack.extend((member, depth + 1) for member in current)
        elif isinstance(current, str):
            _check_text(current)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise _refusal(_("it holds a NUL character"))
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise _refusal(_("it holds half of a surrogate pair"))
