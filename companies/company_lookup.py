"""Looking a Norwegian company up by its number: off, simulated (the sandbox), or Enhetsregisteret's open API.

AUTOPAY_COMPANY_LOOKUP says which; pages work the same with it off, only more is written by hand.
"""

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from django.conf import settings

from autopay_portal.core.errors import DomainError
from companies.org_numbers import is_valid_org_number, normalise_org_number

logger = logging.getLogger(__name__)

# The one host that is asked (Brønnøysundregistrene: Enhetsregisteret, open data, version 1).
_ADDRESS = "https://data.brreg.no/enhetsregisteret/api/enheter/{number}"
_TIMEOUT_SECONDS = 4.0
_MOST_BYTES = 256 * 1024
CHOICES = ("off", "simulated", "enhetsregisteret")


@dataclass(frozen=True, slots=True)
class FoundCompany:
    """A company as the register has it."""

    org_number: str
    name: str
    address: str
    postcode: str
    town: str


def is_on() -> bool:
    """Return whether companies can be looked up here."""
    return settings.COMPANY_LOOKUP != "off"


def look_up(*, org_number: str) -> FoundCompany | None:
    """Return the company of a number, or None where the register has none.

    Raises DomainError (422) `org_number_invalid`, `lookup_off`; `lookup_unavailable` (503) where the register doesn't
    answer: the form is filled in by hand then.
    """
    number = normalise_org_number(org_number)
    if not is_valid_org_number(number):
        raise DomainError("org_number_invalid", params={"org_number": org_number[:40]})
    register = _REGISTERS.get(settings.COMPANY_LOOKUP)
    if register is None:
        raise DomainError("lookup_off")
    return register(number)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else than to the host that was asked."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _enhetsregisteret(number: str) -> FoundCompany | None:
    """Ask the open API. No proxy of the environment, no redirect, four seconds, 256 KB."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
    request = urllib.request.Request(  # noqa: S310 - the one address above, with nine digits
        _ADDRESS.format(number=number), headers={"Accept": "application/json"}
    )
    try:
        with opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
            content = answer.read(_MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in {404, 410}:
            return None
        raise _unavailable(error) from None
    except (OSError, HTTPException) as error:
        raise _unavailable(error) from None
    return read_unit(content, number=number)


def read_unit(content: bytes, *, number: str) -> FoundCompany | None:
    """Return the company that a register's answer describes. Raises DomainError `lookup_unavailable` for rubbish."""
    if len(content) > _MOST_BYTES:
        raise _unavailable(ValueError("too much"))
    try:
        unit = json.loads(content)
        place = unit.get("forretningsadresse") or unit.get("postadresse") or {}
        found = FoundCompany(
            org_number=str(unit["organisasjonsnummer"]),
            name=_text(unit["navn"], 150),
            address=_text(", ".join(str(line) for line in place.get("adresse") or [] if line), 150),
            postcode=_text(place.get("postnummer"), 16),
            town=_text(place.get("poststed"), 60),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unavailable(error) from None
    return found if found.org_number == number else None


def _simulated(number: str) -> FoundCompany | None:
    """Answer for the sandbox, from the number alone: one that ends in 0 isn't registered."""
    if number.endswith("0"):
        return None
    kind, town = _KINDS[int(number[4:6]) % len(_KINDS)], _TOWNS[int(number[6:8]) % len(_TOWNS)]
    return FoundCompany(
        org_number=number, name=f"{town[1]} {kind} AS", address=f"Storgata {int(number[2:4]) + 1}",
        postcode=town[0], town=town[1],
    )  # fmt: skip


def _text(value: object, most: int) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return "".join(sign for sign in text if sign.isprintable())[:most]


def _unavailable(error: Exception) -> DomainError:
    logger.warning("Unable to look a company up: %s", type(error).__name__)
    return DomainError("lookup_unavailable", status=503)


_KINDS = ("Rør", "Bygg", "Elektro", "Fisk", "Transport", "Bakeri", "Hagesenter")
_TOWNS = (("0155", "Oslo"), ("5004", "Bergen"), ("7011", "Trondheim"), ("9008", "Tromsø"), ("4006", "Stavanger"))
_REGISTERS: Mapping[str, Callable[[str], FoundCompany | None]] = {
    "simulated": _simulated,
    "enhetsregisteret": _enhetsregisteret,
}
