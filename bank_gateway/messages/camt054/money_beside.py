"""What stands beside an amount: charges and exchange, for entries and transactions alike."""

from collections.abc import Sequence

from bank_gateway.messages.bank_files import values
from bank_gateway.messages.bank_files.fields import Fields, required
from bank_gateway.messages.bank_files.staging import FieldValue
from bank_gateway.messages.bank_files.values import BadValueError
from bank_gateway.messages.camt054.header import read_indicator

NO_CHARGES: tuple[FieldValue, ...] = (None,) * 3
NO_EXCHANGE: tuple[FieldValue, ...] = (None,) * 4
# Where several exchanges are stated, the one to the account's currency comes first.
_PREFERRED = ("TxAmt", "InstdAmt", "CntrValAmt", "AnncdPstngAmt", "PrtryAmt")


def read_charges(charges: Sequence[Fields]) -> tuple[FieldValue, ...]:
    """Sum charges to (minor units, currency, included): what the account's owner pays is positive.

    A charge without a direction is a cost. `included` says whether the amount they stand beside holds them, None
    where the bank doesn't say (.02 can't) or says both. Raises BadValueError for charges in several currencies.
    """
    total, currencies, included = 0, set(), set()
    for charge in charges:
        amount, currency = values.read_amount(required(charge, "amt", "Chrgs/Amt"))
        is_refund = charge.get("dir", "DBIT").strip() == "CRDT"
        total += -amount if is_refund else amount
        currencies.add(currency)
        included.add(read_indicator(charge["inc"]) if "inc" in charge else None)
    if len(currencies) > 1:
        raise BadValueError("charges_in_several_currencies", " ".join(sorted(currencies)))
    return total, currencies.pop(), included.pop() if len(included) == 1 else None


def read_exchange(exchanges: Sequence[Fields]) -> tuple[FieldValue, ...]:
    """Read an exchange as (rate, source, target, unit currency); the rate is the bank's decimal text."""
    exchange = min(exchanges, key=lambda fields: _PREFERRED.index(fields["of"]))
    currencies = (values.read_currency(exchange[tag]) if tag in exchange else None for tag in ("src", "trg", "unt"))
    return values.read_rate(required(exchange, "rat", "CcyXchg/XchgRate")), *currencies
