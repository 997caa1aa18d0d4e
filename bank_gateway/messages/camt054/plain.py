"""Transactions of the plainest shapes: from their texts straight to the line of `staged_transaction`.

What `transaction_row` does for any transaction, for those that say nothing but ids, an amount in the entry's currency,
names, accounts, a lone KID and free text, all of them plainly (`plain_texts`). Whatever else one holds,
`transaction_row` makes its row.
"""

from collections.abc import Callable, Mapping, Sequence

from bank_gateway.messages.bank_files import plain_texts
from bank_gateway.messages.bank_files.currencies import DECIMALS
from bank_gateway.messages.bank_files.fields import PlannedRow
from bank_gateway.messages.bank_files.tables import STAGED_TRANSACTION
from bank_gateway.messages.camt054.transactions import EntryOfTransaction
from bank_gateway.messages.picking import picker

# How each text must be written; the amount on the account as .08 (amt) and as .02 (tam) say it.
_PLAINLY = {
    "dir": plain_texts.DIRECTION, "mid": plain_texts.ANY, "asr": plain_texts.ANY, "dnm": plain_texts.ANY,
    "cnm": plain_texts.ANY, "rrc": plain_texts.ANY, "rrt": plain_texts.ANY, "pii": plain_texts.GIVEN,
    "iid": plain_texts.GIVEN, "e2e": plain_texts.GIVEN, "dac": plain_texts.NORWEGIAN_ACCOUNT,
    "cac": plain_texts.NORWEGIAN_ACCOUNT, "btp": plain_texts.SAID, "ust": plain_texts.SAID, "inf": plain_texts.SAID,
}  # fmt: skip
_KID_PLAINLY = {"rtp": plain_texts.KID_TYPE, "iss": plain_texts.KID_ISSUER, "ref": plain_texts.KID}
_AMOUNTS = frozenset({"amt", "tam"})
_DECIMALS = 2
# The texts of a line behind its direction, in the order of STAGED_TRANSACTION; the free text before the bank's own.
_IN_ORDER = (
    ("mid",), ("pii",), ("iid",), ("e2e",), ("asr",), ("kid",), ("ust", "inf"), ("dnm",), ("dac",), ("cnm",), ("cac",),
    ("rrc",), ("btp",), ("rrt",),
)  # fmt: skip
_TYPE = ("btp",)
# Behind the texts: no reference but a KID, no documents, amount instructed, charges or exchange.
_NOTHING_MORE = "," * (len(STAGED_TRANSACTION.columns) - STAGED_TRANSACTION.columns.index("creditor_reference"))

# From a transaction's number in its entry, its line and its texts to its row as CSV and its amount; None where the two
# amounts that it states differ.
WriteLine = Callable[[int, int, Sequence[str]], tuple[str, int] | None]
_Amount = tuple[str, int]


class PlainShape:
    """One shape of transactions that is plain."""

    __slots__ = ("_amount", "_currency", "_places", "_same_amount", "texts")

    def __init__(self, places: Mapping[str, int], *, kid: Mapping[str, int], amounts: Sequence[_Amount]) -> None:
        """`amounts`: the amount on the account, once or, where the bank says it in both places, twice."""
        (self._currency, self._amount), (_, self._same_amount) = amounts[0], amounts[-1]
        self._places = {**places, **({"kid": kid["ref"]} if kid else {})}
        self.texts = {
            **{place: _PLAINLY[tag] for tag, place in places.items()},
            **{place: _KID_PLAINLY[tag] for tag, place in kid.items()},
            **{place: plain_texts.AMOUNT_OF_TWO_DECIMALS for _, place in amounts},
        }

    def return_reason(self, texts: Sequence[str]) -> str | None:
        """Return a transaction's return reason."""
        return texts[self._places["rrc"]] if "rrc" in self._places else None

    def lines_of(self, entry: EntryOfTransaction) -> WriteLine | None:
        """Return what makes the lines of an entry's transactions, None for one in another currency."""
        if self._currency != entry.currency:
            return None
        template, places = self._template(entry)
        pick, amount_at, same_at = picker(places), self._amount, self._same_amount
        direction_at, direction = self._places.get("dir"), entry.direction

        def write(number: int, line: int, texts: Sequence[str]) -> tuple[str, int] | None:
            told = texts[amount_at]
            if texts[same_at] != told:
                return None
            amount = int(told.replace(".", ""))
            if direction_at is not None and texts[direction_at] != direction:
                amount = -amount
            return template % (number, line, amount, *pick(texts)), amount

        return write

    def _template(self, entry: EntryOfTransaction) -> tuple[str, list[int]]:
        """Write the line with gaps for number, line, amount, and the texts at the places returned."""
        columns = [str(entry.number), "%d", "%d", "%d", self._currency]
        places = []
        if "dir" in self._places:
            columns.append("%s")
            places.append(self._places["dir"])
        else:
            columns.append(entry.direction)
        for tags in _IN_ORDER:
            tag = next((tag for tag in tags if tag in self._places), None)
            if tag is not None:
                columns.append('"%s"')
                places.append(self._places[tag])
            else:
                of_entry = entry.type if tags == _TYPE else None
                columns.append('"{}"'.format(of_entry.replace("%", "%%")) if of_entry else "")
        return ",".join(columns) + _NOTHING_MORE, places


def plain_shape(rows: Sequence[PlannedRow]) -> PlainShape | None:
    """Return the short cut of a shape by its rows, None for one that says more than a short cut knows."""
    transaction, others = rows[0], rows[1:]
    amounts = [amount for tag, parts in transaction.joined.items() if tag in _AMOUNTS and (amount := _amount(parts))]
    is_plain = (
        transaction.places.keys() <= _PLAINLY.keys()
        and len(amounts) == len(transaction.joined) > 0
        and len({currency for currency, _ in amounts}) == 1
        and not transaction.constant
        and len(others) <= 1
        and all(_is_lone_kid(other) for other in others)
    )
    kid = others[0].places if others else {}
    return PlainShape(transaction.places, kid=kid, amounts=amounts) if is_plain else None


def _is_lone_kid(row: PlannedRow) -> bool:
    return row.kind == "S" and row.tags == row.places.keys() <= _KID_PLAINLY.keys() and {"rtp", "ref"} <= row.tags


def _amount(parts: tuple[str | int, ...]) -> _Amount | None:
    """Return the currency, which is an attribute and so a part of the shape, and the place of the number."""
    match parts:
        case (str(currency), int(place)) if DECIMALS.get(currency.strip()) == _DECIMALS:
            return currency.strip(), place
    return None
