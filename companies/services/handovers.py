"""Handing a company over from one customer to another: both agree, and AutoPay Central confirms."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.urls import reverse

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from companies.account import get_account
from companies.actors import Actor
from companies.models import (
    Company,
    CompanyHandover,
    Customer,
    HandoverState,
    Proposal,
    ProposalState,
    RoleGrant,
    SalaryAccess,
    Service,
    ServiceInUse,
    User,
)
from companies.plain_text import one_line
from companies.services.audit import record_audit
from companies.services.company_changes import check_not_busy
from companies.services.keys import revoke_all_signing_keys
from companies.services.letters import write_letter
from companies.services.licences import administrators_of
from companies.services.orders import normalise_customer_number

_OPEN = (HandoverState.PROPOSED, HandoverState.AGREED)


@transaction.atomic
def propose_handover(
    *, company_id: UUID, customer_id: UUID, to_number: str, keeps_keys: bool, user: User
) -> CompanyHandover:
    """Offer a company to the customer of a number. Whether there is one is not said: who administers it is told.

    Raises NotFoundError; DomainError `handover_to_self` (422), `field_missing`; ConflictError (409)
    `own_company_stays`, `handover_open`.
    """
    company = Company.objects.select_related("customer").filter(pk=company_id, customer_id=customer_id).first()
    if company is None:
        raise NotFoundError()
    number = normalise_customer_number(to_number)[:20]
    if not number:
        raise DomainError("field_missing", params={"field": "to_number"})
    if number == company.customer.number:
        raise DomainError("handover_to_self")
    if company.is_own:
        raise ConflictError("own_company_stays", params={"name": company.name})
    try:
        with transaction.atomic():
            handover = CompanyHandover.objects.create(
                company=company, from_customer=company.customer, to_number=number, keeps_keys=keeps_keys,
                proposed_by=user, proposed_at=machine_now(),
            )  # fmt: skip
    except IntegrityError:
        raise ConflictError("handover_open", params={"name": company.name}) from None
    for taker in Customer.objects.filter(number=number):
        params = {"customer": company.customer.name, "company": company.name}
        _tell(taker, kind="handover_proposed", params=params)
    _audit(handover, actor=Actor.user(user), action="handover.proposed")
    return handover


@transaction.atomic
def agree_to_handover(*, handover_id: UUID, customer_id: UUID, user: User) -> CompanyHandover:
    """Agree, as the receiving customer's administrator; then AutoPay Central is asked.

    Raises NotFoundError; ConflictError `handover_ended` (409) for one that nobody has to agree to any more.
    """
    customer = Customer.objects.get(pk=customer_id)
    handover = _lock(handover_id)
    if handover.to_number != customer.number or handover.from_customer_id == customer.pk:
        raise NotFoundError()
    if handover.state != HandoverState.PROPOSED:
        raise ConflictError("handover_ended")
    handover.state, handover.to_customer = HandoverState.AGREED, customer
    handover.agreed_by, handover.agreed_at = user, machine_now()
    handover.save(update_fields=["state", "to_customer", "agreed_by", "agreed_at"])
    for operator in User.objects.filter(operator_row__isnull=False, is_active=True).order_by("pk"):
        write_letter(
            to=operator.email, language=operator.language, kind="handover_waits", params={},
            path=f"{reverse('central_orders')}?show=handovers",
        )  # fmt: skip
    _audit(handover, actor=Actor.user(user), action="handover.agreed")
    return handover


@transaction.atomic
def end_handover(
    *, handover_id: UUID, user: User, customer_id: UUID | None = None, reason: str = ""
) -> CompanyHandover:
    """End a handover that isn't done: withdrawn by who gives, declined by who takes, or by Central (no customer).

    Raises NotFoundError; ConflictError `handover_ended` (409).
    """
    handover = _lock(handover_id)
    gives = handover.from_customer_id == customer_id
    if customer_id is not None and not gives:
        _check_takes(handover, customer_id)
    if handover.state not in _OPEN:
        raise ConflictError("handover_ended")
    handover.state = HandoverState.WITHDRAWN if gives else HandoverState.DECLINED
    handover.reason = one_line(reason)[:500]
    handover.ended_by, handover.ended_at = user, machine_now()
    handover.save(update_fields=["state", "reason", "ended_by", "ended_at"])
    params = {"company": handover.company.name, "reason": handover.reason}
    for side in _sides(handover):
        _tell(side, kind="handover_ended", params=params)
    _audit(handover, actor=Actor.user(user), action=f"handover.{handover.state}")
    return handover


@transaction.atomic
def confirm_handover(*, handover_id: UUID, user: User) -> CompanyHandover:
    """Confirm, as AutoPay Central: the company goes over with its agreements, files and history.

    Everybody's roles there end, and its keys unless they are to be kept; the new customer's administrators give roles
    anew. Raises NotFoundError; ConflictError (409) `handover_ended`, `company_busy` while payments are under way,
    `handover_lacks` where AutoPay is in use and the receiving customer lacks a licence or the terms.
    """
    handover = _lock(handover_id)
    if handover.state != HandoverState.AGREED or handover.to_customer is None:
        raise ConflictError("handover_ended")
    company = Company.objects.select_for_update().get(pk=handover.company_id)
    if company.customer_id != handover.from_customer_id or company.is_own:
        raise ConflictError("handover_ended")
    check_not_busy(company)
    _check_receiver(company, handover.to_customer)
    actor = Actor.user(user)
    ended = _end_access(handover, actor)
    company.customer, company.posting_employee = handover.to_customer, None
    company.save(update_fields=["customer", "posting_employee"])
    handover.state, handover.ended_by, handover.ended_at = HandoverState.DONE, user, machine_now()
    handover.save(update_fields=["state", "ended_by", "ended_at"])
    params = {
        "company": company.name, "giver": handover.from_customer.name, "taker": handover.to_customer.name,
    }  # fmt: skip
    for side in _sides(handover):
        _tell(side, kind="handover_done", params=params)
    _audit(handover, actor=actor, action="handover.done", **ended)
    return handover


def _check_takes(handover: CompanyHandover, customer_id: UUID) -> None:
    if not Customer.objects.filter(pk=customer_id, number=handover.to_number).exists():
        raise NotFoundError()


def _check_receiver(company: Company, taker: Customer) -> None:
    lacking = get_account(customer_id=taker.pk).lacking
    if lacking and ServiceInUse.objects.filter(company=company, service=Service.AUTOPAY).exists():
        what = " ".join(each.said for each in lacking)
        raise ConflictError("handover_lacks", params={"name": taker.name, "what": what})


def _end_access(handover: CompanyHandover, actor: Actor) -> dict[str, int]:
    """End everybody's roles in the company, what waits for a second administrator, and its keys unless kept."""
    company_id = handover.company_id
    roles, _ = RoleGrant.objects.filter(company_id=company_id).delete()
    salary, _ = SalaryAccess.objects.filter(company_id=company_id).delete()
    proposals = Proposal.objects.filter(company_id=company_id, state=ProposalState.OPEN).update(
        state=ProposalState.STALE, decided_at=machine_now(), decided_by_id=actor.user_id
    )
    keys = 0 if handover.keeps_keys else revoke_all_signing_keys(company_id=company_id, actor=actor)
    return {"roles": roles, "salary": salary, "proposals": proposals, "keys": keys}


def _lock(handover_id: UUID) -> CompanyHandover:
    found = CompanyHandover.objects.select_for_update(of=("self",)).filter(pk=handover_id)
    handover = found.select_related("company", "from_customer", "to_customer").first()
    if handover is None:
        raise NotFoundError()
    return handover


def _sides(handover: CompanyHandover) -> list[Customer]:
    taker = handover.to_customer or Customer.objects.filter(number=handover.to_number).first()
    return [handover.from_customer, *([taker] if taker else [])]


def _tell(customer: Customer, *, kind: str, params: dict[str, str]) -> None:
    for administrator in administrators_of(customer_id=customer.pk):
        write_letter(
            to=administrator.email,
            language=administrator.language,
            kind=kind,
            params=params,
            path=reverse("customer_companies", kwargs={"customer_id": customer.pk}),
            customer_id=customer.pk,
        )


def _audit(handover: CompanyHandover, *, actor: Actor, action: str, **more: int) -> None:
    record_audit(
        company_id=handover.company_id,
        actor=actor,
        action=action,
        subject_kind="handover",
        subject_id=handover.pk,
        details={
            "from": str(handover.from_customer_id),
            "to": handover.to_number,
            "keeps_keys": handover.keeps_keys,
            **more,
        },
    )
