"""Who takes what came from the bank. Rooms above register here in `AppConfig.ready`; the relay calls them.

A taker works inside the one transaction that applies a file. The file's rows lie in temporary tables of that
transaction (`staged_status`, or `staged_entry` and `staged_transaction`); what it takes it marks with `taken_by`.
What no taker marks becomes a deviation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from bank_gateway.models import OutgoingFile

PAIN002 = "pain.002"
CAMT054 = "camt.054"
OCR_GIRO = "ocr_giro"


@dataclass(frozen=True)
class Reason:
    """A reason as the bank gave it: an ISO code, or "" with only text."""

    code: str
    text: str


@dataclass(frozen=True)
class StagedReport:
    """A pain.002 whose statuses lie in `staged_status`, and the outgoing file that it answers."""

    file_id: UUID
    connection_id: UUID
    company_id: UUID
    bank: str
    message_id: str
    created_at: datetime
    original_message_id: str
    original_message_name: str
    group_status: str
    reasons: tuple[Reason, ...]
    outgoing_id: UUID
    subject_kind: str
    subject_id: UUID
    generation: int
    # A group reject that is, or may be, only the bank's word for "I have this already" (money.md 2.6).
    may_be_duplicate: bool
    # Whether the bank may have two copies: then such a reject proves receipt; otherwise it's a collision.
    delivered_more_than_once: bool


@dataclass(frozen=True)
class StagedNotifications:
    """Notifications whose entries lie in `staged_entry` and `staged_transaction`, of known accounts only.

    What isn't booked, repeats and held entries were removed from the tables before. `accounts` are those left.
    `release` is true when a person released what had been held: the file was taken before, for other entries.
    """

    file_id: UUID
    connection_id: UUID
    company_id: UUID
    bank: str
    message_id: str
    created_at: datetime | None
    source: str
    accounts: tuple[str, ...]
    release: bool


class Taker:
    """One room's part in applying a bank's file. Override what the registered message types need."""

    def known_accounts(self, *, bank: str, accounts: Sequence[str]) -> set[str]:
        """Return those of `accounts` (11 digits) that this room takes entries for at this bank."""
        return set()

    def take_report(self, *, report: StagedReport) -> None:
        """Apply `staged_status` and mark the rows taken."""
        raise NotImplementedError

    def take_entries(self, *, notifications: StagedNotifications) -> None:
        """Apply `staged_entry` and `staged_transaction` and mark the rows taken: an entry whole, or transactions."""
        raise NotImplementedError


class OutgoingListener(Protocol):
    """What the room that queued a file wants to know, told inside the relay's transaction."""

    def sent(self, *, outgoing: OutgoingFile) -> None:
        """Note that the file lies at the bank under its final name, or that it was proved to have left."""

    def in_doubt(self, *, outgoing: OutgoingFile) -> None:
        """Note that nobody knows whether the file left."""

    def never_left(self, *, outgoing: OutgoingFile) -> None:
        """Note that it's proved that the file never left: the same bytes are queued again."""


_takers: dict[str, list[Taker]] = {}
_listeners: dict[str, OutgoingListener] = {}


def register_taker(message_types: Iterable[str], taker: Taker) -> None:
    """Put `taker` last in the row for these message types; remittance registers before payments_in."""
    for message_type in message_types:
        row = _takers.setdefault(message_type, [])
        if taker not in row:
            row.append(taker)


def takers_of(message_type: str) -> tuple[Taker, ...]:
    """Return the takers of a message type, in order."""
    return tuple(_takers.get(message_type, ()))


def register_outgoing_listener(subject_kind: str, listener: OutgoingListener) -> None:
    """Tell `listener` of every outgoing file with this kind of subject. One listener per kind."""
    _listeners[subject_kind] = listener


def listener_of(subject_kind: str) -> OutgoingListener:
    """Return who is told of files with this kind of subject. Raises LookupError when nobody registered."""
    try:
        return _listeners[subject_kind]
    except KeyError:
        raise LookupError(f"no listener is registered for outgoing files about {subject_kind!r}") from None
