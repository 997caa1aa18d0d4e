"""An order that holds everything an ERP may say, for banks to be tried with."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.remittance.builders import CREDITOR_ACCOUNT, payment

CREDITOR: Mapping[str, Any] = {"name": "Strøm & Nett AS", "account": CREDITOR_ACCOUNT}
_ADDRESS = {"street": "Ærfuglveien", "building_number": "7 B", "postcode": "9008", "town": "Tromsø", "country": "NO"}
# What one payment may say besides who gets how much and when; each is tried alone and with all others.
OPTIONAL: Mapping[str, Mapping[str, Any]] = {
    "erp_reference": {"erp_reference": "Bilag 77/ø"},
    "supplier_number": {"creditor": {**CREDITOR, "supplier_number": "5001"}},
    "bic": {"creditor": {**CREDITOR, "bic": "DNBANOKKXXX"}},
    "country": {"creditor": {**CREDITOR, "address": {"country": "NO"}}},
    "town": {"creditor": {**CREDITOR, "address": {"postcode": "9008", "town": "Tromsø"}}},
    "address": {"creditor": {**CREDITOR, "address": _ADDRESS}},
    "iban": {"creditor": {**CREDITOR, "account": "NO9386011117947"}},
    "urgent": {"urgent": True},
    "in_batch": {"batch_booking": True},
    "one_by_one": {"batch_booking": False},
    "ledger_amount": {"ledger_amount": "1250.00"},
    **{category: {"category": category} for category in ("supplier", "salary", "pension", "tax", "intercompany")},
}
_EVERYTHING = {
    "erp_reference": "Bilag 78",
    "creditor": {**CREDITOR, "bic": "DNBANOKK", "supplier_number": "5002", "address": _ADDRESS},
    "urgent": True,
    "ledger_amount": "1250.00",
}
# What tells the payee: exactly one of these stands in a payment to a supplier.
TEXTS: Mapping[str, Mapping[str, Any]] = {
    "kid_mod10": {"kid": "0010017"},
    "kid_mod11": {"kid": "6-"},
    "one_line": {"kid": None, "message": "Faktura 1001 – “kjøp” på Ås"},
    "lines": {"kid": None, "message": "Faktura 1001\nFaktura 1002\n  og <litt> & mer"},
    "long_line": {"kid": None, "message": "Æ" * 140},
    "documents": {
        "kid": None,
        "documents": [
            {"type": "invoice", "number": "F-80", "amount": "1000.00", "date": "2026-11-01"},
            {"type": "invoice", "amount": "450.00", "kid": "0010017"},
            {"type": "credit_note", "number": "K-12 ø", "amount": "200.00", "date": "2026-11-02"},
        ],
    },
}
# What the bank is to print of a name, and only it: its characters, and lengths up to the schema's own.
NAMES = ("Ærlig Øl & Åre AS", "M'sieur Éclair-Müller ß", '<Sønner> "&" Døtre', "N" * 70, "Å" * 140, "A")


def rich_payments() -> Iterator[dict[str, Any]]:
    """Yield payments in which every optional field stands alone, with all others, and not at all."""
    said = [*TEXTS.values(), *({"kid": None, "message": "Lønn", **each} for each in OPTIONAL.values())]
    said += [{**_EVERYTHING, **text} for text in TEXTS.values()]
    said += [{"creditor": {**CREDITOR, "name": name}} for name in NAMES]
    for number, changes in enumerate(said, start=1):
        # Amounts differ, so that no payment looks like another; those with documents say their sum.
        amount = "1250.00" if "documents" in changes else f"{number}.{number:02}"
        yield payment(number, amount=amount, **changes)
