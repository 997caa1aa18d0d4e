"""Customers, their terms and licences, companies, and the services in use."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from autopay_portal.core.clocks import business_now
from autopay_portal.core.errors import ConflictError, DomainError, ErrorDetail
from companies.account import get_lacking
from companies.actors import Actor
from companies.models import (
    Company,
    Customer,
    Licence,
    LicenceKind,
    Service,
    ServiceInUse,
    TermsAcceptance,
    TermsOfService,
    User,
)
from companies.org_numbers import is_valid_org_number, normalise_org_number
from companies.services.audit import record_audit

# What each field of a company may hold.
MOST_SIGNS: Mapping[str, int] = {"org_number": 20, "name": 150, "address": 150, "postcode": 16, "town": 60}


@transaction.atomic
def create_customer(*, number: str, name: str, actor: Actor) -> Customer:
    """Make a customer (accounting firm)."""
    customer = Customer.objects.create(number=number, name=name)
    record_audit(
        company_id=None, actor=actor, action="customer.created", subject_kind="customer", subject_id=customer.pk
    )
    return customer


@transaction.atomic
def publish_terms(*, version: str, text_nb: str, text_en: str, actor: Actor) -> TermsOfService:
    """Publish a new version of the terms of service."""
    terms = TermsOfService.objects.create(
        version=version, text_nb=text_nb, text_en=text_en, published_at=business_now()
    )
    record_audit(
        company_id=None,
        actor=actor,
        action="terms.published",
        subject_kind="terms",
        subject_id=terms.pk,
        details={"version": version},
    )
    return terms


@transaction.atomic
def accept_terms(*, customer: Customer, terms: TermsOfService, user: User) -> TermsAcceptance:
    """Note a customer's acceptance of the terms, which registers its AutoPay licence; a second one changes nothing."""
    acceptance, new = TermsAcceptance.objects.get_or_create(
        customer=customer, terms=terms, defaults={"accepted_by": user, "accepted_at": business_now()}
    )
    if new:
        record_audit(
            company_id=None,
            actor=Actor.user(user),
            action="terms.accepted",
            subject_kind="customer",
            subject_id=customer.pk,
            details={"version": terms.version},
        )
        register_licence(customer=customer, kind=LicenceKind.AUTOPAY, actor=Actor.user(user))
    return acceptance


@transaction.atomic
def register_licence(*, customer: Customer, kind: LicenceKind, actor: Actor) -> Licence:
    """Register a licence of a customer; one it has already is returned as it is."""
    licence, new = Licence.objects.get_or_create(
        customer=customer, kind=kind, defaults={"registered_at": business_now()}
    )
    if new:
        record_audit(
            company_id=None,
            actor=actor,
            action="licence.registered",
            subject_kind="customer",
            subject_id=customer.pk,
            details={"licence": kind},
        )
    return licence


@transaction.atomic
def create_company(
    *,
    customer: Customer,
    org_number: str,
    name: str,
    address: str,
    postcode: str,
    town: str,
    actor: Actor,
    country: str = "NO",
) -> Company:
    """Make a company of a customer.

    The organisation number is nine digits with a check digit by modulus 11, weights 3 2 7 6 5 4 3 2
    (Brønnøysundregistrene). Raises DomainError (422) naming every missing or invalid field, ConflictError
    `company_exists` (409), worded alike whoever owns it.
    """
    fields = {"org_number": org_number, "name": name, "address": address, "postcode": postcode, "town": town}
    given = check_company_fields(fields, country=country)
    try:
        with transaction.atomic():
            company = Company.objects.create(customer=customer, country=country, **given)
    except IntegrityError:
        if not Company.objects.filter(country=country, org_number=given["org_number"]).exists():
            raise
        raise ConflictError("company_exists") from None
    record_audit(
        company_id=company.pk,
        actor=actor,
        action="company.created",
        subject_kind="company",
        subject_id=company.pk,
        details={"country": country, "org_number": company.org_number},
    )
    return company


@transaction.atomic
def activate_service(*, company: Company, service: Service, actor: Actor) -> ServiceInUse:
    """Switch a service on for a company; one that is on stays as it is.

    AutoPay needs the customer's acceptance of the newest terms, its licences AutoPay and DI-Elbet, and DI-Elbet
    activated on its own company. Raises ConflictError (409) `terms_not_accepted`, `licence_missing` with the licence's
    name, `licence_not_activated`, `company_deactivated`.
    """
    locked = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    if locked.deactivated_at is not None:
        raise ConflictError("company_deactivated", params={"name": company.name})
    if service == Service.AUTOPAY:
        _check_licences(company)
    in_use, new = ServiceInUse.objects.get_or_create(
        company=company,
        service=service,
        defaults={"activated_at": business_now(), "activated_by_id": actor.user_id},
    )
    if new:
        _audit_service(company=company, service=service, actor=actor, action="service.activated")
    return in_use


@transaction.atomic
def deactivate_service(*, company: Company, service: Service, actor: Actor) -> bool:
    """Switch a service off for a company; return whether it was on."""
    ended, _ = ServiceInUse.objects.filter(company=company, service=service).delete()
    if ended:
        _audit_service(company=company, service=service, actor=actor, action="service.deactivated")
    return ended > 0


def check_company_fields(fields: Mapping[str, str], *, country: str = "NO") -> dict[str, str]:
    """Return a company's fields as they are kept: one line each, the organisation number normalised.

    Raises DomainError (422) naming every one that is missing, invalid or too long.
    """
    given = {field: " ".join(value.split()) for field, value in fields.items()}
    given["org_number"] = normalise_org_number(given["org_number"])
    errors = faults_of_company(given, country=country)
    if errors:
        raise DomainError(errors[0].code, params=errors[0].params, errors=errors)
    return given


def faults_of_company(given: Mapping[str, str], *, country: str = "NO") -> list[ErrorDetail]:
    """Return what is wrong with a company's fields, normalised, each with the field it is about."""
    errors = []
    for field, value in given.items():
        most = MOST_SIGNS[field]
        if not value:
            errors.append(ErrorDetail("field_missing", {"field": field}, pointer=f"/{field}"))
        elif len(value) > most or not value.isprintable():
            errors.append(ErrorDetail("field_too_long", {"field": field, "most": most}, pointer=f"/{field}"))
        elif field == "org_number" and country == "NO" and not is_valid_org_number(value):
            errors.append(ErrorDetail("org_number_invalid", {"org_number": value[:40]}, pointer="/org_number"))
    if country != "NO":
        errors.insert(0, ErrorDetail("country_not_supported", {"country": country}, pointer="/country"))
    return errors


def _check_licences(company: Company) -> None:
    lacking = get_lacking(customer_id=company.customer_id)
    if lacking:
        raise ConflictError(lacking[0].code, params=lacking[0].params)


def _audit_service(*, company: Company, service: Service, actor: Actor, action: str) -> None:
    record_audit(
        company_id=company.pk,
        actor=actor,
        action=action,
        subject_kind="company",
        subject_id=company.pk,
        details={"service": service},
    )
