"""What pages, calls and the rooms that move money read about agreements."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, IntegerField, QuerySet, Value, When

from agreements.kid import KidRule, rule_of
from agreements.models import Agreement, Contact, ContactKind, Kind, Status, StatusChange
from autopay_portal.core.clocks import OSLO
from companies.access import companies_visible_to
from companies.models import User

_OVER = (Status.CLOSED, Status.REFUSED_BY_BANK)
_CONFIRMED = (Status.CONFIRMED_BY_BANK, Status.ACTIVE)
_ACTIVE_FIRST = Case(When(status=Status.ACTIVE, then=Value(0)), default=Value(1), output_field=IntegerField())


@dataclass(frozen=True)
class AgreementRow:
    """An agreement as the API and pages show it."""

    id: UUID
    number: int
    company_id: UUID
    company_name: str
    owner_id: UUID
    owner_name: str
    kind: str
    bank: str
    account: str
    currency: str
    customer_id: str
    division: str
    approvers_required: int
    notify: str
    status: str
    erp_active: bool
    last_test_at: datetime | None
    last_test_ok: bool | None
    kid: tuple[KidRule, ...]
    # Where it was a direct agreement with the bank: from which day it isn't any more.
    switch_date: date | None
    converted_at: datetime | None


def agreements_visible_to(*, user: User | AnonymousUser, company_id: UUID | None = None) -> QuerySet[Agreement]:
    """Return the agreements a user may see, of one company or of all his; page them with `row_of`."""
    agreements = Agreement.objects.filter(company__in=companies_visible_to(user=user))
    if company_id is not None:
        agreements = agreements.filter(company_id=company_id)
    return agreements.select_related("company", "owner", "conversion").prefetch_related("kid_definitions")


def row_of(agreement: Agreement) -> AgreementRow:
    """Return an agreement as a row; free of queries for one from `agreements_visible_to`."""
    rules = sorted(
        (rule_of(definition) for definition in agreement.kid_definitions.all()), key=lambda rule: rule.length
    )
    conversion = getattr(agreement, "conversion", None)
    return AgreementRow(
        id=agreement.pk,
        number=agreement.number,
        company_id=agreement.company_id,
        company_name=agreement.company.name,
        owner_id=agreement.owner_id,
        owner_name=agreement.owner.name,
        kind=agreement.kind,
        bank=agreement.bank,
        account=agreement.account,
        currency=agreement.currency,
        customer_id=agreement.customer_id,
        division=agreement.division,
        approvers_required=agreement.approvers_required,
        notify=agreement.notify,
        status=agreement.status,
        erp_active=agreement.erp_active,
        last_test_at=agreement.last_test_at,
        last_test_ok=agreement.last_test_ok,
        kid=tuple(rules),
        switch_date=conversion.switch_date if conversion else None,
        converted_at=conversion.converted_at if conversion else None,
    )


def find_remittance_agreement(*, company_id: UUID, account: str) -> Agreement | None:
    """Return the company's remittance agreement for a debtor account, or None (`account_unknown`).

    One that isn't active is returned too, so that the refusal can say so (`agreement_inactive`); of several
    the active one, then the newest. Closed and refused ones don't count.
    """
    agreements = Agreement.objects.filter(company_id=company_id, account=account, kind=Kind.REMITTANCE)
    agreements = agreements.select_related("shared_from", "owner", "conversion")
    return agreements.exclude(status__in=_OVER).order_by(_ACTIVE_FIRST, "-number").first()


def switch_ahead(agreement: Agreement, *, now: datetime) -> date | None:
    """Return the day from which an agreement isn't the direct one any more, where that day is still to come."""
    conversion = getattr(agreement, "conversion", None)
    return conversion.switch_date if conversion and now.astimezone(OSLO).date() < conversion.switch_date else None


def agreements_for(*, connection_id: UUID, accounts: Collection[str], kind: Kind) -> dict[str, Agreement]:
    """Return by account the agreements of one kind at one bank line, active before closed, then the newest.

    Closed ones answer too: what was sent before the end is still booked after it.
    """
    found = Agreement.objects.filter(
        connection_id=connection_id,
        account__in=accounts,
        kind=kind,
        shared_from=None,
        status__in=(Status.ACTIVE, Status.CONFIRMED_BY_BANK, Status.CLOSED),
    )
    by_account: dict[str, Agreement] = {}
    for agreement in found.order_by(_ACTIVE_FIRST, "-number").prefetch_related("kid_definitions"):
        by_account.setdefault(agreement.account, agreement)
    return by_account


def incoming_agreements_for(*, connection_id: UUID, accounts: Collection[str]) -> dict[str, Agreement]:
    """Return by account the active incoming agreements at one bank line, with their KID definitions.

    Whether the ERP has switched the agreement on doesn't matter here: the money has come.
    """
    found = agreements_for(connection_id=connection_id, accounts=accounts, kind=Kind.INCOMING)
    return {account: agreement for account, agreement in found.items() if agreement.status == Status.ACTIVE}


def agreement_of_account(*, bank: str, account: str, kind: str) -> Agreement | None:
    """Return the agreement the bank has confirmed for an account, whosever it is: for files from the bank only."""
    agreements = Agreement.objects.filter(
        bank=bank, account=account, kind=kind, shared_from=None, status__in=_CONFIRMED
    )
    return agreements.order_by(_ACTIVE_FIRST, "-number").prefetch_related("kid_definitions").first()


def agreements_of_accounts(*, bank: str, accounts: Collection[str], kind: str) -> dict[str, Agreement]:
    """Return by account what `agreement_of_account` returns for each, in one query and without KID definitions."""
    agreements = Agreement.objects.filter(
        bank=bank, account__in=accounts, kind=kind, shared_from=None, status__in=_CONFIRMED
    )
    by_account: dict[str, Agreement] = {}
    for agreement in agreements.order_by(_ACTIVE_FIRST, "-number"):
        by_account.setdefault(agreement.account, agreement)
    return by_account


def is_account_taken(*, bank: str, account: str, kind: str, bank_agreement_id: str = "") -> bool:
    """Return whether a bank has confirmed an account for an agreement of this kind and id already, whosever it is."""
    found = Agreement.objects.filter(bank=bank, account=account, kind=kind, bank_agreement_id=bank_agreement_id)
    return found.filter(shared_from=None, status__in=_CONFIRMED).exists()


def accounts_ever_confirmed(*, bank: str, accounts: Collection[str], kind: str) -> set[str]:
    """Return those of `accounts` for which the bank has or had an agreement, whosever: for files from the bank only.

    What was sent before the end of an agreement is still booked after it.
    """
    agreements = Agreement.objects.filter(bank=bank, account__in=accounts, kind=kind, connection__isnull=False)
    return set(agreements.exclude(status=Status.REFUSED_BY_BANK).values_list("account", flat=True))


def confirmed_contacts(*, agreement_id: UUID, kind: ContactKind) -> list[str]:
    """Return the addresses on one of an agreement's mail lists that have been confirmed."""
    contacts = Contact.objects.filter(agreement_id=agreement_id, kind=kind, confirmed_at__isnull=False)
    return list(contacts.order_by("email").values_list("email", flat=True))


def status_history(*, agreement: Agreement) -> QuerySet[StatusChange]:
    """Return the steps of an agreement's life, the oldest first."""
    return agreement.status_changes.order_by("sequence")
