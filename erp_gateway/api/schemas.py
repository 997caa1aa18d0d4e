"""Shapes of requests and answers for the OpenAPI document."""

from typing import Any

Schema = dict[str, Any]


def json_request(schema: Schema) -> Schema:
    """Return a request body of one JSON shape."""
    return {"application/json": schema}


def obj(*required: str, **properties: Schema) -> Schema:
    """Return an object's schema."""
    return {"type": "object", "required": list(required) or list(properties), "properties": properties}


def array(items: Schema) -> Schema:
    """Return a list's schema."""
    return {"type": "array", "items": items}


def maybe(schema: Schema) -> Schema:
    """Return the schema of a value that may be null (JSON Schema 2020-12)."""
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(*values: str) -> Schema:
    """Return the schema of a text that is one of some."""
    return {"type": "string", "enum": list(values)}


TEXT: Schema = {"type": "string"}
ID: Schema = {"type": "string", "description": "Opaque: compare it, don't read it."}
NUMBER: Schema = {"type": "integer"}
TRUTH: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
DATE: Schema = {"type": "string", "format": "date"}
AMOUNT: Schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "description": "A decimal number as text."}
ANY: Schema = {"type": "object", "additionalProperties": True}


def page(items: Schema) -> Schema:
    """Return the schema of a list's page."""
    return obj(results=array(items), next=maybe({"type": "string", "format": "uri"}))


MESSAGE = obj(sequence=NUMBER, kind=TEXT, id=ID, created=TIME, data=ANY)
FEED = {200: obj(results=array(MESSAGE), last=NUMBER)}
ACKNOWLEDGE = obj(up_to=NUMBER)
ACKNOWLEDGED = {200: obj(acknowledged=NUMBER)}

CHECKS = {200: obj(ok=TRUTH, checks=array(obj(name=TEXT, ok=TRUTH, detail=TEXT)))}

KID = obj("length", "modulus", length=NUMBER, modulus=one_of("mod10", "mod11"), customer=ANY, invoice=ANY)
AGREEMENT = obj(
    id=ID, number=NUMBER, company=ID, owner=ID, kind=one_of("remittance", "incoming"), bank=TEXT, account=TEXT,
    customer_id=TEXT, division=TEXT, approvers_required=NUMBER, notify=one_of("ocr", "camt054"), status=TEXT,
    erp_active=TRUTH, last_test=maybe(TIME), kid=array(KID), currency=TEXT,
    conversion=maybe(obj(switch_date=DATE, converted=TIME)),
)  # fmt: skip
OPEN_ITEM = obj(end_to_end_id=TEXT, amount=AMOUNT, currency=TEXT, execution_date=DATE, creditor_name=TEXT)
CONVERT = obj(
    number=NUMBER,
    kind=one_of("remittance", "incoming"),
    bank=TEXT,
    account=TEXT,
    switch_date=DATE,
    open_items=array(OPEN_ITEM),
)
CONVERTED = {201: AGREEMENT}
AGREEMENT_ANSWER = {200: AGREEMENT}
AGREEMENTS = {200: page(AGREEMENT)}

LEDGER_BATCH = obj(
    id=ID, number=NUMBER, kind=one_of("outgoing", "incoming"),
    status=one_of("ready", "leased", "posted", "failed", "superseded"), agreement=ID, currency=TEXT, total=AMOUNT,
    line_count=NUMBER, auto_post=TRUTH, posting_employee=maybe(obj(id=ID, name=TEXT, chosen_by=TEXT)),
    supersedes=maybe(ID), created=TIME,
)  # fmt: skip
LINE = obj(
    voucher=TEXT, account=TEXT, debit=AMOUNT, credit=AMOUNT, customer=maybe(TEXT), supplier=maybe(TEXT),
    kid=maybe(TEXT), document=maybe(TEXT), end_to_end_id=maybe(TEXT), erp_reference=maybe(TEXT), text=TEXT, date=DATE,
    value_date=maybe(DATE), currency=TEXT, currency_amount=maybe(AMOUNT), rate=maybe(AMOUNT),
)  # fmt: skip
LEDGER_BATCH_ANSWER = {200: LEDGER_BATCH}
LEDGER_BATCHES = {200: page(LEDGER_BATCH)}
LINES = {200: page(LINE)}
LEASE = obj(seconds=NUMBER)
LEASED = {200: obj(lease_id=ID, expires=TIME)}
POSTED = obj("lease_id", lease_id=ID, voucher_numbers={"type": "object", "additionalProperties": TEXT})
FAILED = obj(lease_id=ID, reason=TEXT)
REASON = obj(reason=TEXT)
