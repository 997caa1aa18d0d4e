"""Who takes what came from the bank. Rooms above register here in `AppConfig.ready`; the relay calls them.

A taker works inside the one transaction that applies a file. The file's rows lie in temporary tables of that
transaction. A report (`staged_status`) is one room's whole; it marks the rows that it can't place (`unplaced`). Of
entries and transactions (`staged_entry`, `staged_transaction`) a taker marks what it takes with `taken_by`, and an
entry that it knows for its own but can't book with why (`held`, and facts in `held_details`): no other taker takes
that. What nobody took, or could place, becomes a deviation.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from bank_gateway.models import OutgoingFile
from companies.actors import Actor

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
    # Whether the bank had rejected the whole file before this report.
    rejected_before: bool


class EntryDecision(StrEnum):
    """What a person says of an entry that fits nothing by itself; nothing where only its cause is gone."""

    NONE = ""
    # What came back is less than was paid: the difference, which he saw, is the bank's fee.
    FEE = "fee"
    # A lump without its payments pays those of its group that don't wait at the bank.
    WITHOUT_PENDING = "lump_without_pending"
    # It pays the whole of its group, also what was rejected or stopped.
    WITH_ENDED = "lump_with_ended"
    # Money came, or was taken back, and nobody says whose: it is posted without a customer.
    UNPLACED = "unplaced"


@dataclass(frozen=True)
class StagedNotifications:
    """Notifications whose entries lie in `staged_entry` and `staged_transaction`, of known accounts only.

    What isn't booked, repeats and held entries were removed from the tables before. `accounts` are those left.
    `release` is true when a person released what had been held: the file was taken before, for other entries; what he
    decided of the one entry stands in `decision`, for a fee with its amount (minor units) in `decided_fee`.
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
    decision: EntryDecision = EntryDecision.NONE
    decided_fee: int | None = None


@dataclass(frozen=True)
class Sum:
    """So many payments, and what they come to in minor units of one currency."""

    count: int
    minor: int
    currency: str


@dataclass(frozen=True)
class Moved:
    """Payments of one order that went from one state to another."""

    company: str
    reference: str
    from_status: str
    status: str
    sum: Sum


@dataclass(frozen=True)
class Received:
    """Receipts that were stored; held ones are in no ledger batch."""

    company: str
    sum: Sum
    held: Sum


@dataclass(frozen=True)
class Posted:
    """What went to one account of a company's general ledger, in minor units."""

    company: str
    account: str
    debit: int
    credit: int
    currency: str


@dataclass(frozen=True)
class Effects:
    """What applying a part of a bank's file did, as counts and sums only: an operator sees no payee."""

    moved: tuple[Moved, ...] = ()
    received: tuple[Received, ...] = ()
    posted: tuple[Posted, ...] = ()

    def __add__(self, other: "Effects") -> "Effects":
        return Effects(self.moved + other.moved, self.received + other.received, self.posted + other.posted)


class Taker:
    """One room's part in applying a bank's file. Override what the registered message types need."""

    def known_accounts(self, *, bank: str, accounts: Sequence[str]) -> set[str]:
        """Return those of `accounts` (11 digits) that this room takes entries for at this bank."""
        return set()

    def take_report(self, *, report: StagedReport) -> bool:
        """Apply `staged_status` and mark the rows that can't be placed; False if the report is another room's."""
        raise NotImplementedError

    def take_entries(self, *, notifications: StagedNotifications) -> None:
        """Apply `staged_entry` and `staged_transaction` and mark the rows taken: an entry whole, or transactions."""
        raise NotImplementedError

    def watch(self, *, file_id: UUID) -> Callable[[], Effects]:
        """Return a function that tells what this room did with the file from now to when it is called.

        Both belong to one transaction, which holds the file.
        """
        return Effects


@dataclass(frozen=True)
class StandingLine:
    """The payments of a file that are in one state."""

    status: str
    sum: Sum


@dataclass(frozen=True)
class Said:
    """Something that the bank said about a file's payments: in which of its files, when, and in short."""

    file_id: UUID
    at: datetime
    kind: str
    words: str


@dataclass(frozen=True)
class Standing:
    """How the payments of a file stand, as counts and sums only: an operator sees no payee and no single salary."""

    # What people call the order behind it, and where its page is.
    reference: str
    page: str
    lines: tuple[StandingLine, ...]
    in_doubt: tuple[Sum, ...]
    # Payments that went into it and were given up for a later file.
    given_up: int
    # Whether their states prove that the bank has the file: it has answered for one of them, or debited it.
    proves_receipt: bool
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Opinion:
    """What one operator decided about a doubt, in words that go into the payments' course of events."""

    actor: Actor
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Decided:
    """What two operators decided alike; `actor` is the second."""

    actor: Actor
    details: Mapping[str, Any]


class OutgoingListener(Protocol):
    """What the room that queued a file wants to know, told inside the relay's transaction, and what it's asked."""

    def sent(self, *, outgoing: OutgoingFile) -> None:
        """Note that the file lies at the bank under its final name, or that it was proved to have left."""

    def in_doubt(self, *, outgoing: OutgoingFile) -> None:
        """Note that nobody knows whether the file left."""

    def never_left(self, *, outgoing: OutgoingFile) -> None:
        """Note that it's proved that the file never left: the same bytes are queued again."""

    def opinion(self, *, outgoing: OutgoingFile, opinion: Opinion) -> None:
        """Keep what one operator decided about a doubt; nothing changes by it."""

    def at_bank(self, *, outgoing: OutgoingFile, decided: Decided) -> None:
        """Note that two operators decided that the bank has what is in doubt."""

    def not_at_bank(self, *, outgoing: OutgoingFile, decided: Decided, same_file: bool) -> None:
        """Note that two operators decided that the bank doesn't have what is in doubt: it's sent again.

        With `same_file` the same bytes are queued again, otherwise the room makes a new file.
        """

    def shows_life(self, *, outgoing: OutgoingFile) -> None:
        """Note that a file that was given up has reached the bank after all."""

    def standing(self, *, outgoing: OutgoingFile) -> Standing:
        """Return how the file's subject stands."""
        raise NotImplementedError

    def in_doubt_of(self, *, outgoing_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Sum]]:
        """Return what is in doubt of each of these files; one without doubt may be missing."""
        raise NotImplementedError


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


def every_taker() -> tuple[Taker, ...]:
    """Return each taker once, whatever it takes."""
    return tuple(dict.fromkeys(taker for row in _takers.values() for taker in row))


def register_outgoing_listener(subject_kind: str, listener: OutgoingListener) -> None:
    """Tell `listener` of every outgoing file with this kind of subject. One listener per kind."""
    _listeners[subject_kind] = listener


def listener_of(subject_kind: str) -> OutgoingListener:
    """Return who is told of files with this kind of subject. Raises LookupError when nobody registered."""
    try:
        return _listeners[subject_kind]
    except KeyError:
        raise LookupError(f"no listener is registered for outgoing files about {subject_kind!r}") from None
