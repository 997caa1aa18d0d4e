"""A direct agreement with the bank becomes an AutoPay one and keeps its number, from a day agreed with the bank."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from agreements.models import Agreement, Conversion, HandPosting, Kind, Status
from agreements.open_items import OpenItem, OpenItems, open_items_of
from agreements.queries import is_account_taken
from agreements.services.contents import NewAgreement, create_agreement
from autopay_portal.core.clocks import OSLO, business_now, business_today, machine_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from autopay_portal.core.money import to_text
from companies.actors import Actor
from companies.models import Company, User
from companies.services import record_audit

MOST_LISTED = 100
_LATEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class StatedItem:
    """A payment that the ERP says is unpaid on the old agreement, as the contract names its fields."""

    end_to_end_id: str
    amount: str
    currency: str
    execution_date: str
    creditor_name: str

    def listed(self) -> dict[str, Any]:
        """Return it as the refusal lists it."""
        return {
            "end_to_end_id": self.end_to_end_id,
            "amount": self.amount,
            "currency": self.currency,
            "execution_date": self.execution_date,
            "creditor_name": self.creditor_name,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Converting:
    """What is to be converted: the agreement's number, direction, bank and account, and from which day."""

    number: int
    kind: Kind
    bank: str
    account: str
    switch_date: date


@transaction.atomic
def convert_agreement(*, company: Company, asked: Converting, stated: Sequence[StatedItem], actor: Actor) -> Agreement:
    """Convert a direct agreement and return the AutoPay one, with the number that it had.

    An agreement of that number on that account is converted as it stands; where there is none, it is drafted as a
    transfer, for the bank's form. Raises ConflictError (409) `open_items` listing what `stated` says is unpaid and what
    of ours on the account isn't final; `agreement_number_taken`, `agreement_exists`, `agreement_taken`,
    `already_converted` with another day; DomainError (422) `switch_date_invalid`, `agreement_account_invalid`.
    """
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    _check_day(asked.switch_date)
    standing = _standing(company, asked)
    _refuse_open(stated, open_items_of(standing, most=MOST_LISTED) if standing else None)
    agreement = standing or _draft(company, asked, actor)
    _note(agreement, asked, actor)
    return agreement


@transaction.atomic
def tick_posted_by_hand(*, agreement_id: UUID, payment_id: UUID, user: User) -> HandPosting:
    """Note that somebody has posted a payment by hand that the old agreement left unpaid; ticked twice, the first.

    Raises NotFoundError for a payment that isn't on the agreement's list.
    """
    conversion = Conversion.objects.select_for_update().select_related("agreement").filter(pk=agreement_id).first()
    if conversion is None:
        raise NotFoundError()
    known = HandPosting.objects.filter(conversion=conversion, payment_id=payment_id).first()
    if known is not None:
        return known
    item = next((each for each in left_unpaid(conversion).items if each.payment_id == payment_id), None)
    if item is None:
        raise NotFoundError()
    ticked = HandPosting.objects.create(
        conversion=conversion,
        payment_id=payment_id,
        end_to_end_id=item.end_to_end_id,
        ticked_by=user,
        ticked_at=machine_now(),
    )
    record_audit(
        company_id=conversion.agreement.company_id,
        actor=Actor.user(user),
        action="conversion.posted_by_hand",
        subject_kind="payment",
        subject_id=payment_id,
        details={"agreement": str(agreement_id), "end_to_end_id": item.end_to_end_id},
    )
    return ticked


@transaction.atomic
def take_tick_back(*, agreement_id: UUID, payment_id: UUID, user: User) -> None:
    """Take back that a payment was posted by hand; who had ticked it stands in the audit."""
    ticked = HandPosting.objects.select_related("conversion__agreement").filter(
        conversion_id=agreement_id, payment_id=payment_id
    )
    found = ticked.first()
    if found is None:
        raise NotFoundError()
    company_id, number = found.conversion.agreement.company_id, found.end_to_end_id
    found.delete()
    record_audit(
        company_id=company_id,
        actor=Actor.user(user),
        action="conversion.tick_taken_back",
        subject_kind="payment",
        subject_id=payment_id,
        details={"agreement": str(agreement_id), "end_to_end_id": number},
    )


def left_unpaid(conversion: Conversion) -> OpenItems:
    """Return what was ordered on the agreement before the switch and isn't final after it; nothing before that day."""
    if business_today() < conversion.switch_date:
        return OpenItems(count=0, items=())
    switched = datetime.combine(conversion.switch_date, time.min, tzinfo=OSLO)
    return open_items_of(conversion.agreement, most=MOST_LISTED, ordered_before=switched)


def _check_day(day: date) -> None:
    if not business_today() <= day <= business_today() + _LATEST:
        raise DomainError("switch_date_invalid", params={"day": day.isoformat()})


def _standing(company: Company, asked: Converting) -> Agreement | None:
    """Return the company's agreement on the account, whose number must be the one that is to be kept."""
    found = Agreement.objects.select_for_update(no_key=True).filter(
        company=company, bank=asked.bank, account=asked.account, kind=asked.kind, shared_from=None
    )
    agreement = found.exclude(status__in=(Status.CLOSED, Status.REFUSED_BY_BANK)).order_by("-number").first()
    if agreement is not None and agreement.number != asked.number:
        raise ConflictError("agreement_exists", params={"account": asked.account})
    if agreement is None and is_account_taken(bank=asked.bank, account=asked.account, kind=asked.kind):
        raise ConflictError("agreement_taken", params={"account": asked.account})
    return agreement


def _refuse_open(stated: Sequence[StatedItem], ours: OpenItems | None) -> None:
    """Refuse while anything is open: it would neither be paid nor posted by itself after the switch."""
    listed = [item.listed() for item in stated]
    count = len(listed)
    if ours:
        listed += [_listed(item) for item in ours.items]
        count += ours.count
    if count:
        raise ConflictError("open_items", params={"count": count}, extra={"open_items": listed[:MOST_LISTED]})


def _listed(item: OpenItem) -> dict[str, Any]:
    return {
        "end_to_end_id": item.end_to_end_id,
        "amount": to_text(item.amount, item.currency),
        "currency": item.currency,
        "execution_date": item.execution_date.isoformat(),
        "creditor_name": item.creditor_name,
        "payment": str(item.payment_id),
        "status": item.status,
    }


def _draft(company: Company, asked: Converting, actor: Actor) -> Agreement:
    new = NewAgreement(kind=asked.kind, bank=asked.bank, account=asked.account, transfers_direct=True)
    return create_agreement(company=company, new=new, number=asked.number, actor=actor)


def _note(agreement: Agreement, asked: Converting, actor: Actor) -> None:
    known = Conversion.objects.filter(agreement=agreement).first()
    if known is not None:
        if known.switch_date != asked.switch_date:
            raise ConflictError("already_converted", params={"day": known.switch_date.isoformat()})
        return
    Conversion.objects.create(
        agreement=agreement, switch_date=asked.switch_date, converted_at=business_now(), actor_name=actor.name
    )
    record_audit(
        company_id=agreement.company_id,
        actor=actor,
        action="agreement.converted",
        subject_kind="agreement",
        subject_id=agreement.pk,
        details={"number": agreement.number, "switch_date": asked.switch_date.isoformat()},
    )
