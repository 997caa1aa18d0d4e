"""Read an order into the bank's storage, checking its counts and sums on the way."""

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from bank_gateway.simulator import amounts, instants
from bank_gateway.simulator.orders import judging, reading
from bank_gateway.simulator.orders.model import (
    DuplicateOrder,
    DuplicateSwallowed,
    Instruction,
    OrderHeader,
    OrderRefused,
    Transfer,
)
from bank_gateway.simulator.profiles import BankHabits, DuplicateKind, kind_of

_BATCH = 2000
_REASON_LENGTH = 105

_INSERT_PAYMENT = """
INSERT INTO payment (payment_information, instruction_id, end_to_end_id, amount, currency, creditor_name,
                     creditor_account, kid, text, reason_code, reason_text)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True)
class Arrival:
    """A file that arrived from a login."""

    file_id: int
    bank: str
    login_id: int
    at: str
    path: Path


@dataclass
class _Sums:
    """Counts and sums of one PmtInf, or of the whole order, in units of 0.00001."""

    count: int = 0
    total: int = 0
    accepted_count: int = 0
    accepted_minor: int = 0


@dataclass
class _Instruction:
    """The PmtInf being read."""

    row_id: int
    head: Instruction
    sums: _Sums = field(default_factory=_Sums)


def store_order(connection: sqlite3.Connection, *, habits: BankHabits, arrival: Arrival) -> int | None:
    """Read an arrived file and keep it as an accepted or a rejected message, in the caller's transaction.

    Returns the message's row id; None for a second copy at a bank that swallows them.
    """
    connection.execute("SAVEPOINT reading")
    reader = _OrderStore(connection, habits=habits, arrival=arrival)
    message: int | None = None
    try:
        message = reader.read()
    except DuplicateSwallowed:
        connection.execute("ROLLBACK TO reading")
    except OrderRefused as refusal:
        connection.execute("ROLLBACK TO reading")
        message = reader.reject(_weightier(refusal, arrival.path))
    connection.execute("RELEASE reading")
    return message


def _weightier(refusal: OrderRefused, path: Path) -> OrderRefused:
    """Return the schema's verdict where a rule of the bank spoke first, but for a MsgId used before: that is enough."""
    if refusal.code == "FF01" or isinstance(refusal, DuplicateOrder):
        return refusal
    return reading.schema_refusal(path) or refusal


class _OrderStore:
    """One reading of one order."""

    def __init__(self, connection: sqlite3.Connection, *, habits: BankHabits, arrival: Arrival) -> None:
        self._connection = connection
        self._habits = habits
        self._arrival = arrival
        self._register = judging.load_register(connection, bank=habits.id)
        self._header: OrderHeader | None = None
        self._message = 0
        self._current: _Instruction | None = None
        self._whole = _Sums()
        self._rows: list[tuple[object, ...]] = []
        self._currency = ""

    def read(self) -> int:
        """Read the whole order and keep it.

        Raises OrderRefused, whatever was written so far being the caller's to take back.
        """
        for part in reading.read_order(self._arrival.path, refused=self._habits.refused_elements):
            if isinstance(part, Transfer):
                self._take_transfer(part)
            elif isinstance(part, Instruction):
                self._take_instruction(part)
            else:
                self._take_header(part)
        self._close_instruction()
        self._check_whole()
        if self._habits.fault_takes_creditor:
            _refuse_creditors_in_fault(self._connection, self._message)
        return self._message

    def reject(self, refusal: OrderRefused) -> int:
        """Keep the order as rejected, with whatever could be read of its header."""
        header = self._header or self._guessed_header()
        self._remember_message_id(header.message_id)
        return self._insert_message(header, status="rejected", reason=(refusal.code, refusal.text))

    def _guessed_header(self) -> OrderHeader:
        """Return what can be told of a file whose header could not be read."""
        try:
            version = reading.version_of(self._arrival.path)
        except OrderRefused:
            version = self._habits.fallback_order
        message_id = reading.guess_message_id(self._arrival.path)
        return OrderHeader(version, message_id, "", -1, "", "", "")

    def _take_header(self, header: OrderHeader) -> None:
        """Keep the header, unless the bank knows its MsgId from this sender, whatever became of the first."""
        self._header = header
        if not self._remember_message_id(header.message_id):
            raise _duplicate(self._habits.duplicates.kind, header.message_id)
        self._message = self._insert_message(header, status="accepted", reason=judging.FINE)

    def _remember_message_id(self, message_id: str) -> bool:
        """Note when a sender's MsgId was first seen; tell whether the bank takes it as new."""
        control, arrival = self._habits.duplicates, self._arrival
        if not message_id or control.kind is DuplicateKind.NONE:
            return True
        at = instants.from_text(arrival.at)
        forgotten = instants.to_text(at - control.window) if control.window is not None else ""
        added = self._connection.execute(
            "INSERT INTO seen_message (login_id, message_id, file_id, at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET file_id = excluded.file_id, at = excluded.at WHERE at < ?",
            (arrival.login_id, message_id, arrival.file_id, arrival.at, forgotten),
        )
        return added.rowcount == 1

    def _insert_message(self, header: OrderHeader, *, status: str, reason: judging.Reason) -> int:
        """Insert the message's row."""
        arrival = self._arrival
        code, text = reason
        inserted = self._connection.execute(
            "INSERT INTO message (file_id, bank, login_id, message_id, version, created, payment_count, control_sum,"
            " customer_id, division, status, reason_code, reason_text, arrived_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                arrival.file_id, arrival.bank, arrival.login_id, header.message_id, header.version, header.created,
                header.payment_count if header.payment_count >= 0 else None, header.control_sum or None,
                header.customer_id, header.division, status, code, text[:_REASON_LENGTH], arrival.at,
            ),
        )  # fmt: skip
        return int(inserted.lastrowid or 0)

    def _take_instruction(self, head: Instruction) -> None:
        """Open a PmtInf after its account was checked."""
        self._close_instruction()
        if self._header is None:
            raise OrderRefused("FF01", "GrpHdr is missing")
        agreement = judging.check_debtor(
            self._register,
            ids=self._habits.initiating_ids,
            header=self._header,
            instruction=head,
            login_id=self._arrival.login_id,
        )
        batch = self._habits.batch_booking if not head.batch_booking else head.batch_booking in ("true", "1")
        inserted = self._connection.execute(
            "INSERT INTO payment_information (message, bank, reference, account, currency, category, kind,"
            " batch_booking, debtor_name, requested_date, signers, status)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'read')",
            (
                self._message, self._habits.id, head.reference, head.account, agreement.currency, head.category,
                kind_of(category=head.category, service_level=head.service_level),
                int(batch), head.debtor_name, head.requested_date, agreement.signers,
            ),
        )  # fmt: skip
        self._current = _Instruction(int(inserted.lastrowid or 0), head)
        self._currency = agreement.currency

    def _take_transfer(self, transfer: Transfer) -> None:
        """Judge and keep one payment."""
        if self._current is None:
            raise OrderRefused("FF01", "CdtTrfTxInf stands outside a PmtInf")
        code, text = judging.judge_transfer(self._register, transfer=transfer, currency=self._currency)
        minor = amounts.minor_of_scaled(transfer.value, transfer.currency) or 0
        sums = self._current.sums
        sums.count += 1
        sums.total += transfer.value
        if not code:
            sums.accepted_count += 1
            sums.accepted_minor += minor
        self._rows.append((
            self._current.row_id, transfer.instruction_id, transfer.end_to_end_id, minor, transfer.currency,
            transfer.creditor_name, transfer.account or transfer.account_text,
            _kid_of(transfer), _text_of(transfer), code, text[:_REASON_LENGTH],
        ))  # fmt: skip
        if len(self._rows) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        """Write the payments read since the last time."""
        self._connection.executemany(_INSERT_PAYMENT, self._rows)
        self._rows.clear()

    def _close_instruction(self) -> None:
        """Check the PmtInf just read against its own count and sum, and keep both."""
        current = self._current
        if current is None:
            return
        self._flush()
        sums, head = current.sums, current.head
        if head.payment_count and _count_of(head.payment_count) != sums.count:
            raise OrderRefused("AM20", f"PmtInf {head.reference} holds {sums.count} payments, not {head.payment_count}")
        if head.control_sum and _sum_of(head.control_sum) != sums.total:
            raise OrderRefused("AM17", f"CtrlSum of PmtInf {head.reference} is not the sum of its payments")
        self._connection.execute(
            "UPDATE payment_information SET payment_count = ?, accepted_count = ?, accepted_sum = ? WHERE id = ?",
            (sums.count, sums.accepted_count, sums.accepted_minor, current.row_id),
        )
        self._whole.count += sums.count
        self._whole.total += sums.total
        self._current = None

    def _check_whole(self) -> None:
        """Check the order against its header's count and sum."""
        header, whole = self._header, self._whole
        if header is None:
            raise OrderRefused("FF01", "GrpHdr is missing")
        if header.payment_count != whole.count:
            raise OrderRefused("AM19", f"The file holds {whole.count} payments, not {header.payment_count}")
        if header.control_sum and _sum_of(header.control_sum) != whole.total:
            raise OrderRefused("AM16", "CtrlSum is not the sum of the payments")


def _duplicate(kind: DuplicateKind, message_id: str) -> Exception:
    """Return how a bank meets a MsgId it knows."""
    if kind is DuplicateKind.SILENT:
        return DuplicateSwallowed(message_id)
    if kind is DuplicateKind.NARRATIVE:
        return DuplicateOrder("NARR", f"Filen {message_id} er mottatt tidligere")
    return DuplicateOrder("AM05", f"DU01 MsgId {message_id} already received")


_REFUSE_CREDITORS = """
UPDATE payment SET reason_code = 'NARR', reason_text = 'En annen betaling til samme konto i filen er avvist'
WHERE reason_code = '' AND payment_information IN (SELECT id FROM payment_information WHERE message = :message)
  AND creditor_account IN (
    SELECT creditor_account FROM payment
    WHERE reason_code <> '' AND payment_information IN (SELECT id FROM payment_information WHERE message = :message))
"""
_COUNT_AGAIN = """
UPDATE payment_information AS info SET (accepted_count, accepted_sum) = (
  SELECT count(*), coalesce(sum(payment.amount), 0) FROM payment
  WHERE payment.payment_information = info.id AND payment.reason_code = '')
WHERE info.message = :message
"""


def _refuse_creditors_in_fault(connection: sqlite3.Connection, message: int) -> None:
    """Refuse every payment of an order to an account to which one of its payments was refused."""
    where = {"message": message}
    if connection.execute(_REFUSE_CREDITORS, where).rowcount:
        connection.execute(_COUNT_AGAIN, where)


def _kid_of(transfer: Transfer) -> str:
    """Return the KID of a payment that is one KID's and nothing else."""
    return transfer.kids[0] if len(transfer.kids) == 1 and not transfer.text else ""


def _text_of(transfer: Transfer) -> str:
    """Return what a creditor reads: the free text, or the KIDs and numbers of documents when there are several."""
    if _kid_of(transfer):
        return ""
    return "\n".join([*(f"KID {each}" for each in transfer.kids), *([transfer.text] if transfer.text else [])])


def _count_of(text: str) -> int:
    """Read a NbOfTxs."""
    if not text.strip().isdigit():
        raise OrderRefused("FF01", f"NbOfTxs {text} is not a number")
    return int(text)


def _sum_of(text: str) -> int:
    """Read a CtrlSum in units of 0.00001."""
    try:
        return amounts.scaled(text)
    except ValueError as error:
        raise OrderRefused("FF01", f"CtrlSum {text} is not a number") from error
