"""What a bank says, as plain values: the model reads them, and `written` writes the bank's files from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Said:
    """A status at one level of a report; `word` is None where the bank states none there."""

    word: str | None = None
    reason: str = ""
    text: str = ""


@dataclass(frozen=True)
class Named:
    """A payment that a report names, by the ERP's id, by ours, or by both."""

    end_to_end_id: str
    instruction_id: str
    said: Said


@dataclass(frozen=True)
class SaidOfGroup:
    """What a report says of one PmtInf of the file, and of the payments that it names below it."""

    id: str
    said: Said
    named: Sequence[Named] = ()


@dataclass(frozen=True)
class Report:
    """A pain.002 on the file with our id `original_message_id`."""

    id: str
    original_message_id: str
    created_at: datetime
    said: Said
    groups: Sequence[SaidOfGroup] = ()
    version: str = "03"


@dataclass(frozen=True)
class Detail:
    """A transaction inside an entry (TxDtls)."""

    message_id: str
    end_to_end_id: str
    instruction_id: str
    amount: int


@dataclass(frozen=True)
class Booking:
    """An entry on an account: øre, DBIT or CRDT, BOOK or PDNG; a lump without details names its group by `batch`."""

    amount: int
    reference: str
    direction: str = "DBIT"
    status: str = "BOOK"
    details: tuple[Detail, ...] = ()
    # PmtInfId, and how many payments the bank says it is of.
    batch: tuple[str, int] | None = None


@dataclass(frozen=True)
class Notification:
    """A notification of one account."""

    id: str
    account: str
    bookings: tuple[Booking, ...]
    is_copy: bool = False


@dataclass(frozen=True)
class Notice:
    """A camt.054 file: notifications of one or more accounts."""

    id: str
    notifications: Sequence[Notification] = field(default_factory=list)
    version: str = "02"
