"""A bank's clerk who registers agreements: the simulated banks' own, by their control API; a real bank's is a person.

With a simulated bank the operator's *confirm* makes account, agreement and login there (contract: the control API);
with a real one AutoPay Central notes what the bank has written, and this isn't asked.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

import requests
from django.conf import settings

from autopay_portal.core.errors import DomainError

_TIMEOUT_SECONDS = (3, 30)


class BankDeskError(DomainError):
    """The simulated bank refused, or didn't answer; nothing was changed here."""

    status = 409


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """What the bank's clerk is handed."""

    bank: str
    org_number: str
    account: str
    direction: str
    customer_id: str
    division: str
    notify: str
    kid: list[dict[str, Any]]
    signers: int


@dataclass(frozen=True, slots=True)
class OpenedLine:
    """The SFTP login that the bank gave with the agreement."""

    host: str
    port: int
    username: str
    private_key: str = field(repr=False)
    host_key: str


class Clerk(Protocol):
    """Whoever registers agreements at a bank at once."""

    def open_agreement(self, application: Application) -> OpenedLine:
        """Register the agreement and return the line; the same again finds what is there. Raises BankDeskError."""


class SimulatedClerk:
    """The clerk of the simulated banks."""

    def __init__(self, url: str) -> None:
        self._url = url

    def open_agreement(self, application: Application) -> OpenedLine:
        """Post the agreement to the bank's control API. Raises BankDeskError with the bank's words."""
        body = {
            "org_number": application.org_number,
            "account": application.account,
            "direction": application.direction,
            "customer_id": application.customer_id,
            "division": application.division,
            "notify": application.notify,
            "kid": application.kid,
            "signers": application.signers,
        }
        address = f"{self._url}/banks/{quote(application.bank, safe='')}/agreements"
        try:
            answer = requests.post(address, json=body, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
            if answer.status_code not in {requests.codes.ok, requests.codes.created}:
                raise BankDeskError("bank_desk_refused", params={"words": _words(answer)})
            sftp = answer.json()["sftp"]
            return OpenedLine(
                host=sftp["host"],
                port=int(sftp["port"]),
                username=sftp["username"],
                private_key=sftp["private_key"],
                host_key=sftp["host_key"],
            )
        except (requests.RequestException, ValueError, KeyError, TypeError):
            # The cause may hold the login's key.
            raise BankDeskError("bank_desk_silent") from None


def clerk_here() -> Clerk | None:
    """Return the simulated banks' clerk in sandbox mode, None where banks are real."""
    return SimulatedClerk(settings.BANKS_URL) if settings.SANDBOX and settings.BANKS_URL else None


def _words(answer: requests.Response) -> str:
    """Return what the bank says of its refusal, short and as plain text."""
    try:
        told = answer.json()
        text = str(told.get("detail") or told.get("title") or told)
    except (ValueError, AttributeError):
        text = answer.text
    return " ".join(text.split())[:300]
