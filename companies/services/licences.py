"""What a customer must have before AutoPay can be switched on: terms, licences, and DI-Elbet on its own company."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from autopay_portal.core.clocks import business_now, machine_now
from autopay_portal.core.errors import ConflictError, NotFoundError
from companies.actors import Actor
from companies.models import Company, Customer, Letter, Licence, LicenceKind, TermsAcceptance, TermsOfService, User
from companies.services.audit import record_audit
from companies.services.customers import accept_terms, register_licence
from companies.services.letters import write_letter

_ASK_AGAIN_AFTER = timedelta(days=1)


@transaction.atomic
def accept_newest_terms(*, customer_id: UUID, terms_id: UUID, user: User) -> TermsAcceptance:
    """Accept the version of the terms that a person saw, which registers the AutoPay licence.

    Raises NotFoundError; ConflictError (409) `terms_outdated` where a newer one was published meanwhile,
    `terms_not_published`.
    """
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    newest = TermsOfService.objects.order_by("-published_at", "-pk").first()
    if customer is None:
        raise NotFoundError()
    if newest is None:
        raise ConflictError("terms_not_published")
    if newest.pk != terms_id:
        raise ConflictError("terms_outdated", params={"version": newest.version})
    return accept_terms(customer=customer, terms=newest, user=user)


@transaction.atomic
def activate_di_elbet(*, customer_id: UUID, company_id: UUID, actor: Actor) -> Licence:
    """Activate a customer's DI-Elbet licence on its own company (the 000 client); it may be moved to another.

    Raises NotFoundError for no such company of the customer; ConflictError (409) `licence_missing`,
    `company_deactivated`.
    """
    Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    company = Company.objects.select_for_update(no_key=True).filter(pk=company_id, customer_id=customer_id).first()
    if company is None:
        raise NotFoundError()
    if company.deactivated_at is not None:
        raise ConflictError("company_deactivated", params={"name": company.name})
    licence = Licence.objects.filter(customer_id=customer_id, kind=LicenceKind.DI_ELBET).first()
    if licence is None:
        raise ConflictError("licence_missing", params={"licence": LicenceKind.DI_ELBET.label})
    Company.objects.filter(customer_id=customer_id, is_own=True).exclude(pk=company.pk).update(is_own=False)
    Company.objects.filter(pk=company.pk).update(is_own=True)
    licence.activated_on, licence.activated_at = company, business_now()
    licence.save(update_fields=["activated_on", "activated_at"])
    record_audit(
        company_id=company.pk,
        actor=actor,
        action="licence.activated",
        subject_kind="customer",
        subject_id=customer_id,
        details={"licence": LicenceKind.DI_ELBET.value, "company": str(company.pk)},
    )
    return licence


@transaction.atomic
def register_di_elbet(*, customer_id: UUID, actor: Actor) -> Customer:
    """Register a customer's DI-Elbet licence and tell its administrators; one it has already tells nobody.

    Raises NotFoundError.
    """
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    if customer is None:
        raise NotFoundError()
    if not Licence.objects.filter(customer=customer, kind=LicenceKind.DI_ELBET).exists():
        for administrator in administrators_of(customer_id=customer.pk):
            write_letter(
                to=administrator.email,
                language=administrator.language,
                kind="di_elbet_registered",
                params={"customer": customer.name},
                path=reverse("customer_account", kwargs={"customer_id": customer.pk}),
                customer_id=customer.pk,
            )
        register_licence(customer=customer, kind=LicenceKind.DI_ELBET, actor=actor)
    return customer


def administrators_of(*, customer_id: UUID) -> list[User]:
    """Return the people who administer a customer and can sign in."""
    found = User.objects.filter(administered_customers__customer_id=customer_id, is_active=True)
    return list(found.order_by("pk"))


@transaction.atomic
def ask_for_di_elbet(*, customer_id: UUID, actor: Actor) -> bool:
    """Ask AutoPay Central to register a customer's DI-Elbet licence; return whether it was asked now.

    Once a day is enough; a customer that has the licence asks nobody.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    lately = Letter.objects.filter(
        customer=customer, kind="di_elbet_asked", created_at__gt=machine_now() - _ASK_AGAIN_AFTER
    )
    if Licence.objects.filter(customer=customer, kind=LicenceKind.DI_ELBET).exists() or lately.exists():
        return False
    for operator in User.objects.filter(operator_row__isnull=False, is_active=True).order_by("pk"):
        write_letter(
            to=operator.email,
            language=operator.language,
            kind="di_elbet_asked",
            params={"customer": customer.name, "number": customer.number},
            path=f"{reverse('central_orders')}?show=licences&q={customer.number}",
            customer_id=customer.pk,
        )
    record_audit(
        company_id=None, actor=actor, action="licence.asked", subject_kind="customer", subject_id=customer.pk,
        details={"licence": LicenceKind.DI_ELBET.value},
    )  # fmt: skip
    return True
