"""Booking what came in: set-based, in the transaction that applies the bank's file."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from agreements.models import Agreement
from autopay_portal.core.clocks import machine_now
from autopay_portal.core.ids import uuid7
from autopay_portal.core.money import to_text
from bank_gateway.takers import OCR_GIRO, StagedNotifications
from erp_gateway.ledger import create_ledger_batch
from erp_gateway.services import NewMessage, emit_messages

from .models import Source
from .statements import BOOK, LINES, SET_BATCH


@dataclass(frozen=True, slots=True)
class Booked:
    """What one account's part of a file came to: payments and their sum in minor units."""

    count: int
    total: int


def book_account(
    cursor: Any, *, agreement: Agreement, account: str, notifications: StagedNotifications
) -> Booked | None:
    """Book the staged entries of one account under its incoming agreement; None where there was nothing to take.

    Incoming payments, the ledger batch of those that can be placed, and the feed's messages, all or nothing with the
    file. An entry with a receipt that nobody has said where to post is stored and held: it is in no batch.
    """
    parameters = {
        "agreement": agreement.pk,
        "company": agreement.company_id,
        "account": account,
        "currency": agreement.currency,
        "notify": agreement.notify,
        "file": notifications.file_id,
        "now": machine_now(),
        "decision": notifications.decision,
    }
    cursor.execute(BOOK, parameters)
    posted, count, total, entries = cursor.fetchone()
    if not entries:
        return None
    if posted:
        _post(cursor, agreement, notifications.file_id)
    booked = Booked(count=count, total=total)
    _tell(agreement, account, notifications, booked)
    return booked


def _post(cursor: Any, agreement: Agreement, file_id: UUID) -> None:
    batch = create_ledger_batch(
        company_id=agreement.company_id,
        agreement_id=agreement.pk,
        kind="incoming",
        currency=agreement.currency,
        source_file_id=file_id,
        auto_post=agreement.auto_post,
        lines_query=LINES,
        lines_params={"agreement": agreement.pk},
    )
    cursor.execute(SET_BATCH, [batch.pk, file_id, agreement.pk])


def _tell(agreement: Agreement, account: str, notifications: StagedNotifications, booked: Booked) -> None:
    emit_messages(
        company_id=agreement.company_id,
        kind="incoming_payments",
        messages=[
            NewMessage(
                id=uuid7(),
                data={
                    "account": account,
                    "count": booked.count,
                    "total": to_text(booked.total, agreement.currency),
                    "currency": agreement.currency,
                    "source": Source.OCR if notifications.source == OCR_GIRO else Source.CAMT054,
                },
            )
        ],
    )
