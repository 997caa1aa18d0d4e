"""One TxDtls and what belongs to it, as a row of `staged_transaction`."""

import json
from dataclasses import dataclass, field

from bank_gateway.messages.bank_files import values
from bank_gateway.messages.bank_files.fields import Fields, text_or_none
from bank_gateway.messages.bank_files.references import is_kid, reference_of
from bank_gateway.messages.bank_files.staging import FieldValue
from bank_gateway.messages.bank_files.values import BadValueError
from bank_gateway.messages.camt054.money_beside import NO_CHARGES, NO_EXCHANGE, read_charges, read_exchange

# Without documents beside it a KID needs no list of its own; so it is with one paid in full.
_SAID_BY_A_LONE_KID = {"kid", "reference", "text", "remitted", "remitted_currency"}
_A_LONE_REFERENCE = {"rtp", "iss", "ref"}
_NO_REFERENCES = (None, None, None)
JsonItem = dict[str, str | int | list[dict[str, str]]]


@dataclass(slots=True)
class Structured:
    """Hold one Strd and the documents it refers to."""

    fields: Fields
    documents: list[Fields] = field(default_factory=list)


@dataclass(slots=True)
class Details:
    """Hold the rows that belong to one TxDtls."""

    fields: Fields
    line: int
    charges: list[Fields] = field(default_factory=list)
    exchanges: list[Fields] = field(default_factory=list)
    structured: list[Structured] = field(default_factory=list)


@dataclass(frozen=True)
class EntryOfTransaction:
    """Carry what a transaction takes from its entry where it says nothing itself."""

    number: int
    amount: int
    currency: str
    direction: str
    type: str | None
    is_sole: bool


def read_direction(text: str) -> str:
    """Read CRDT or DBIT."""
    direction = text.strip()
    if direction not in ("CRDT", "DBIT"):
        raise BadValueError("code_unknown", text)
    return direction


def read_type(fields: Fields) -> str | None:
    """Return the bank's own code (230, 233, 240 ...), or ISO's domain triple (PMNT/RCDT/VCOM)."""
    return text_or_none(fields.get("btp")) or fields.get("btd")


def transaction_row(details: Details, *, number: int, entry: EntryOfTransaction) -> list[FieldValue]:
    """Make the row of a transaction, in the order of STAGED_TRANSACTION.

    The amount is positive in the entry's direction. A transaction that states none is the whole entry if it is
    the only one; among several its amount stays unknown (NULL), and the entry's `sum_matches` false.
    """
    fields = details.fields
    get = fields.get
    amount, currency = _amount_of(fields, entry)
    direction = read_direction(fields["dir"]) if "dir" in fields else entry.direction
    if amount is not None and direction != entry.direction:
        amount = -amount
    kid, reference, documents = _references(details.structured, amount=amount) if details.structured else _NO_REFERENCES
    instructed = values.read_amount(fields["iam"]) if "iam" in fields else (None, None)
    debtor_account, creditor_account = get("dac"), get("cac")
    row: list[FieldValue] = [
        entry.number,
        number,
        details.line,
        amount,
        currency,
        direction,
        get("mid"),
        values.none_if_not_provided(get("pii")),
        values.none_if_not_provided(get("iid")),
        values.none_if_not_provided(get("e2e")),
        get("asr"),
        kid,
        _message(details),
        get("dnm"),
        values.domestic_account(debtor_account) if debtor_account else None,
        get("cnm"),
        values.domestic_account(creditor_account) if creditor_account else None,
        get("rrc"),
        read_type(fields) or entry.type,
        get("rrt"),
        reference,
        documents,
        *instructed,
    ]
    row += read_charges(details.charges) if details.charges else NO_CHARGES
    row += read_exchange(details.exchanges) if details.exchanges else NO_EXCHANGE
    return row


def _amount_of(fields: Fields, entry: EntryOfTransaction) -> tuple[int | None, str]:
    """Choose the amount on the account: TxDtls/Amt (.08), or AmtDtls/TxAmt (.02), or that of them in the entry's
    currency where they differ."""
    own = values.read_amount(fields["amt"]) if "amt" in fields else None
    detailed = values.read_amount(fields["tam"]) if fields.get("tam") not in (None, fields.get("amt")) else None
    for amount in (own, detailed):
        if amount is not None and amount[1] == entry.currency:
            return amount
    return own or detailed or (entry.amount if entry.is_sole else None, entry.currency)


def _message(details: Details) -> str | None:
    """Join the free text: Ustrd and the structured part's own lines, or else the bank's information."""
    if not details.structured and "ust" not in details.fields:
        return text_or_none(details.fields.get("inf"))
    lines = [details.fields.get("ust"), *(structured.fields.get("inf") for structured in details.structured)]
    told = "\n".join(line for line in lines if line and not line.isspace())
    return told or text_or_none(details.fields.get("inf"))


def _references(structured: list[Structured], *, amount: int | None) -> tuple[str | None, str | None, str | None]:
    """Return the KID, another creditor reference, and what the structured part says beyond a lone KID, as JSON.

    The KID stands in its column only where the transaction names one and no other: with several, `documents` has
    them all. SCOR makes a KID, not the bank's transaction code; an ISO 11649 reference (RF) is none.
    """
    only = structured[0]
    if len(structured) == 1 and not only.documents and only.fields.keys() <= _A_LONE_REFERENCE and is_kid(only.fields):
        return reference_of(only.fields), None, None
    items = [_item(one) for one in structured]
    kids = {str(item["kid"]) for item in items if "kid" in item}
    references = [str(item["reference"]) for item in items if "reference" in item]
    return (
        kids.pop() if len(kids) == 1 else None,
        references[0] if len(references) == 1 else None,
        json.dumps(items, ensure_ascii=False) if _says_more(items, amount) else None,
    )


def _says_more(items: list[JsonItem], amount: int | None) -> bool:
    item = items[0]
    return len(items) > 1 or not item.keys() <= _SAID_BY_A_LONE_KID or item.get("remitted", amount) != amount


def _item(structured: Structured) -> JsonItem:
    """Describe one Strd: its reference, its documents and its amounts in minor units."""
    fields = structured.fields
    item: JsonItem = {}
    reference = reference_of(fields)
    if reference is not None:
        item["kid" if is_kid(fields) else "reference"] = reference
    if structured.documents:
        item["documents"] = [_document(document) for document in structured.documents]
    for tag, name in (("rmt", "remitted"), ("crn", "credit_note"), ("due", "due")):
        if tag in fields:
            item[name], item[f"{name}_currency"] = values.read_amount(fields[tag])
    if text := text_or_none(fields.get("inf")):
        item["text"] = text
    return item


def _document(fields: Fields) -> dict[str, str]:
    document = {name: fields[tag].strip() for tag, name in (("dtp", "type"), ("dnb", "number")) if tag in fields}
    if "ddt" in fields:
        document["date"] = values.read_date(fields["ddt"])
    return document
