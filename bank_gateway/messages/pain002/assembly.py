"""Put the stylesheet's rows together to statuses, and write them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bank_gateway.messages.bank_files import values
from bank_gateway.messages.bank_files.fields import Fields, Matched, Row, fields_of, required
from bank_gateway.messages.bank_files.staging import RowWriter
from bank_gateway.messages.bank_files.two_levels import Chunk
from bank_gateway.messages.bank_files.values import BadValueError
from bank_gateway.messages.pain002.header import OriginalGroup
from bank_gateway.messages.pain002.reasons import Reason, kids_of, read_reason, read_status, sum_up_reasons

LINES_OF_REASON = frozenset({"txt"})


@dataclass(slots=True)
class _Stated:
    """Hold an element that may state a status, with its reasons and references."""

    fields: Fields
    line: int
    reasons: list[Reason] = field(default_factory=list)
    references: list[Fields] = field(default_factory=list)


class StatusAssembler:
    """Assemble the statuses of one report, chunk by chunk. `strict` refuses elements the message doesn't have."""

    def __init__(self, *, rows: RowWriter, strict: bool) -> None:
        self._rows = rows
        self._strict = strict
        self._payment_information: _Stated | None = None
        self._goes_on = False
        self._latest: _Stated | None = None
        self.row_count = 0
        self.units_taken = 0
        self.details_taken = 0

    def write_group(self, group: OriginalGroup, *, line: int) -> None:
        """Write the row of the whole order, if the report states a status for it."""
        if group.status is not None:
            code, text = sum_up_reasons(group.reasons)
            self._write(line, "group", group.message_id, (None, None, None), group.status, (code, text), (None, None))

    def take(self, chunk: Chunk, *, group: OriginalGroup) -> None:
        """Write the statuses of a chunk; UnreadableBankFile names the line of what can't be read."""
        try:
            self._take(chunk, group)
        except BadValueError as error:
            raise error.at_line(self._latest.line if self._latest else None) from None

    def _take(self, chunk: Chunk, group: OriginalGroup) -> None:
        """Write a chunk; each finished element must have given exactly one row."""
        units, details = iter(chunk.unit_lines), iter(chunk.detail_lines)
        for row in chunk.rows:
            if isinstance(row, Matched):
                self._write_matched(row, _next_line(details), group)
            elif row[0] == "D":
                self._write_latest(group)
                self.details_taken += 1
                self._latest = self._stated(row, details)
            elif row[0] == "U":
                self._write_latest(group)
                self._begin_payment_information(row, units)
            elif self._latest is not None and row[0] == "A":
                fields = fields_of(row, repeatable=LINES_OF_REASON, strict=self._strict)
                self._latest.reasons.append(read_reason(fields))
            elif self._latest is not None:
                self._latest.references.append(fields_of(row, strict=self._strict))
        self._write_latest(group)
        if next(units, None) is not None or next(details, None) is not None:
            raise BadValueError("element_not_expected", "TxInfAndSts")
        self._goes_on = chunk.goes_on

    def _write_matched(self, matched: Matched, line: int, group: OriginalGroup) -> None:
        """Write a transaction of a plain shape, by its rows where its texts aren't plain."""
        self._write_latest(group)
        self.details_taken += 1
        above = self._above(group)
        plain = above and matched.short_cut.line(self.row_count + 1, line, above, matched.texts)
        if not plain:
            self._latest = _Stated(matched.filled()[0].fields, line)
            return
        self._latest = None
        self.row_count += 1
        self._rows.write_line(plain)

    def _above(self, group: OriginalGroup) -> str | None:
        """Write the columns of what a transaction stands in, None where they can't be written plainly."""
        parent = self._payment_information.fields["pii"] if self._payment_information else ""
        if '"' in group.message_id or '"' in parent:
            return None
        return f'"{group.message_id}","{parent}"' if parent else f'"{group.message_id}",'

    def _stated(self, row: Row, lines: Iterator[int]) -> _Stated:
        line = _next_line(lines)
        # The element is the latest before its fields are read, so that an error in them gets its line.
        self._latest = _Stated({}, line)
        return _Stated(fields_of(row, strict=self._strict), line)

    def _begin_payment_information(self, row: Row, lines: Iterator[int]) -> None:
        """Begin a payment information; of one that goes on over chunks the row comes again and must be the same."""
        stated = self._stated(row, lines)
        required(stated.fields, "pii", "OrgnlPmtInfId")
        if self._goes_on and self._payment_information is not None:
            if stated.fields != self._payment_information.fields:
                raise BadValueError("element_not_expected", "OrgnlPmtInfAndSts")
            # Written already: what follows are its reasons again.
            self._latest = _Stated({}, stated.line)
            return
        self.units_taken += 1
        self._payment_information = self._latest = stated

    def _write_latest(self, group: OriginalGroup) -> None:
        latest = self._latest
        if latest is None or "sts" not in latest.fields:
            return
        if latest is self._payment_information:
            self._write_payment_information(latest, group)
        else:
            self._write_transaction(latest, group)
        self._latest = _Stated({}, latest.line)

    def _write_payment_information(self, stated: _Stated, group: OriginalGroup) -> None:
        fields = stated.fields
        ids = (fields["pii"], None, None)
        status = read_status(fields["sts"])
        self._write(
            stated.line,
            "payment_information",
            group.message_id,
            ids,
            status,
            sum_up_reasons(stated.reasons),
            (None, None),
        )

    def _write_transaction(self, stated: _Stated, group: OriginalGroup) -> None:
        fields = stated.fields
        parent = self._payment_information.fields["pii"] if self._payment_information else None
        ids = (parent, fields.get("iid"), fields.get("e2e"))
        if not (ids[1] or ids[2]):
            raise BadValueError("element_missing", "OrgnlEndToEndId")
        status = read_status(fields["sts"])
        wrong_kids = kids_of(stated.references) if status == "RJCT" else ()
        reasons = sum_up_reasons(stated.reasons, wrong_kids=wrong_kids)
        told_by_bank = (fields.get("asr"), _bank_date(fields, status))
        self._write(stated.line, "transaction", group.message_id, ids, status, reasons, told_by_bank)

    def _write(
        self,
        line: int,
        level: str,
        original_message_id: str,
        ids: tuple[str | None, str | None, str | None],
        status: str,
        reasons: tuple[str | None, str | None],
        told_by_bank: tuple[str | None, str | None],
    ) -> None:
        self.row_count += 1
        self._rows.write((self.row_count, line, level, original_message_id, *ids, status, *reasons, *told_by_bank))


def _bank_date(fields: Fields, status: str) -> str | None:
    """Return the date the bank goes by: the order's execution date as it states it, for ACWC else the acceptance's."""
    requested, accepted = fields.get("rqd"), fields.get("acc")
    accepted_date = None if accepted is None else values.read_date(accepted)
    if requested is not None:
        return values.read_date(requested)
    return accepted_date if status == "ACWC" else None


def _next_line(lines: Iterator[int]) -> int:
    line = next(lines, None)
    if line is None:
        raise BadValueError("element_not_expected", "TxInfAndSts")
    return line
