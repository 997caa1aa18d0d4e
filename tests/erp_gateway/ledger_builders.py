"""Ledger batches for tests, made by the service from plain rows."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from agreements.models import Agreement
from companies.models import Company
from erp_gateway.ledger import create_ledger_batch
from erp_gateway.models import LedgerBatch

from .builders import make_agreement

COLUMNS = (
    ("voucher_key", "text"), ("account", "text"), ("debit", "bigint"), ("credit", "bigint"), ("customer", "text"),
    ("supplier", "text"), ("kid", "text"), ("document", "text"), ("end_to_end_id", "text"), ("erp_reference", "text"),
    ("text", "text"), ("date", "date"), ("value_date", "date"), ("currency", "text"), ("currency_amount", "bigint"),
    ("rate", "numeric"),
)  # fmt: skip


def line(voucher: str | None, account: str, amount: int, **fields: Any) -> dict[str, Any]:
    """Return a line: a positive amount (øre) is a debit, a negative a credit."""
    return {
        "voucher_key": voucher,
        "account": account,
        "debit": max(amount, 0),
        "credit": max(-amount, 0),
        "text": "Betalt faktura",
        "date": "2026-11-25",
        "value_date": "2026-11-25",
        "currency": "NOK",
        **fields,
    }


def payment_lines(voucher: str = "1") -> list[dict[str, Any]]:
    """Return a voucher of two invoices and a credit note paid in one lump."""
    return [
        line(voucher, "1920", -900_000, text="Remittering"),
        line(
            voucher, "2400", 1_200_000, supplier="20044", document="F-5001", end_to_end_id="INV-1", text="Strøm & Nett"
        ),
        line(voucher, "2400", -300_000, supplier="20044", document="K-5003", text="Kreditnota"),
    ]


def receipt_lines(voucher: str = "1") -> list[dict[str, Any]]:
    """Return a voucher of one receipt with KID."""
    return [
        line(voucher, "1920", 125_000, text="OCR"),
        line(voucher, "1500", -125_000, customer="10001", kid="0010017", document="1001", text="Innbetaling"),
    ]


def values_query(lines: Sequence[dict[str, Any]]) -> tuple[str, list[Any]]:
    """Return SQL that yields these lines in order, and its parameters."""
    casts = ", ".join(f"%s::{kind}" for _, kind in COLUMNS)
    names = ", ".join(name for name, _ in COLUMNS)
    rows = ", ".join(f"({number}, {casts})" for number, _ in enumerate(lines))
    params = [each.get(name) for each in lines for name, _ in COLUMNS]
    return f"SELECT {names} FROM (VALUES {rows}) AS given (n, {names}) ORDER BY n", params


def make_batch(
    company: Company,
    lines: Sequence[dict[str, Any]] = (),
    *,
    agreement: Agreement | None = None,
    kind: str = "outgoing",
) -> LedgerBatch:
    """Make a batch of a company in a transaction of its own."""
    query, params = values_query(lines or payment_lines())
    agreement = agreement or Agreement.objects.filter(company=company).first() or make_agreement(company)
    with transaction.atomic():
        return create_ledger_batch(
            company_id=company.pk,
            agreement_id=agreement.pk,
            kind=kind,
            currency="NOK",
            source_file_id=None,
            auto_post=False,
            lines_query=query,
            lines_params=params,
        )
