"""How the payments of one file to the bank stand, for those who must settle a doubt: counts and sums, no names."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse

from bank_gateway.models import OutgoingFile
from bank_gateway.takers import Said, Standing, StandingLine, Sum

from ..models import BankMessage, Cause
from ..services.generations import CARRIED, STILL_CARRIED
from ..states import PaymentStatus

MOST_SAID = 50
# Where a payment stands only because the bank has spoken about it or debited it.
_BY_BANK = frozenset(
    {
        PaymentStatus.RECEIVED_BY_BANK, PaymentStatus.ACCEPTED, PaymentStatus.PENDING, PaymentStatus.PAID,
        PaymentStatus.REJECTED_BY_BANK, PaymentStatus.STOPPED, PaymentStatus.RETURNED,
    }
)  # fmt: skip
_LINES = f"""
SELECT status, currency, count(*), sum(amount)::bigint FROM remittance_payment
 WHERE remittance_id = %(remittance)s AND position <@ {STILL_CARRIED}
 GROUP BY status, currency ORDER BY status, currency
"""
_GIVEN_UP = f"""
SELECT count(*) FROM remittance_payment
 WHERE remittance_id = %(remittance)s AND position <@ ({CARRIED} - {STILL_CARRIED})
"""
_IN_DOUBT = """
SELECT m.outgoing_file_id, p.currency, count(*), sum(p.amount)::bigint
  FROM remittance_bankmessage m
  JOIN remittance_remittance r ON r.id = m.remittance_id AND (r.counts ->> 'in_doubt')::int > 0
  JOIN remittance_payment p ON p.remittance_id = m.remittance_id AND p.status = 'in_doubt'
                           AND p.position <@ (coalesce(m.positions, '{(,)}') - m.given_up)
 WHERE m.outgoing_file_id = ANY (%s::uuid[])
   AND NOT EXISTS (
       SELECT 1 FROM remittance_bankmessage later JOIN bank_gateway_outgoingfile f ON f.id = later.outgoing_file_id
        WHERE later.remittance_id = m.remittance_id AND later.generation > m.generation AND f.state <> 'withdrawn'
          AND p.position <@ coalesce(later.positions, '{(,)}'))
 GROUP BY m.outgoing_file_id, p.currency ORDER BY p.currency
"""
# The bank's words on this file's own id, and its debits and returns of this file's payments.
_SAID = """
SELECT c.file_id, c.occurred_at, c.kind, string_agg(DISTINCT h.said, ', ') FROM (
    SELECT id, file_id, occurred_at, kind, recorded_at FROM remittance_cause
     WHERE remittance_id = %(remittance)s AND file_id IS NOT NULL
       AND (kind = %(report)s AND details ->> 'bank_message_id' = %(message)s OR kind IN (%(debit)s, %(return)s))
     ORDER BY recorded_at DESC LIMIT %(most)s) c
  JOIN LATERAL (
    SELECT concat_ws(' ', h.bank_status, h.reason_code) AS said
      FROM remittance_paymenthistory h JOIN remittance_bankmessage m ON m.id = %(id)s
     WHERE h.cause_id = c.id AND h.positions && coalesce(m.positions, '{(,)}')) h ON true
 GROUP BY c.id, c.file_id, c.occurred_at, c.kind, c.recorded_at ORDER BY c.recorded_at
"""


def standing_of_file(outgoing: OutgoingFile) -> Standing:
    """Return how the payments that a file is still about stand, and what the bank has said about them."""
    message = BankMessage.objects.select_related("remittance").get(outgoing_file=outgoing)
    place = {"remittance": message.remittance_id, "outgoing": outgoing.pk}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, place)
        found = cursor.fetchall()
        lines = tuple(StandingLine(status, Sum(count, minor, currency)) for status, currency, count, minor in found)
        cursor.execute(_GIVEN_UP, place)
        (given_up,) = cursor.fetchone()
        said = _said(cursor, message)
    page = reverse("remittance", kwargs={"company_id": message.company_id, "remittance_id": message.remittance_id})
    return Standing(
        reference=message.remittance.message_id,
        page=page,
        lines=lines,
        in_doubt=tuple(line.sum for line in lines if line.status == PaymentStatus.IN_DOUBT),
        given_up=given_up,
        proves_receipt=any(line.status in _BY_BANK for line in lines),
        said=said,
    )


def _said(cursor: Any, message: BankMessage) -> tuple[Said, ...]:
    cursor.execute(
        _SAID,
        {
            "remittance": message.remittance_id, "message": message.message_id, "id": message.pk, "most": MOST_SAID,
            "report": Cause.Kind.STATUS_REPORT, "debit": Cause.Kind.DEBIT, "return": Cause.Kind.RETURN,
        },
    )  # fmt: skip
    found = cursor.fetchall()
    return tuple(Said(file_id=file_id, at=at, kind=kind, words=words or "") for file_id, at, kind, words in found)


def sums_in_doubt(outgoing_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Sum]]:
    """Return how many payments of each file are in doubt, and their sums, in one query."""
    found: dict[UUID, list[Sum]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_IN_DOUBT, [[str(outgoing_id) for outgoing_id in outgoing_ids]])
        for outgoing_id, currency, count, minor in cursor.fetchall():
            found.setdefault(outgoing_id, []).append(Sum(count, minor, currency))
    return found
