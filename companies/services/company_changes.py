"""Changing a company: its name and address, and whether it is in use at all."""

import hashlib
from uuid import UUID

from django.db import transaction

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, NotFoundError
from companies.actors import Actor
from companies.blockers import blockers_of
from companies.models import Company, Service
from companies.services.audit import canonical_json, record_audit
from companies.services.customers import check_company_fields, deactivate_service

_CHANGED = ("name", "address", "postcode", "town")


def fingerprint(company: Company) -> str:
    """Return what a form was filled from: another one means that somebody changed the company meanwhile."""
    fields = {field: getattr(company, field) for field in _CHANGED}
    return hashlib.sha256(canonical_json(fields)).hexdigest()[:16]


@transaction.atomic
def update_company(
    *, company_id: UUID, customer_id: UUID, seen: str, name: str, address: str, postcode: str, town: str, actor: Actor
) -> Company:
    """Change a company's name and address; its organisation number is who it is and never changes.

    `seen` is the `fingerprint` of what the person saw. Raises NotFoundError; DomainError (422) naming every field at
    fault; ConflictError `company_changed` (409) where somebody else changed it meanwhile.
    """
    company = _lock(company_id=company_id, customer_id=customer_id)
    if seen != fingerprint(company):
        raise ConflictError("company_changed", params={"name": company.name})
    fields = {"name": name, "address": address, "postcode": postcode, "town": town}
    given = check_company_fields({"org_number": company.org_number, **fields}, country=company.country)
    changed = [field for field in _CHANGED if getattr(company, field) != given[field]]
    for field in changed:
        setattr(company, field, given[field])
    if changed:
        company.save(update_fields=changed)
        _audit(company, actor=actor, action="company.changed", fields=changed)
    return company


@transaction.atomic
def deactivate_company(*, company_id: UUID, customer_id: UUID, actor: Actor) -> Company:
    """Take a company out of use: it sends nothing more, what it has stays and can be read. One that is out stays so.

    Raises NotFoundError; ConflictError (409) `company_busy` while payments are under way, `own_company_stays` for the
    one that DI-Elbet is activated on.
    """
    # FOR UPDATE: an order that is being stored refers to the company and is waited for, and one after it is refused.
    company = Company.objects.select_for_update().filter(pk=company_id, customer_id=customer_id).first()
    if company is None:
        raise NotFoundError()
    if company.deactivated_at is not None:
        return company
    if company.is_own:
        raise ConflictError("own_company_stays", params={"name": company.name})
    check_not_busy(company)
    company.deactivated_at, company.deactivated_by_id = machine_now(), actor.user_id
    company.save(update_fields=["deactivated_at", "deactivated_by"])
    _audit(company, actor=actor, action="company.deactivated")
    return company


@transaction.atomic
def reactivate_company(*, company_id: UUID, customer_id: UUID, actor: Actor) -> Company:
    """Take a company into use again, as it was. Raises NotFoundError."""
    company = _lock(company_id=company_id, customer_id=customer_id)
    if company.deactivated_at is not None:
        company.deactivated_at = company.deactivated_by = None
        company.save(update_fields=["deactivated_at", "deactivated_by"])
        _audit(company, actor=actor, action="company.reactivated")
    return company


@transaction.atomic
def switch_service_off(*, company: Company, service: Service, actor: Actor) -> bool:
    """Switch a service off for a company; return whether it was on.

    Raises ConflictError `company_busy` (409) for AutoPay while payments are under way.
    """
    if service == Service.AUTOPAY:
        # FOR UPDATE, as for a deactivation: an order that is being stored is waited for.
        check_not_busy(Company.objects.select_for_update().get(pk=company.pk))
    return deactivate_service(company=company, service=service, actor=actor)


def check_not_busy(company: Company) -> None:
    """Raise ConflictError `company_busy` (409) naming what must come to its end first."""
    stops = [blocker.said for blocker in blockers_of(company_id=company.pk) if blocker.stops]
    if stops:
        raise ConflictError("company_busy", params={"name": company.name, "what": " ".join(stops)})


def _lock(*, company_id: UUID, customer_id: UUID) -> Company:
    found = Company.objects.select_for_update(no_key=True).filter(pk=company_id, customer_id=customer_id).first()
    if found is None:
        raise NotFoundError()
    return found


def _audit(company: Company, *, actor: Actor, action: str, fields: list[str] | None = None) -> None:
    record_audit(
        company_id=company.pk,
        actor=actor,
        action=action,
        subject_kind="company",
        subject_id=company.pk,
        details={"fields": fields} if fields else {},
    )
