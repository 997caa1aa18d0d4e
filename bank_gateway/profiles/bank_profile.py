"""The shape of a bank's profile: plain frozen data, so that two banks differ by values and never by code."""

from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum


class PaymentKind(StrEnum):
    """Name what a bank has separate cut-offs and day rules for."""

    NORMAL = "normal"
    URGENT = "urgent"
    SALARY = "salary"


class NonBankDayRule(StrEnum):
    """Say where a date goes that is no bank day."""

    NEXT = "next"
    PREVIOUS = "previous"


class OrganisationId(StrEnum):
    """Name the scheme codes under which a bank wants its customer's ids (ISO 20022 external codes)."""

    CUSTOMER = "CUST"
    DIVISION = "BANK"


class DuplicateControl(StrEnum):
    """Say what a bank compares to find a second copy of a file."""

    MESSAGE_ID = "msg_id"
    NONE = "none"


@dataclass(frozen=True)
class CutOff:
    """Hold the last moments, Norwegian time, at which an order still goes into an execution of the same day.

    Several moments mean several executions a day; after the last one an order waits for the next bank day.
    """

    kind: PaymentKind
    executions: tuple[time, ...]

    @property
    def last(self) -> time:
        """Return the day's last cut-off."""
        return self.executions[-1]


@dataclass(frozen=True)
class SentElements:
    """Say which optional elements of pain.001 this bank wants in local payments."""

    group_count: bool  # PmtInf/NbOfTxs
    group_sum: bool  # PmtInf/CtrlSum
    charge_bearer: bool  # PmtInf/ChrgBr SLEV
    batch_booking: bool  # PmtInf/BtchBookg
    instruction_id: bool  # PmtId/InstrId
    creditor_country: bool  # Cdtr/PstlAdr/Ctry


@dataclass(frozen=True)
class NameLengths:
    """Hold how long names may be; longer ones are cut by the bank, so we refuse or warn first."""

    creditor: int
    debtor: int


@dataclass(frozen=True)
class RemittanceTextLimits:
    """Hold how much free text and how many documents one payment may carry."""

    lines: int  # Ustrd
    line_length: int
    documents: int  # Strd


@dataclass(frozen=True)
class BankProfile:
    """Describe one bank: what it accepts, when it executes, how it answers and how it knows a file again."""

    bank_id: str
    name: str
    bic: str
    pain001_version: str  # "03" or "09"
    pain002_version: str  # the pair of pain001_version
    camt054_version: str
    organisation_ids: tuple[OrganisationId, ...]  # in InitgPty, in this order
    debtor_organisation_ids: tuple[OrganisationId, ...]  # in Dbtr
    sent: SentElements
    names: NameLengths
    text: RemittanceTextLimits
    character_encoding: str  # every character must exist here, though files are UTF-8
    allowed_characters: frozenset[str]
    cut_offs: tuple[CutOff, ...]
    non_bank_day: tuple[tuple[str, NonBankDayRule], ...]  # by category
    days_past: int  # a date up to so many days past is moved to the first possible bank day
    days_ahead: int
    duplicate_control: DuplicateControl
    duplicate_window: timedelta
    batch_booking: bool  # BtchBookg where the order says nothing
    answer_time: timedelta  # the longest a first answer may take before silence is an alarm
    file_name: str  # str.format with bank_message_id

    def cut_off(self, kind: PaymentKind) -> CutOff:
        """Return the cut-offs of one kind of payment; LookupError if the bank has none."""
        for cut_off in self.cut_offs:
            if cut_off.kind is kind:
                return cut_off
        raise LookupError(f"{self.bank_id} has no cut-off for {kind}")

    def day_rule(self, category: str) -> NonBankDayRule:
        """Return where a date of this category (`supplier`, `salary`, ...) goes that is no bank day."""
        return dict(self.non_bank_day).get(category, NonBankDayRule.NEXT)


def printable_latin1() -> frozenset[str]:
    """Return the printable characters of ISO-8859-1: no control characters, no soft hyphen."""
    return frozenset(chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100)) if code != 0xAD)
