"""An order as JSON: the same stored remittance as the XML that says the same (contract: a remittance as JSON)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from autopay_portal.core.copying import csv_row
from autopay_portal.core.errors import DomainError
from autopay_portal.core.money import to_minor

from . import staging
from .order import CATEGORIES, Group, Order

_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,5})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# ISO 9362 as ISO 20022 has it (BICIdentifier).
_BIC = re.compile(r"[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?", re.ASCII)
_CATEGORY_CODES = {ours: iso for iso, ours in CATEGORIES.items()}
_CHARGE_CODES = {"shared": "SHAR", "debtor": "DEBT", "creditor": "CRED"}
_LINE = 140


@dataclass(frozen=True, slots=True)
class _Field:
    """One member of an object: what it may hold. `check` gets the value and returns whether it is right."""

    check: Callable[[Any], bool]
    required: bool = False


def _text(most: int, *, least: int = 1) -> Callable[[Any], bool]:
    # `type() is str`: a number that was read as its own text is not a text.
    return lambda value: type(value) is str and least <= len(value) <= most


def _one_of(*values: str) -> Callable[[Any], bool]:
    return lambda value: type(value) is str and value in values


def _is_amount(value: Any) -> bool:
    return type(value) is str and _AMOUNT.fullmatch(value) is not None


def _is_date(value: Any) -> bool:
    return type(value) is str and _date(value) is not None


def _is_message(value: Any) -> bool:
    return type(value) is str and value != "" and all(0 < len(line) <= _LINE for line in value.split("\n"))


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


_ORDER = {
    "message_id": _Field(_text(35), required=True),
    "debtor_account": _Field(_text(34), required=True),
    "payments": _Field(lambda value: isinstance(value, list) and len(value) > 0, required=True),
}
_PAYMENT = {
    "end_to_end_id": _Field(_text(35), required=True),
    "amount": _Field(_is_amount, required=True),
    "currency": _Field(lambda value: type(value) is str and re.fullmatch("[A-Z]{3}", value) is not None, required=True),
    "execution_date": _Field(_is_date, required=True),
    "creditor": _Field(_is_object, required=True),
    "kid": _Field(_text(25)),
    "message": _Field(_is_message),
    "documents": _Field(_is_list),
    "erp_reference": _Field(_text(35)),
    "category": _Field(_one_of(*_CATEGORY_CODES)),
    "urgent": _Field(_is_bool),
    "charges": _Field(_one_of(*_CHARGE_CODES)),
    "regulatory": _Field(_is_object),
    "batch_booking": _Field(_is_bool),
    "ledger_amount": _Field(_is_amount),
}
_CREDITOR = {
    "name": _Field(_text(140), required=True),
    "account": _Field(_text(34), required=True),
    "bic": _Field(lambda value: type(value) is str and _BIC.fullmatch(value) is not None),
    "supplier_number": _Field(_text(35)),
    "address": _Field(_is_object),
}
_ADDRESS = {
    "street": _Field(_text(70)),
    "building_number": _Field(_text(16)),
    "postcode": _Field(_text(16)),
    "town": _Field(_text(35)),
    "country": _Field(lambda value: type(value) is str and re.fullmatch("[A-Z]{2}", value) is not None),
}
_DOCUMENT = {
    "type": _Field(_one_of("invoice", "credit_note"), required=True),
    "number": _Field(_text(35)),
    "amount": _Field(_is_amount, required=True),
    "kid": _Field(_text(25)),
    "date": _Field(_is_date),
}


def read_json(body: Any) -> Order:
    """Return the order's head and groups, with every fault of its form noted; rows come from `payment_rows`.

    `body` is the parsed document (duplicate members, NUL and lone surrogates already refused). Rows exist only
    for an order without faults of form.
    """
    order = Order(format="json", message_id="", groups=[], payment_count=0)
    if not isinstance(body, dict):
        order.refuse("member_invalid", params={"field": "", "value": type(body).__name__}, pointer="")
        return order
    _check_object(order, body, _ORDER, "")
    payments = body.get("payments")
    if isinstance(payments, list):
        order.payment_count = len(payments)
        for index, payment in enumerate(payments):
            _check_payment(order, payment, f"/payments/{index}")
    if not order.errors:
        order.message_id = body["message_id"]
        order.groups = _groups(body)
    return order


def _check_object(order: Order, value: Mapping[str, Any], fields: Mapping[str, _Field], pointer: str) -> None:
    for name, content in value.items():
        field = fields.get(name)
        if field is None:
            order.refuse("member_unknown", params={"field": name[:60]}, pointer=f"{pointer}/{_escape(name)}")
        elif content is None and not field.required:
            continue
        elif not field.check(content):
            params = {"field": name, "value": str(content)[:60]}
            order.refuse("member_invalid", params=params, pointer=f"{pointer}/{name}")
    for name, field in fields.items():
        if field.required and name not in value:
            order.refuse("member_missing", params={"field": name}, pointer=f"{pointer}/{name}")


def _check_payment(order: Order, payment: Any, pointer: str) -> None:
    if not isinstance(payment, dict):
        order.refuse("member_invalid", params={"field": "payments", "value": str(payment)[:60]}, pointer=pointer)
        return
    _check_object(order, payment, _PAYMENT, pointer)
    creditor = payment.get("creditor")
    if isinstance(creditor, dict):
        _check_object(order, creditor, _CREDITOR, f"{pointer}/creditor")
        if isinstance(creditor.get("address"), dict):
            _check_object(order, creditor["address"], _ADDRESS, f"{pointer}/creditor/address")
    documents = payment.get("documents")
    for index, document in enumerate(documents if isinstance(documents, list) else ()):
        place = f"{pointer}/documents/{index}"
        if isinstance(document, dict):
            _check_object(order, document, _DOCUMENT, place)
        else:
            order.refuse("member_invalid", params={"field": "documents", "value": str(document)[:60]}, pointer=place)
    if payment.get("regulatory") is not None:
        order.refuse("foreign_not_supported", pointer=f"{pointer}/regulatory")


def _group_key(payment: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        payment["execution_date"],
        payment.get("category") or "supplier",
        bool(payment.get("urgent")),
        payment.get("batch_booking"),
        payment.get("charges"),
    )


def _groups(body: Mapping[str, Any]) -> list[Group]:
    """Return one group per date, kind and way of booking, in the order in which they first stand."""
    found: dict[tuple[Any, ...], Group] = {}
    for index, payment in enumerate(body["payments"]):
        key = _group_key(payment)
        if key not in found:
            day, category, urgent, batch_booking, charges = key
            found[key] = Group(
                no=len(found) + 1, line=None, asked_date=_date(day), category=category, urgent=urgent,
                batch_booking=batch_booking, charges=charges, debtor_account=body["debtor_account"],
                debtor_currency=None, first_position=index + 1,
            )  # fmt: skip
    return list(found.values())


def payment_rows(body: Mapping[str, Any], order: Order) -> Iterator[bytes]:
    """Yield the CSV rows (staging.JSON_COLUMNS) of an order without faults of form."""
    numbers = {_group_key_of(group): group.no for group in order.groups}
    for index, payment in enumerate(body["payments"]):
        creditor, message = payment["creditor"], payment.get("message")
        address = creditor.get("address") or {}
        row: dict[str, Any] = {
            "position": index + 1,
            "group_no": numbers[_group_key(payment)],
            "instruction_id": payment.get("erp_reference"),
            "end_to_end_id": payment["end_to_end_id"],
            "amount": payment["amount"],
            "currency": payment["currency"],
            "creditor_name": creditor["name"],
            "creditor_account": creditor["account"],
            "creditor_bic": creditor.get("bic"),
            "creditor_country": address.get("country"),
            "supplier_number": creditor.get("supplier_number"),
            "kid": payment.get("kid"),
            "message": message,
            "structured_count": 1 if payment.get("kid") else 0,
            "unstructured_count": message.count("\n") + 1 if message else 0,
            "unsupported": "",
            "ledger_amount": _ledger_amount(payment),
            **{name: address.get(name) for name in ("street", "building_number", "postcode", "town")},
        }
        yield csv_row([row.get(column) for column in staging.JSON_COLUMNS])


def _group_key_of(group: Group) -> tuple[Any, ...]:
    day = group.asked_date.isoformat() if group.asked_date else ""
    return (day, group.category, group.urgent, group.batch_booking, group.charges)


def _ledger_amount(payment: Mapping[str, Any]) -> int | None:
    text = payment.get("ledger_amount")
    try:
        return to_minor(text, "NOK") if text else None
    except DomainError:
        return None


def document_rows(body: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the CSV rows (staging.DOCUMENT_COLUMNS) of the payments' documents."""
    for index, payment in enumerate(body["payments"]):
        for number, document in enumerate(payment.get("documents") or (), start=1):
            yield csv_row(
                [
                    index + 1, number, document["type"], document.get("number"), document["amount"],
                    payment["currency"], document.get("kid"), document.get("date"), None,
                ]
            )  # fmt: skip


def _date(text: str) -> date | None:
    # ISO 8601 has other dates of ten characters, of weeks: the contract has days.
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _escape(name: str) -> str:
    """Return a member's name as a JSON pointer writes it (RFC 6901, 3)."""
    return name[:60].replace("~", "~0").replace("/", "~1")
