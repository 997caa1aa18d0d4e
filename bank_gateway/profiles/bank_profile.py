"""The shape of a bank's profile: plain frozen data, so that two banks differ by values and never by code."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
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


class DuplicateKind(StrEnum):
    """Say how a bank knows a second copy of a file again, and what it says of it."""

    MESSAGE_ID = "msg_id"  # RJCT with a code: AM05, DU01, DUPL
    MESSAGE_ID_NARRATIVE = "msg_id_narrative"  # RJCT with NARR and words only
    MESSAGE_ID_SILENT = "msg_id_silent"  # the copy is swallowed and never answered
    NONE = "none"  # the copy is executed again


class GroupStatus(StrEnum):
    """Say in which status reports a bank sends GrpSts; where it isn't, the lower levels speak alone."""

    ALWAYS = "always"
    REJECTS_ONLY = "rejects_only"  # only where the whole file is rejected
    TECHNICAL_ONLY = "technical_only"  # in the first receipt, not in the business receipt


class ReceiptNames(StrEnum):
    """Say which payments a bank's business receipt names one by one."""

    REJECTS_IN_PART = "rejects_in_part"  # a PmtInf speaks for its payments; in a PART the rejects are named
    EVERY_PAYMENT = "every_payment"
    REJECTS_ONLY = "rejects_only"  # what is accepted isn't said at all


class PastDate(StrEnum):
    """Say what a bank does with an execution date that has passed."""

    MOVED = "moved"  # to the next possible execution, and says so: ACWC, DT06
    MOVED_IN_SILENCE = "moved_in_silence"  # the debit is the first that shows it
    REJECTED = "rejected"  # DT01


class RefusalReach(StrEnum):
    """Say what a refused payment takes with it."""

    PAYMENT = "payment"
    CREDITOR_ACCOUNT = "creditor_account"  # every payment of the file to the same account


@dataclass(frozen=True)
class DuplicateControl:
    """Hold how a bank finds a second copy of a file, and for how long it remembers the first."""

    kind: DuplicateKind
    window: timedelta | None  # None: no window is stated, which is never taken for "for ever"

    def allows_resend(self, *, first_sent: datetime, now: datetime) -> bool:
        """Return whether the same bytes may be sent again without anybody's decision: the copy can pay nobody.

        So it is while a control on MsgId is within its stated window (money.md 2.6), whatever the bank says of a copy.
        """
        if self.kind is DuplicateKind.NONE or self.window is None:
            return False
        return now < first_sent + self.window


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
    name: str  # the bank's full name, as its register has it
    short_name: str  # what people call it, on pages and in texts
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
    days_past: int  # a date up to so many days past is moved by us, before approval, to the first possible bank day
    days_ahead: int
    past_date: PastDate  # what the bank does with one that passed after that
    duplicate_control: DuplicateControl
    group_status: GroupStatus
    receipt_names: ReceiptNames
    tells_settled: bool  # ACSC for executed payments, beside camt.054
    tells_waiting_for_funds: bool  # PDNG AM04 before RJCT or the debit
    refusal_reach: RefusalReach
    batch_booking: bool  # BtchBookg where the order says nothing: one debit per PmtInf, else one per payment
    lump_details: bool  # whether a lump debit names its payments; a lump of salaries never does
    answer_time: timedelta  # the longest a first answer may take before silence is an alarm
    file_name: str  # str.format with bank_message_id
    # First four digits of accounts that the bank is known to use, both ends included; empty where nobody has told us.
    account_ranges: tuple[tuple[int, int], ...] = ()

    def may_be_account(self, account: str) -> bool:
        """Return whether an account may be at this bank, as far as its ranges are known: numbers move with mergers."""
        return not self.account_ranges or any(low <= int(account[:4]) <= high for low, high in self.account_ranges)

    @property
    def tells_accepted(self) -> bool:
        """Return whether the bank ever says that a payment is accepted; where not, its silence means nothing."""
        return self.receipt_names is not ReceiptNames.REJECTS_ONLY

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
