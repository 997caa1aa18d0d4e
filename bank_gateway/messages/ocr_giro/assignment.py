"""One assignment's payments, added up to the lumps that the bank statement shows."""

from dataclasses import dataclass, field

from bank_gateway.messages.bank_files.staging import FieldValue, RowWriter
from bank_gateway.messages.bank_files.tables import STAGED_ENTRY, STAGED_TRANSACTION
from bank_gateway.messages.ocr_giro.records import FREE_TEXT_TYPES, REVERSAL_TYPES

_AFTER_TYPE: tuple[FieldValue, ...] = (None,) * (
    len(STAGED_TRANSACTION.columns) - STAGED_TRANSACTION.columns.index("type") - 1
)
_AFTER_SUM_MATCHES: tuple[FieldValue, ...] = (None,) * (
    len(STAGED_ENTRY.columns) - STAGED_ENTRY.columns.index("sum_matches") - 1
)


@dataclass(slots=True)
class Lump:
    """Add up the transactions of one settlement date, part settlement and serial number: one amount at the bank."""

    entry: int
    line: int
    amount: int = 0
    transactions: int = 0


@dataclass(slots=True)
class Payment:
    """Hold a transaction while its items pass. `amount` has the file's sign, `date` is ISO or unreadable (None)."""

    type: str
    number: str
    line: int
    date: str | None
    part_settlement: str
    serial: str
    amount: int
    kid: str | None
    has_second: bool = False
    has_text: bool = False
    archive_reference: str | None = None
    debit_account: str | None = None
    text: str | None = None

    @property
    def wants_text(self) -> bool:
        return self.type in FREE_TEXT_TYPES


@dataclass
class Assignment:
    """Hold an assignment while its payments pass."""

    number: int
    id: str
    agreement_id: str
    assignment_number: str
    account: str
    line: int
    records: int = 1
    transactions: int = 0
    control_sum: int = 0
    booked_sum: int = 0
    first_date: str | None = None
    last_date: str | None = None
    lumps: dict[tuple[str, str, str], Lump] = field(default_factory=dict)

    def add(self, payment: Payment, *, entries_before: int, rows: RowWriter) -> None:
        """Count a payment into its lump and the control sums, and write its row.

        The row's amount is what it does to the account: positive for money that came in.
        """
        booked = -payment.amount if payment.type in REVERSAL_TYPES else payment.amount
        self.transactions += 1
        self.control_sum += payment.amount
        self.booked_sum += booked
        date = payment.date or ""
        if self.first_date is None or date < self.first_date:
            self.first_date = date
        if self.last_date is None or date > self.last_date:
            self.last_date = date
        key = (date, payment.part_settlement, payment.serial)
        lump = self.lumps.get(key)
        if lump is None:
            lump = self.lumps[key] = Lump(entries_before + len(self.lumps) + 1, payment.line)
        lump.amount += booked
        lump.transactions += 1
        rows.write(_transaction_row(payment, lump, booked))

    def write_lumps(self, rows: RowWriter) -> None:
        """Write a row per lump; one that took more than it gave is a debit."""
        for (date, part_settlement, serial), lump in self.lumps.items():
            rows.write(
                (
                    lump.entry,
                    lump.line,
                    self.id,
                    self.number,
                    self.account,
                    "NOK",
                    f"{date}/{part_settlement}/{serial}",
                    None,
                    abs(lump.amount),
                    "DBIT" if lump.amount < 0 else "CRDT",
                    "BOOK",
                    date,
                    date,
                    False,
                    None,
                    None,
                    None,
                    None,
                    lump.transactions,
                    "ocr",
                    "ocr",
                    True,
                    *_AFTER_SUM_MATCHES,
                )
            )


def _transaction_row(payment: Payment, lump: Lump, booked: int) -> tuple[FieldValue, ...]:
    return (
        lump.entry,
        lump.transactions,
        payment.line,
        booked,
        "NOK",
        "DBIT" if booked < 0 else "CRDT",
        None,
        None,
        None,
        None,
        payment.archive_reference,
        payment.kid,
        payment.text,
        None,
        payment.debit_account,
        None,
        None,
        None,
        f"ocr-{payment.type}",
        *_AFTER_TYPE,
    )
