"""What the feed tells of payments: put together when a message is read, from rows that never change.

A message keeps its cause and the places of its payments in their order. Who they are stands in the payments (id and
end-to-end id never change), why in the cause's history.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection

from .reasons import reason_text

# What a message keeps in place of its payments.
TOLD_OF = "told_of"

# History names sets of places, one per reason: of those that a message touches each place has one.
_PAYMENTS = """
SELECT m.number, p.id, p.end_to_end_id, h.reason_code, h.bank_text
  FROM unnest(%(numbers)s::int[], %(remittances)s::uuid[], %(causes)s::uuid[], %(positions)s::int4multirange[])
       AS m (number, remittance_id, cause_id, positions)
  JOIN remittance_payment p
    ON p.remittance_id = m.remittance_id AND p.company_id = %(company)s
   AND p.position >= lower(m.positions) AND p.position < upper(m.positions) AND p.position <@ m.positions
  LEFT JOIN LATERAL (
      SELECT reason_code, bank_text FROM remittance_paymenthistory h
       WHERE h.cause_id = m.cause_id AND p.position <@ h.positions
         AND (h.reason_code IS NOT NULL OR h.bank_text IS NOT NULL)) h ON true
 ORDER BY m.number, p.position
"""
_Row = tuple[int, UUID, str, str | None, str | None]


def fill_payment_messages(company_id: UUID, kept: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return `payment_status` messages with their payments, in one query for all; those that hold them stay so.

    The payments of a message stand in the order of their places.
    """
    lacking = [number for number, data in enumerate(kept) if TOLD_OF in data]
    if not lacking:
        return list(kept)
    with connection.cursor() as cursor:
        cursor.execute(
            _PAYMENTS,
            {
                "company": company_id,
                "numbers": lacking,
                "remittances": [kept[number]["remittance"] for number in lacking],
                "causes": [kept[number][TOLD_OF]["cause"] for number in lacking],
                "positions": [kept[number][TOLD_OF]["positions"] for number in lacking],
            },
        )
        payments = {number: list(_told(rows, kept[number]["status"])) for number, rows in _by_message(cursor)}
    # A message that tells of nobody would be worse than none: what it names is always there.
    return [_filled(data, payments[number]) if TOLD_OF in data else data for number, data in enumerate(kept)]


def _filled(data: dict[str, Any], payments: list[dict[str, Any]]) -> dict[str, Any]:
    return {**{key: value for key, value in data.items() if key != TOLD_OF}, "payments": payments}


def _by_message(rows: Any) -> Iterator[tuple[int, Iterator[_Row]]]:
    return groupby(rows, key=lambda row: int(row[0]))


def _told(rows: Iterator[_Row], status: str) -> Iterator[dict[str, Any]]:
    for _, payment_id, end_to_end_id, code, bank_text in rows:
        yield {
            "id": str(payment_id), "end_to_end_id": end_to_end_id, "status": status, "reason": _reason(code, bank_text),
        }  # fmt: skip


def _reason(code: str | None, bank_text: str | None) -> dict[str, str | None] | None:
    """Return a reason as the contract has it; words for a code, which stands for itself, are those of today."""
    if code is None and bank_text is None:
        return None
    nb, en = (reason_text(code, language=language) if code else None for language in ("nb", "en"))
    return {"code": code, "text_nb": nb, "text_en": en, "bank_text": bank_text}
