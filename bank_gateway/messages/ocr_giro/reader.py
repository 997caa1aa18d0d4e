"""Read an OCR giro file into rows of entries (lumps) and transactions, checking everything that it says of itself."""

from collections.abc import Iterator
from typing import BinaryIO

from bank_gateway.messages.bank_files.staging import RowPiece, RowWriter
from bank_gateway.messages.bank_files.tables import STAGED_ENTRY, STAGED_TRANSACTION
from bank_gateway.messages.errors import MessageError, UnreadableBankFile
from bank_gateway.messages.ocr_giro import records
from bank_gateway.messages.ocr_giro.assignment import Assignment, Payment
from bank_gateway.messages.ocr_giro.header import OcrAssignment, OcrHeader, OtherService
from bank_gateway.messages.ocr_giro.lines import RECORD_LENGTH, records_of

# More than anyone reads; a file whose every line is wrong has its first ones listed.
MOST_ERRORS = 1000


class OcrGiroReader:
    """Read an OCR giro file once: `pieces` to its end, then `header`.

    All errors of a file come in one UnreadableBankFile, at its end, perhaps after rows were handed out: none of
    them may be kept then. Grammar: 10 (20 (30 31 [32])+ 88)* 89, with other services' assignments between.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._entries = RowWriter(STAGED_ENTRY)
        self._transactions = RowWriter(STAGED_TRANSACTION)
        self._errors: list[MessageError] = []
        self._line = 0
        self._take = self._take_first
        self._ids = ("", "", "")
        self._assignment: Assignment | None = None
        self._payment: Payment | None = None
        self._other: tuple[str, str, int] = ("", "", 0)
        self._assignments: list[OcrAssignment] = []
        self._others: list[OtherService] = []
        self._entry_count = 0
        self._control_sum = 0
        self._header: OcrHeader | None = None

    @property
    def header(self) -> OcrHeader:
        """Return the transmission's header, once `pieces` has come to its end."""
        if self._header is None:
            raise RuntimeError("The header is known when every piece has been read")
        return self._header

    def pieces(self) -> Iterator[RowPiece]:
        """Yield the rows of `staged_entry` and `staged_transaction`; raises UnreadableBankFile."""
        for block in records_of(self._stream):
            for record in block:
                self._line += 1
                if len(record) == RECORD_LENGTH:
                    self._take(record)
                else:
                    self._refuse("ocr_line_length", length=len(record), expected=RECORD_LENGTH)
            if len(self._errors) >= MOST_ERRORS:
                break
            if not self._errors:
                yield from self._entries.full_piece()
                yield from self._transactions.full_piece()
        if self._header is None and not self._errors:
            self._refuse("ocr_end_missing" if self._line else "file_empty")
        if self._errors:
            raise UnreadableBankFile(self._errors[:MOST_ERRORS])
        yield from self._entries.rest()
        yield from self._transactions.rest()

    def _refuse(self, code: str, *, line: int | None = None, **params: str | int) -> None:
        self._errors.append(MessageError(code, params=params, line=line or self._line or 1))

    def _refuse_record(self, record: str) -> None:
        self._refuse("ocr_record_unreadable", record=record[:8])

    def _take_first(self, record: str) -> None:
        self._take = self._take_between
        start = records.TRANSMISSION_START.fullmatch(record)
        if start is None:
            self._refuse("ocr_start_missing")
            # Read on as what it is, so that one wrong record isn't followed by one error for each of the rest.
            if not record.startswith("NY000010"):
                self._take(record)
            return
        self._ids = (start[1], start[2], start[3])

    def _take_between(self, record: str) -> None:
        """Take what may stand between assignments: the start of one, or the end of the transmission."""
        if record.startswith("NY090020"):
            self._begin_assignment(record)
        elif record.startswith("NY000089"):
            self._end_transmission(record)
        elif (other := records.OTHER_START.fullmatch(record)) and other[1] not in ("00", "09"):
            self._other = (other[1], other[2], self._line)
            self._take = self._take_other
        else:
            self._refuse("ocr_record_unexpected", record=record[:8])

    def _take_other(self, record: str) -> None:
        """Pass over another service's assignment up to its end record."""
        service, _type, first_line = self._other
        if record[2:4] != service or record[6:8] == "20":
            self._refuse("ocr_end_missing", record=record[:8])
            self._take = self._take_between
            self._take(record)
            return
        if record[6:8] != "88":
            return
        self._take = self._take_between
        end = records.OTHER_END.fullmatch(record)
        if end is None:
            self._refuse_record(record)
            return
        self._compare("records", int(end[2]), self._line - first_line + 1)
        self._others.append(OtherService(service, self._other[1], first_line, self._line, int(end[1])))
        self._control_sum += int(end[3])

    def _begin_assignment(self, record: str) -> None:
        start = records.ASSIGNMENT_START.fullmatch(record)
        if start is None:
            self._refuse_record(record)
        agreement_id, number, account = start.groups() if start else ("", "", "")
        self._assignment = Assignment(
            number=len(self._assignments) + 1,
            id=f"{self._ids[0]}/{self._ids[1]}/{number}",
            agreement_id=agreement_id,
            assignment_number=number,
            account=account,
            line=self._line,
        )
        self._take = self._take_inside

    def _take_inside(self, record: str) -> None:
        """Take a record inside an OCR assignment."""
        assignment = self._assignment
        if assignment is None or not record.startswith("NY09"):
            self._break_off(record)
            return
        kind = record[6:8]
        if kind == "30":
            assignment.records += 1
            self._first_item(record)
        elif kind == "31":
            assignment.records += 1
            self._second_item(record)
        elif kind == "32":
            assignment.records += 1
            self._third_item(record)
        elif kind == "88":
            assignment.records += 1
            self._end_assignment(record)
        else:
            self._break_off(record)

    def _break_off(self, record: str) -> None:
        """Leave an assignment that has no end record, for what comes instead."""
        self._end_payment()
        self._refuse("ocr_end_missing" if record[6:8] in ("20", "89") else "ocr_record_unexpected", record=record[:8])
        if record[6:8] in ("20", "89"):
            self._assignment = None
            self._take = self._take_between
            self._take(record)

    def _first_item(self, record: str) -> None:
        self._end_payment()
        item = records.AMOUNT_ITEM_1.fullmatch(record)
        if item is None:
            self._refuse_record(record)
            return
        type_, number, date_text, part_settlement, serial, sign, amount, kid_text = item.groups()
        date = records.read_date(date_text)
        if date is None:
            self._refuse("date_unreadable", value=date_text)
        øre = -int(amount) if sign == "-" else int(amount)
        kid = self._read_kid(type_, kid_text)
        self._payment = Payment(type_, number, self._line, date, part_settlement, serial, øre, kid)

    def _read_kid(self, type_: str, text: str) -> str | None:
        """Read a KID without its blanks, right-justified. Only types with a text may do without one."""
        kid = records.KID.fullmatch(text)
        if kid is not None:
            return kid[1]
        if text.strip():
            self._refuse("ocr_kid_unreadable", value=text.strip())
        elif type_ not in records.FREE_TEXT_TYPES:
            self._refuse("ocr_kid_missing")
        return None

    def _second_item(self, record: str) -> None:
        payment = self._payment
        item = records.AMOUNT_ITEM_2.fullmatch(record)
        if item is None:
            self._refuse_record(record)
            if payment is not None:
                payment.has_second = True
            return
        if payment is None or payment.has_second:
            self._refuse("ocr_item_unexpected", item=2, transaction=item[2])
            return
        self._compare_items(payment, item[1], item[2], item=2)
        if item[4].strip("0") and records.read_date(item[4]) is None:
            self._refuse("date_unreadable", value=item[4])
        payment.has_second = True
        payment.archive_reference = records.none_if_zeros(item[3])
        payment.debit_account = records.none_if_zeros(item[5])

    def _third_item(self, record: str) -> None:
        payment = self._payment
        item = records.AMOUNT_ITEM_3.fullmatch(record)
        if item is None:
            self._refuse_record(record)
            return
        if payment is None or not payment.has_second or payment.has_text or not payment.wants_text:
            self._refuse("ocr_item_unexpected", item=3, transaction=item[2])
            return
        self._compare_items(payment, item[1], item[2], item=3)
        payment.has_text = True
        # Blanks fill the field; whatever else stands there, a hard space too, is the payer's.
        payment.text = item[3].strip(" ") if item[3].strip() else None

    def _compare_items(self, payment: Payment, type_: str, number: str, *, item: int) -> None:
        if (type_, number) != (payment.type, payment.number):
            self._refuse("ocr_items_differ", item=item, transaction=number, expected=payment.number)

    def _end_payment(self) -> None:
        """End the transaction whose items have passed: it has a second item, and a third if its type wants one."""
        payment, assignment = self._payment, self._assignment
        self._payment = None
        if payment is None or assignment is None:
            return
        if not payment.has_second:
            self._refuse("ocr_item_missing", line=payment.line, item=2, transaction=payment.number)
        elif payment.wants_text and not payment.has_text:
            self._refuse("ocr_item_missing", line=payment.line, item=3, transaction=payment.number)
        assignment.add(payment, entries_before=self._entry_count, rows=self._transactions)

    def _end_assignment(self, record: str) -> None:
        self._end_payment()
        assignment = self._assignment
        self._assignment = None
        self._take = self._take_between
        end = records.ASSIGNMENT_END.fullmatch(record)
        if end is None or assignment is None:
            self._refuse_record(record)
            return
        if not assignment.transactions:
            self._refuse("ocr_assignment_empty")
        self._compare("transactions", int(end[1]), assignment.transactions)
        self._compare("records", int(end[2]), assignment.records)
        self._compare_sum(int(end[3]), assignment.control_sum)
        self._read_dates(end[4], first=(end[5], assignment.first_date), last=(end[6], assignment.last_date))
        self._control_sum += assignment.control_sum
        assignment.write_lumps(self._entries)
        self._entry_count += len(assignment.lumps)
        self._assignments.append(_described(assignment))

    def _read_dates(self, date: str, *, first: tuple[str, str | None], last: tuple[str, str | None]) -> None:
        """Check the end record's dates: its own, and the first and last of the payments."""
        for text, actual in ((date, None), first, last):
            stated = records.read_date(text)
            if stated is None:
                self._refuse("date_unreadable", value=text)
            elif actual and stated != actual:
                self._refuse("ocr_date_differs", stated=stated, actual=actual)

    def _compare(self, what: str, stated: int, counted: int) -> None:
        if stated != counted:
            self._refuse(f"ocr_{what}_count", stated=stated, counted=counted)

    def _compare_sum(self, stated: int, summed: int) -> None:
        # The field has no sign; a net that is negative can only stand in it without.
        if stated != abs(summed):
            self._refuse("ocr_sum", stated=stated, summed=summed)

    def _end_transmission(self, record: str) -> None:
        self._take = self._take_after_end
        end = records.TRANSMISSION_END.fullmatch(record)
        if end is None:
            self._refuse_record(record)
            return
        transactions = sum(one.transactions for one in self._assignments)
        in_others = sum(one.transactions for one in self._others)
        self._compare("transactions", int(end[1]), transactions + in_others)
        self._compare("records", int(end[2]), self._line)
        self._compare_sum(int(end[3]), self._control_sum)
        date = records.read_date(end[4])
        if date is None:
            self._refuse("date_unreadable", value=end[4])
        self._header = OcrHeader(
            message_type="ocr_giro",
            sender=self._ids[0],
            transmission=self._ids[1],
            recipient=self._ids[2],
            date=date or "",
            assignments=tuple(self._assignments),
            other_services=tuple(self._others),
            entries=self._entry_count,
            transactions=transactions,
            records=self._line,
        )

    def _take_after_end(self, record: str) -> None:
        self._refuse("ocr_record_after_end", record=record[:8])


def _described(assignment: Assignment) -> OcrAssignment:
    return OcrAssignment(
        number=assignment.number,
        id=assignment.id,
        agreement_id=assignment.agreement_id,
        assignment_number=assignment.assignment_number,
        account=assignment.account,
        transactions=assignment.transactions,
        control_sum=assignment.control_sum,
        booked_sum=assignment.booked_sum,
        first_date=assignment.first_date or "",
        last_date=assignment.last_date or "",
        line=assignment.line,
    )
