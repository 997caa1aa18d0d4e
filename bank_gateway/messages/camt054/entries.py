"""One Ntry and its sums, as a row of `staged_entry`."""

from dataclasses import dataclass, field

from bank_gateway.messages.bank_files import values
from bank_gateway.messages.bank_files.fields import Fields, required, text_or_none
from bank_gateway.messages.bank_files.staging import FieldValue
from bank_gateway.messages.bank_files.tables import STAGED_TRANSACTION
from bank_gateway.messages.bank_files.values import BadValueError
from bank_gateway.messages.camt054.header import AccountOfNotification, read_indicator
from bank_gateway.messages.camt054.money_beside import NO_CHARGES, NO_EXCHANGE, read_charges, read_exchange
from bank_gateway.messages.camt054.transactions import EntryOfTransaction, read_direction, read_type

_AMOUNT, _CURRENCY, _RETURN_REASON = (
    STAGED_TRANSACTION.columns.index(name) for name in ("amount", "currency", "return_reason")
)


@dataclass
class Entry:
    """Hold an entry while its transactions pass: what it says of itself and what they add up to."""

    number: int
    line: int
    account: AccountOfNotification
    fields: Fields
    amount: int = 0
    currency: str = ""
    direction: str = ""
    charges: list[Fields] = field(default_factory=list)
    exchanges: list[Fields] = field(default_factory=list)
    batches: list[Fields] = field(default_factory=list)
    transactions: int = 0
    sum: int = 0
    is_summable: bool = True
    goes_on: bool = False
    return_reason: str | None = None

    def __post_init__(self) -> None:
        self.amount, self.currency = values.read_amount(required(self.fields, "amt", "Ntry/Amt"))
        self.direction = read_direction(required(self.fields, "dir", "Ntry/CdtDbtInd"))

    def take_later_reading(self, fields: Fields) -> None:
        """Take what the entry says after more of it was read: only what follows its transactions may be new."""
        if {**fields, "inf": ""} != {**self.fields, "inf": ""}:
            raise BadValueError("element_not_expected", "Ntry")
        self.fields = fields
        # The stylesheet repeats these with the entry's own row.
        self.charges, self.exchanges = [], []

    def for_transactions(self, *, is_sole: bool) -> EntryOfTransaction:
        return EntryOfTransaction(
            number=self.number,
            amount=self.amount,
            currency=self.currency,
            direction=self.direction,
            type=read_type(self.fields),
            is_sole=is_sole,
        )

    def add_transaction(self, row: list[FieldValue]) -> None:
        """Count the transaction of a row, see `add`."""
        self.add(row[_AMOUNT], row[_CURRENCY], row[_RETURN_REASON])

    def add(self, amount: FieldValue, currency: FieldValue, return_reason: FieldValue) -> None:
        """Count a transaction and add its signed amount, if it has one in the entry's currency."""
        self.transactions += 1
        if isinstance(amount, int) and currency == self.currency:
            self.sum += amount
        else:
            self.is_summable = False
        if self.return_reason is None and return_reason is not None:
            self.return_reason = str(return_reason)

    def row(self) -> list[FieldValue]:
        """Make the entry's row, in the order of STAGED_ENTRY; BadValueError where what must be there isn't.

        A booked entry without a booking date can't be posted, so it's unreadable. `sum_matches` is None without
        transactions; a sum that differs is data, for whoever takes the entry.
        """
        fields = self.fields
        status = required(fields, "sts", "Ntry/Sts").strip()
        if "btc" not in fields:
            raise BadValueError("element_missing", "Ntry/BkTxCd")
        if status == "BOOK":
            required(fields, "bdt", "Ntry/BookgDt")
        message_id, payment_information_id, count = self._batch()
        return [
            self.number,
            self.line,
            self.account.id,
            self.account.number,
            self.account.account,
            self.currency,
            text_or_none(fields.get("ref")),
            text_or_none(fields.get("asr")),
            self.amount,
            self.direction,
            status,
            values.read_date(fields["bdt"]) if "bdt" in fields else None,
            values.read_date(fields["vdt"]) if "vdt" in fields else None,
            read_indicator(fields["rvs"]) if "rvs" in fields else False,
            self.return_reason,
            message_id,
            payment_information_id,
            count,
            self.transactions or count or 0,
            "camt054",
            read_type(fields),
            self.is_summable and self.sum == self.amount if self.transactions else None,
            *(read_charges(self.charges) if self.charges else NO_CHARGES),
            *(read_exchange(self.exchanges) if self.exchanges else NO_EXCHANGE),
            text_or_none(fields.get("inf")),
        ]

    def _batch(self) -> tuple[str | None, str | None, int | None]:
        """Return the batch's message id, payment information id and count.

        An entry may hold several batches: the counts add up, an id stands only where they all have the same.
        """
        if not self.batches:
            return None, None, None
        counts = [values.read_count(batch["cnt"]) if "cnt" in batch else None for batch in self.batches]
        known = [count for count in counts if count is not None]
        return (
            _common([batch.get("mid") for batch in self.batches]),
            _common([batch.get("pii") for batch in self.batches]),
            sum(known) if len(known) == len(counts) else None,
        )


def _common(ids: list[str | None]) -> str | None:
    return values.none_if_not_provided(ids[0]) if len(set(ids)) == 1 else None
