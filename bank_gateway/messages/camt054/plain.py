"""Transactions of the plainest shapes: from their texts straight to the line of `staged_transaction`.

What `transaction_row` does for any transaction, for those that say nothing but ids, an amount in the entry's currency,
names, accounts, a lone KID and free text. Whatever else one holds, `transaction_row` makes its row.
"""

from collections.abc import Sequence
from typing import NamedTuple

from bank_gateway.messages.bank_files import values
from bank_gateway.messages.bank_files.fields import PlannedRow, text_or_none
from bank_gateway.messages.bank_files.references import is_kid, reference_of
from bank_gateway.messages.bank_files.tables import STAGED_TRANSACTION
from bank_gateway.messages.camt054.transactions import EntryOfTransaction
from bank_gateway.messages.picking import picker

# Where a shape has no such text, the place behind all of them.
_NOWHERE = -1
_TEXTS = ("dir", "mid", "asr", "dnm", "cnm", "rrc", "rrt", "pii", "iid", "e2e", "dac", "cac", "btp", "ust", "inf")
# The amount on the account as .08 and as .02 say it.
_AMOUNTS = frozenset({"amt", "tam"})
_OF_TRANSACTION = _AMOUNTS | frozenset(_TEXTS)
_OF_REFERENCE = frozenset({"rtp", "iss", "ref"})
# Behind the texts: no reference but a KID, no documents, amount instructed, charges or exchange.
_NOTHING_MORE = "," * (len(STAGED_TRANSACTION.columns) - STAGED_TRANSACTION.columns.index("creditor_reference"))


_Amount = tuple[str, int]


class PlainLine(NamedTuple):
    """A transaction's line, and what its entry adds up."""

    csv: str
    amount: int
    return_reason: str | None


class PlainShape:
    """One shape of transactions that is plain."""

    __slots__ = ("_amount", "_currency", "_directions", "_pick", "_reference", "_same_amount")

    def __init__(self, transaction: PlannedRow, reference: PlannedRow | None, *, amounts: Sequence[_Amount]) -> None:
        """`amounts`: the amount on the account, once or, where the bank says it in both places, twice."""
        (self._currency, self._amount), (_, self._same_amount) = amounts[0], amounts[-1]
        # Said here, or else the entry's.
        self._directions = ("CRDT", "DBIT") if "dir" in transaction.places else ("",)
        self._pick = picker([transaction.places.get(tag, _NOWHERE) for tag in _TEXTS])
        self._reference = reference

    def line(self, texts: Sequence[str], *, number: int, line: int, entry: EntryOfTransaction) -> PlainLine | None:
        """Make the line of a transaction, None where its texts aren't plain after all; BadValueError for its amount."""
        if texts[self._amount] != texts[self._same_amount]:
            return None
        amount, currency = values.read_amount(f"{self._currency}{texts[self._amount]}")
        (direction, mid, asr, dnm, cnm, rrc, rrt, pii, iid, e2e, dac, cac, btp, ust, inf) = self._pick((*texts, ""))
        kid = ""
        if self._reference is not None:
            fields = self._reference.fill(texts).fields
            if not is_kid(fields):
                return None
            kid = reference_of(fields) or ""
        if currency != entry.currency or direction not in self._directions:
            return None
        if direction and direction != entry.direction:
            amount = -amount
        told = (
            mid, values.none_if_not_provided(pii), values.none_if_not_provided(iid), values.none_if_not_provided(e2e),
            asr, kid, text_or_none(ust) or text_or_none(inf), dnm, values.domestic_account(dac) if dac else "",
            cnm, values.domestic_account(cac) if cac else "", rrc, text_or_none(btp) or entry.type, rrt,
        )  # fmt: skip
        quoted = ",".join([f'"{text}"' if text else "" for text in told])
        place = f"{entry.number},{number},{line}"
        return PlainLine(
            f"{place},{amount},{currency},{direction or entry.direction},{quoted}{_NOTHING_MORE}",
            amount,
            rrc or None,
        )


def plain_shape(rows: Sequence[PlannedRow]) -> PlainShape | None:
    """Return the short cut of a shape by its rows, None for one that says more than a short cut knows."""
    transaction, others = rows[0], rows[1:]
    amounts = [amount for tag, parts in transaction.joined.items() if tag in _AMOUNTS and (amount := _amount(parts))]
    is_plain = (
        transaction.tags <= _OF_TRANSACTION
        and len(amounts) == len(transaction.joined) > 0
        and len({currency for currency, _ in amounts}) == 1
        and not transaction.constant
        and len(others) <= 1
        and all(other.kind == "S" and {"ref"} <= other.tags <= _OF_REFERENCE for other in others)
    )
    return PlainShape(transaction, others[0] if others else None, amounts=amounts) if is_plain else None


def _amount(parts: tuple[str | int, ...]) -> _Amount | None:
    """Return the currency, which is an attribute and so a part of the shape, and the place of the number."""
    match parts:
        case (str(currency), int(place)):
            return currency, place
    return None
