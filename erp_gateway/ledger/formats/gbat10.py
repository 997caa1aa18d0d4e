"""GBAT10 (Mamut's and Tripletex's import of vouchers): one line per posting, `;` between fields, ISO-8859-1, CRLF.

Fields count from 0 and nothing is quoted. Debit is positive, credit negative; net (8) and gross (27) each sum to
zero per voucher. Source: help.mamut.com, "GBAT10"; Tripletex, "Import av bilag".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autopay_portal.core.errors import MOST_LISTED, ErrorDetail
from autopay_portal.core.money import to_text

from ...errors import LedgerRefusedError
from ...models import LedgerBatch, LedgerLine
from ..queries import stream_lines
from .latin1 import latin1_field

NAME = "gbat10"
FIELDS = 28
# Bilagsart 6: payments.
_VOUCHER_TYPE = "6"
_NO_VAT = "0"
_GROSS = "T"
_SUBLEDGER_DIGITS = 9
_LINES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _ControlAccounts:
    """The accounts whose lines must name a customer or a supplier (NS 4102: 1500 and 2400, and the agreement's own)."""

    customer: frozenset[str]
    supplier: frozenset[str]


def render(*, batch: LedgerBatch) -> Iterator[bytes]:
    """Yield the file's bytes.

    Raises LedgerRefusedError `export_refused` before the first byte, with every line that lacks what the format
    demands, or while writing if a voucher doesn't sum to zero.
    """
    _refuse_lacking(batch)
    pieces: list[bytes] = []
    sums = _VoucherSum()
    for row in stream_lines(batch=batch):
        sums.add(voucher=row[0], net=row[2] - row[3])
        pieces.append(_line(row, batch.currency))
        if len(pieces) == _LINES_AT_ONCE:
            yield b"".join(pieces)
            pieces.clear()
    sums.close()
    yield b"".join(pieces)


class _VoucherSum:
    """The running sum of the voucher being written."""

    def __init__(self) -> None:
        self._voucher: int | None = None
        self._net = 0

    def add(self, *, voucher: int, net: int) -> None:
        """Add a line; a new voucher closes the one before."""
        if voucher != self._voucher:
            self.close()
            self._voucher = voucher
        self._net += net

    def close(self) -> None:
        """Refuse a voucher that doesn't sum to zero."""
        if self._net:
            fault = ErrorDetail("voucher_unbalanced", {"voucher": self._voucher})
            raise _refusal([fault], 1)


def _line(row: tuple[Any, ...], batch_currency: str) -> bytes:
    (voucher, account, debit, credit, customer, supplier, kid, document, _, _, text, date, *_) = row
    net = to_text(debit - credit, batch_currency)
    words = latin1_field(text, 100)
    fields = [""] * FIELDS
    fields[0:11] = (
        "GBAT10", str(voucher), f"{date.year}{date.month:02}{date.day:02}", _VOUCHER_TYPE, str(date.month),
        str(date.year), account, _NO_VAT, net, customer or "0", supplier or "0",
    )  # fmt: skip
    fields[15] = latin1_field(document, 25)
    fields[16] = latin1_field(kid, 30)
    fields[20] = words
    fields[21] = words if customer or supplier else ""
    fields[22:26] = "0", "0", "0", "0"
    fields[26], fields[27] = _GROSS, net
    return (";".join(fields) + "\r\n").encode("iso-8859-1")


def _refuse_lacking(batch: LedgerBatch) -> None:
    faults, count = [], 0
    accounts = _control_accounts(batch)
    for number, account, customer, supplier in (
        LedgerLine.objects.filter(batch=batch)
        .order_by("number")
        .values_list("number", "account", "customer", "supplier")
        .iterator(chunk_size=2000)
    ):
        code = _fault(accounts, account, customer, supplier)
        if code:
            count += 1
            if count <= MOST_LISTED:
                params = {"line": number, "account": account}
                faults.append(ErrorDetail(code, params, pointer=f"/lines/{number - 1}"))
    if count:
        raise _refusal(faults, count)


def _fault(accounts: _ControlAccounts, account: str, customer: str | None, supplier: str | None) -> str | None:
    """Return the code of what a line lacks, or None."""
    if not (len(account) == 4 and account.isascii() and account.isdigit()):
        return "line_account_invalid"
    if account in accounts.supplier and not supplier:
        return "line_lacks_supplier"
    if account in accounts.customer and not customer:
        return "line_lacks_customer"
    for number in (customer, supplier):
        if number and not (len(number) <= _SUBLEDGER_DIGITS and number.isascii() and number.isdigit()):
            return "line_subledger_invalid"
    return None


def _control_accounts(batch: LedgerBatch) -> _ControlAccounts:
    agreement = batch.agreement
    return _ControlAccounts(
        customer=frozenset({"1500", agreement.customer_ledger_account}),
        supplier=frozenset({"2400", agreement.supplier_ledger_account}),
    )


def _refusal(faults: list[ErrorDetail], count: int) -> LedgerRefusedError:
    return LedgerRefusedError(
        "export_refused", params={"format": NAME, "count": count}, errors=faults, error_count=count
    )
