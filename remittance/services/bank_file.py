"""The file for the bank: written from the stored payments as the bank's profile wants it, and read back.

The bank's ids are ours and the same if computed again (money.md 2.1), also in a database that was restored and gets
the order a second time: MsgId from company, the order's own message id and generation, PmtInfId and InstrId from it
and from a place in the order. The ERP's EndToEndId passes through.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.db import connection, transaction
from django.db.models import BooleanField, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from agreements.models import Agreement
from autopay_portal.core.clocks import OSLO, business_now
from autopay_portal.core.money import to_text
from autopay_portal.core.vault import StoredFile, VaultWriter
from bank_gateway.messages.pain001 import (
    OrderDocument,
    OrderGroup,
    OrderHeader,
    OrderPayment,
    OrganisationId,
    write_order,
)
from bank_gateway.messages.pain001.codes import CATEGORY_CODES, CHARGE_BEARER_CODES
from bank_gateway.profiles import BankProfile, get_profile

from ..errors import UnableToReceiveRemittanceError, UnableToReleaseError
from ..intake import checks, staging, storing, xml_order
from ..models import Payment, Remittance
from ..states import PaymentStatus

_ROWS_AT_ONCE = 2000
_FIELDS = (
    "bank_group", "position", "end_to_end_id", "amount", "currency", "creditor_name", "creditor_account",
    "creditor_bic", "address_text", "kid", "message", "documents_text",
)  # fmt: skip
_GROUPS = """
SELECT bank_group, min(bank_date), min(category), bool_or(urgent), bool_or(batch_booking), min(charges), count(*),
       sum(amount)::bigint, min(currency),
       count(DISTINCT (bank_date, category, urgent, coalesce(charges, ''), currency)) AS kinds
  FROM remittance_payment
 WHERE remittance_id = %s AND status = 'approved' AND %s::int4multirange @> position
 GROUP BY bank_group ORDER BY bank_group
"""


@dataclass(frozen=True, slots=True)
class BankFile:
    """A file that is written and checked, not yet queued."""

    message_id: str
    generation: int
    name: str
    stored: StoredFile
    payment_count: int
    # Which payments it holds, by their places in the order.
    positions: str
    connection_id: UUID


def order_key(*, company_id: UUID, message_id: str) -> str:
    """Return what names an ERP's order for ever: the company and the order's own message id, which it uses once."""
    return hashlib.sha256(f"{company_id}/{message_id}".encode()).hexdigest()


def bank_message_id(*, company_id: UUID, message_id: str, generation: int) -> str:
    """Return our MsgId of a generation of the order `message_id`: 22 characters, the same whenever computed.

    From what the ERP called the order, and not from the remittance's own id: a restored database gives an order that
    is sent again another id, and the bank would execute it again. 100 bits of a SHA-256 in Base32 (RFC 4648, 6), so
    that a group or position after it stays within Max35Text.
    """
    digest = hashlib.sha256(f"{company_id}/{message_id}/{generation}".encode()).digest()
    return "AP" + base64.b32encode(digest[:13]).decode()[:20]


def write_bank_file(*, remittance: Remittance, generation: int, positions: str) -> BankFile:
    """Write the file of a remittance's approved payments at `positions` into the vault, read it back and compare.

    Raises UnableToReleaseError: `no_line_to_bank`, or `file_differs` when what was written isn't what is stored.
    """
    agreement = remittance.agreement
    if agreement.connection_id is None:
        raise UnableToReleaseError("no_line_to_bank")
    profile = get_profile(agreement.bank)
    message_id = bank_message_id(
        company_id=remittance.company_id, message_id=remittance.message_id, generation=generation
    )
    writer = VaultWriter()
    try:
        count = _write(writer, remittance, profile, message_id, positions)
        with writer.reader() as written:
            _read_back(written, remittance, count)
        stored = writer.commit()
    finally:
        writer.discard()
    return BankFile(
        message_id=message_id,
        generation=generation,
        name=profile.file_name.format(bank_message_id=message_id),
        stored=stored,
        payment_count=count,
        positions=positions,
        connection_id=agreement.connection_id,
    )


@transaction.atomic
def _write(writer: VaultWriter, remittance: Remittance, profile: BankProfile, message_id: str, positions: str) -> int:
    """Write the payments as they stand and return how many there are; who would cancel one waits for the end of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM remittance_remittance WHERE id = %s FOR SHARE", [remittance.pk])
        cursor.execute(_GROUPS, [remittance.pk, positions])
        groups = cursor.fetchall()
    if any(kinds != 1 for *_, kinds in groups):
        raise UnableToReleaseError("file_differs")
    count = sum(int(row[6]) for row in groups)
    header = OrderHeader(
        message_id=message_id,
        created_at=business_now().astimezone(OSLO),
        payment_count=count,
        control_sum=to_text(sum(row[7] for row in groups), "NOK"),
        # The bank knows the account's holder, also where another company sends from it.
        initiating_party=remittance.agreement.owner.name,
        organisation_ids=_ids(profile.organisation_ids, remittance.agreement),
    )
    write_order(
        cast("BinaryIO", writer),
        version=profile.pain001_version,
        header=header,
        groups=_order_groups(groups, _rows(remittance, positions), remittance, profile, message_id),
    )
    return count


def _ids(schemes: Iterable[str], agreement: Agreement) -> tuple[OrganisationId, ...]:
    known = {"CUST": agreement.customer_id, "BANK": agreement.division}
    return tuple(OrganisationId(scheme, known[scheme]) for scheme in schemes if known.get(scheme))


def _rows(remittance: Remittance, positions: str) -> Iterator[tuple[Any, ...]]:
    held = RawSQL("%s::int4multirange @> position", [positions], output_field=BooleanField())
    return (
        Payment.objects.filter(held, remittance=remittance, status=PaymentStatus.APPROVED)
        .order_by("bank_group", "position")
        # Few payments have either: as text they are only taken apart where they say anything.
        .annotate(address_text=Cast("creditor_address", TextField()), documents_text=Cast("documents", TextField()))
        .values_list(*_FIELDS)
        .iterator(chunk_size=_ROWS_AT_ONCE)
    )


def _order_groups(
    groups: list[tuple[Any, ...]],
    rows: Iterator[tuple[Any, ...]],
    remittance: Remittance,
    profile: BankProfile,
    message_id: str,
) -> Iterator[OrderGroup]:
    by_group = groupby(rows, key=itemgetter(0))
    for (number, day, category, urgent, batch, charges, count, total, currency, _), (found, payments) in zip(
        groups, by_group, strict=True
    ):
        if number != found:
            raise UnableToReleaseError("file_differs")
        bearer = CHARGE_BEARER_CODES[charges] if charges else "SLEV"
        yield OrderGroup(
            payment_information_id=f"{message_id}-{number}",
            execution_date=day,
            debtor_name=remittance.agreement.owner.name[: profile.names.debtor],
            debtor_account=remittance.debtor_account,
            debtor_bic=profile.bic,
            debtor_ids=_ids(profile.debtor_organisation_ids, remittance.agreement),
            payments=(_order_payment(row, profile, message_id) for row in payments),
            payment_count=count,
            control_sum=to_text(total, currency),
            batch_booking=(profile.batch_booking if batch is None else batch) if profile.sent.batch_booking else None,
            service_level="URGP" if urgent else "NURG",
            category_purpose=CATEGORY_CODES[category],
            charge_bearer=bearer if profile.sent.charge_bearer else None,
            send_count=profile.sent.group_count,
            send_sum=profile.sent.group_sum,
        )


def _order_payment(row: tuple[Any, ...], profile: BankProfile, message_id: str) -> OrderPayment:
    _, position, end_to_end_id, amount, currency, name, account, bic, written, kid, message, documents = row
    address = {} if written == "{}" else json.loads(written)
    return OrderPayment(
        end_to_end_id=end_to_end_id,
        amount=to_text(amount, currency),
        currency=currency,
        creditor_name=name,
        creditor_account=account,
        creditor_bic=bic,
        instruction_id=f"{message_id}-{position}" if profile.sent.instruction_id else None,
        creditor_country=address.get("country") or ("NO" if profile.sent.creditor_country else None),
        street=address.get("street"),
        building_number=address.get("building_number"),
        postcode=address.get("postcode"),
        town=address.get("town"),
        address_lines=address.get("lines"),
        kid=kid,
        message=message,
        documents=tuple(_order_document(each, currency) for each in json.loads(documents)) if documents else (),
    )


def _order_document(document: dict[str, Any], currency: str) -> OrderDocument:
    return OrderDocument(
        type=document["type"],
        amount=to_text(document["amount"], currency),
        number=document.get("number"),
        kid=document.get("kid"),
        date=document.get("date"),
    )


@transaction.atomic
def _read_back(written: BinaryIO, remittance: Remittance, count: int) -> None:
    """Compare the written file with the stored payments, each by its hash (money.md 2.9)."""
    with connection.cursor() as cursor:
        staging.create_staging(cursor)
        try:
            order = xml_order.stage(cursor, written)
        except UnableToReceiveRemittanceError:
            raise UnableToReleaseError("file_differs") from None
        checks.stage_groups(cursor, order)
        equal = storing.count_equal(cursor, remittance_id=remittance.pk)
        accounts = {group.debtor_account for group in order.groups}
        transaction.set_rollback(True)
    if order.errors or accounts != {remittance.debtor_account} or not equal == order.payment_count == count:
        raise UnableToReleaseError("file_differs")
