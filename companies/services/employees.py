"""The posting employee (*medarbeider*): who stands on a company's automatic ledger batches, and why."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from autopay_portal.core.errors import DomainError
from companies.actors import Actor
from companies.models import Company, CustomerAdministrator, Employee, RoleGrant, User
from companies.services.audit import record_audit
from companies.services.members import ensure_member

ChosenBy = Literal["setting", "rule"]


@dataclass(frozen=True)
class PostingEmployeeChoice:
    """The employee of a batch; `chosen_by` says whether a person set him or the written rule found him."""

    id: UUID
    name: str
    chosen_by: ChosenBy


@transaction.atomic
def link_employee(*, user: User, company: Company, actor: Actor) -> Employee:
    """Link a user to a company as its employee; a link that exists stays as it is."""
    ensure_member(user=user, customer_id=company.customer_id)
    employee, new = Employee.objects.get_or_create(user=user, company=company)
    if new:
        record_audit(
            company_id=company.pk,
            actor=actor,
            action="employee.linked",
            subject_kind="user",
            subject_id=user.pk,
        )
    return employee


@transaction.atomic
def set_posting_employee(*, company: Company, employee: Employee | None, actor: Actor) -> None:
    """Set the company's posting employee, or leave it blank, so that the rule of `choose_posting_employee` decides.

    Raises DomainError `not_an_employee` (422) for an employee of another company.
    """
    if employee is not None and employee.company_id != company.pk:
        raise DomainError("not_an_employee")
    Company.objects.filter(pk=company.pk).update(posting_employee=employee)
    company.posting_employee = employee
    record_audit(
        company_id=company.pk,
        actor=actor,
        action="posting_employee.set",
        subject_kind="user",
        subject_id="" if employee is None else employee.user_id,
    )


def choose_posting_employee(*, company_id: UUID) -> PostingEmployeeChoice | None:
    """Return who stands on an automatic batch of a company, or None when nobody can.

    The rule: someone can stand there while he is an active user, linked to the company as its employee,
    with a role in it or as administrator of its customer. The one set on the company stands if he still
    can (`setting`). Blank, or set to one who no longer can, means the one linked the longest of those who
    can, the older link's id deciding between equals (`rule`): the same answer however often it is asked.
    """
    company = Company.objects.filter(pk=company_id)
    granted = RoleGrant.objects.filter(company_id=company_id).values("user_id")
    administrators = CustomerAdministrator.objects.filter(customer_id__in=company.values("customer_id")).values(
        "user_id"
    )
    able = Employee.objects.filter(company_id=company_id, user__is_active=True).filter(
        Q(user_id__in=granted) | Q(user_id__in=administrators)
    )
    is_set = Exists(company.filter(posting_employee_id=OuterRef("pk")))
    found = able.select_related("user").annotate(is_set=is_set).order_by("-is_set", "linked_at", "id").first()
    if found is None:
        return None
    chosen_by: ChosenBy = "setting" if found.is_set else "rule"
    return PostingEmployeeChoice(id=found.pk, name=found.user.name, chosen_by=chosen_by)
