"""The shape of a bank's habits: plain data, so that two banks differ by values and never by code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum


class DuplicateKind(StrEnum):
    """What a bank does with a second file of the same MsgId from the same sender."""

    CODE = "code"  # RJCT AM05, DU01 in the text
    NARRATIVE = "narrative"  # RJCT NARR and a text
    SILENT = "silent"  # taken, never answered, never executed
    NONE = "none"  # executed again


class GroupStatus(StrEnum):
    """In which receipts GrpSts stands."""

    ALWAYS = "always"
    REJECT_ONLY = "reject_only"  # only where the whole file is rejected; else the lower levels speak
    TECHNICAL_ONLY = "technical_only"  # not in the business receipt


class Naming(StrEnum):
    """Which payments the business receipt and later reports name."""

    REJECTS_IN_PART = "rejects_in_part"  # a PmtInf speaks for its payments; in a PART only rejects are named
    EVERY_PAYMENT = "every_payment"
    REJECTS_ONLY = "rejects_only"  # what is accepted isn't said at all


class PastDate(StrEnum):
    """What becomes of an execution date that has passed."""

    MOVED = "moved"  # to the next possible day, ACWC DT06
    REJECTED = "rejected"  # DT01
    MOVED_SILENTLY = "moved_silently"  # no report says so, the debit shows it


@dataclass(frozen=True)
class DuplicateControl:
    """How a bank knows a file again: by its MsgId, within a window from the first, None for ever."""

    kind: DuplicateKind
    window: timedelta | None = None


@dataclass(frozen=True)
class AnswerPair:
    """The versions a bank answers one version of pain.001 in (Bits 1.5 and 2.0 pair them)."""

    status_report: str
    notification: str


BITS_PAIRS = {
    "pain.001.001.03": AnswerPair("pain.002.001.03", "camt.054.001.02"),
    "pain.001.001.09": AnswerPair("pain.002.001.10", "camt.054.001.08"),
}


@dataclass(frozen=True)
class BankHabits:
    """One bank's habits.

    Times of day are Norwegian wall clock; `*_after` run in bank time from a file's arrival. `cutoffs` are by kind of
    payment: normal, urgent, salary. Categories in `paid_before_closed_days` move to the bank day before, all others
    to the one after. `fallback_order` is the version a file nobody can read is answered as.
    """

    id: str
    name: str
    bic: str
    file_mark: str
    reference_mark: str
    answers: Mapping[str, AnswerPair]
    fallback_order: str
    credit_notification: str
    # Schemes under which InitgPty must carry the agreement's ids; one that isn't here is refused.
    initiating_ids: tuple[str, ...]
    # Paths below PmtInf that this bank doesn't take in domestic orders.
    refused_elements: tuple[str, ...]
    duplicates: DuplicateControl
    # A payment in fault takes with it every payment of the file to the same creditor account.
    fault_takes_creditor: bool
    group_status: GroupStatus
    naming: Naming
    tells_settled: bool  # ACSC at execution, beside camt.054
    tells_waiting_for_funds: bool  # PDNG AM04 at the first cut-off without funds
    cutoffs: Mapping[str, tuple[time, ...]]
    paid_before_closed_days: frozenset[str]
    past_date: PastDate
    oldest_days: int
    furthest_days: int
    technical_after: timedelta
    business_after: timedelta
    batch_booking: bool  # where the order doesn't say
    lump_details: bool  # whether a lump names its payments; a salary lump never does

    @property
    def tells_accepted(self) -> bool:
        """Tell whether an accepted payment is ever reported as accepted."""
        return self.naming is not Naming.REJECTS_ONLY

    @property
    def names_every_payment(self) -> bool:
        """Tell whether reports name payments one by one even where one status would cover them."""
        return self.naming is Naming.EVERY_PAYMENT
