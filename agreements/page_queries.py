"""What the pages of agreements read: lists, one agreement with all that stands around it, Central's list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from agreements.models import (
    ActivationFile,
    Agreement,
    AgreementTest,
    Conversion,
    Draft,
    HandPosting,
    Kind,
    Mandate,
    Share,
    ShareStatus,
    SigningRule,
    Status,
    StatusChange,
)
from agreements.open_items import OpenItem
from agreements.services.conversion import left_unpaid
from autopay_portal.core.clocks import business_now
from autopay_portal.core.paging import PageRequest, newest_first
from companies.access import Permission, users_of_company
from companies.alarm_limits import limit_of
from companies.models import Company, Proposal, ProposalState, User
from companies.queries import users_who_may

_UNDER_WAY = (Status.ORDERED, Status.SENT_TO_BANK, Status.CONFIRMED_BY_BANK)
_OVER = (Status.CLOSED, Status.REFUSED_BY_BANK)
MOST_DRAFTS = 20
MOST_INVITATIONS = 20


@dataclass(frozen=True, slots=True)
class ListedAgreement:
    """An agreement as a list shows it: since when it stands where it stands, and whether that is too long."""

    agreement: Agreement
    since: datetime | None
    stuck: bool


def get_agreement_page(page: PageRequest, *, company_id: UUID, over: bool) -> tuple[list[ListedAgreement], UUID | None]:
    """Return a company's agreements, those in use or those that have ended, newest first. One query."""
    found = _with_since(Agreement.objects.filter(company_id=company_id).select_related("owner"))
    found = found.filter(status__in=_OVER) if over else found.exclude(status__in=_OVER)
    agreements, following = newest_first(found, page)
    return [_listed(each) for each in agreements], following


def get_central_page(
    page: PageRequest, *, status: str, bank: str, text: str
) -> tuple[list[ListedAgreement], UUID | None]:
    """Return the agreements of every customer that wait for the bank or for Central, newest first. One query.

    `status` narrows to one state, `text` to an organisation number, an account or a part of the company's name.
    """
    found = _with_since(Agreement.objects.filter(shared_from=None).select_related("company__customer"))
    found = found.filter(status=status) if status else found.filter(status__in=_UNDER_WAY)
    if bank:
        found = found.filter(bank=bank)
    if text:
        digits = "".join(text.split()).replace(".", "")
        wanted = Q(company__name__icontains=text)
        if digits.isascii() and digits.isdigit():
            wanted |= Q(company__org_number=digits) | Q(account=digits)
        found = found.filter(wanted)
    agreements, following = newest_first(found, page)
    return [_listed(each) for each in agreements], following


def count_by_status() -> dict[str, int]:
    """Return how many agreements of all customers stand at each step on their way. One query."""
    found = Agreement.objects.filter(status__in=_UNDER_WAY, shared_from=None).values("status")
    return {row["status"]: row["n"] for row in found.annotate(n=Count("pk")).order_by()}


def get_drafts(*, company_id: UUID) -> list[Draft]:
    """Return what is being filled in, the latest changed first, at most MOST_DRAFTS."""
    found = Draft.objects.filter(company_id=company_id, agreement=None).select_related("begun_by")
    return list(found.order_by("-changed_at")[:MOST_DRAFTS])


def get_invitations(*, company: Company) -> list[Share]:
    """Return the accounts that other companies offer to share with this one, at most MOST_INVITATIONS."""
    found = Share.objects.filter(org_number=company.org_number, status=ShareStatus.INVITED)
    return list(found.select_related("agreement__company").order_by("-invited_at")[:MOST_INVITATIONS])


@dataclass(frozen=True, slots=True)
class Warning:
    """Something about mandates that makes the bank reject payments: its code, and facts."""

    code: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MandateView:
    """What is known of the bank's mandates on an account, and who could hold one."""

    rule: SigningRule | None
    holders: list[Mandate]
    people: list[User]
    warnings: list[Warning]

    @property
    def holder_ids(self) -> set[UUID]:
        """Return whose mandates are noted."""
        return {mandate.user_id for mandate in self.holders}


def get_mandates(agreement: Agreement) -> MandateView:
    """Return what is known of the mandates on an agreement's account, with the product's two warnings. Four queries."""
    where = {"company_id": agreement.owner_id, "account": agreement.account}
    rule = SigningRule.objects.filter(**where).select_related("noted_by").first()
    holders = list(Mandate.objects.filter(**where).select_related("user").order_by("user__name"))
    people = list(users_of_company(company=agreement.owner).order_by("name", "pk")[:200])
    approvers = users_who_may(company=agreement.owner, permission=Permission.APPROVE)
    return MandateView(rule, holders, people, mandate_warnings(agreement, rule, holders, approvers))


def mandate_warnings(
    agreement: Agreement, rule: SigningRule | None, holders: Sequence[Mandate], approvers: Sequence[User]
) -> list[Warning]:
    """Return what of an agreement's approvals doesn't go with the bank's: fewer approvers, or none with a mandate.

    Only where the bank executes on the strength of our approvals (`rgb`); in the net bank its own rules hold.
    """
    if agreement.kind != Kind.REMITTANCE or rule is None:
        return []
    found = []
    if agreement.approvers_required < rule.signers and agreement.bank_approval == "rgb":
        found.append(Warning("fewer_than_bank", {"here": agreement.approvers_required, "bank": rule.signers}))
    holding = {mandate.user_id for mandate in holders}
    able = {user.pk for user in approvers}
    if agreement.bank_approval == "rgb" and agreement.approvers_required and not holding & able:
        found.append(Warning("nobody_holds_mandate", {"approvers": len(able)}))
    return found


@dataclass(frozen=True, slots=True)
class HandRow:
    """A payment that the old agreement left unpaid, or that was ticked: posted by hand or not, and whether it moved."""

    payment_id: UUID
    end_to_end_id: str
    item: OpenItem | None
    ticked: HandPosting | None


@dataclass(frozen=True, slots=True)
class ConversionView:
    """A conversion as its agreement's page shows it."""

    conversion: Conversion
    passed: bool
    rows: list[HandRow]
    count: int


def get_conversion(agreement: Agreement, *, today: date) -> ConversionView | None:
    """Return an agreement's conversion and what is to be posted by hand after it, or None."""
    conversion = Conversion.objects.filter(agreement=agreement).select_related("agreement").first()
    if conversion is None:
        return None
    left = left_unpaid(conversion)
    ticked = {each.payment_id: each for each in conversion.hand_postings.select_related("ticked_by")}
    rows = [
        HandRow(item.payment_id, item.end_to_end_id, item, ticked.pop(item.payment_id, None)) for item in left.items
    ]
    rows += [HandRow(each.payment_id, each.end_to_end_id, None, each) for each in ticked.values()]
    return ConversionView(conversion, today >= conversion.switch_date, rows, left.count)


def get_history(agreement: Agreement) -> list[StatusChange]:
    """Return the steps of an agreement's life, the oldest first."""
    return list(agreement.status_changes.order_by("sequence"))


def get_last_test(agreement: Agreement) -> AgreementTest | None:
    """Return the last run of an agreement's test."""
    return agreement.tests.order_by("-pk").first()


def get_shares(agreement: Agreement) -> list[Share]:
    """Return the shares of an agreement that stand or have stood, the newest first."""
    found = agreement.shares.select_related("used_by__company", "invited_by", "decided_by")
    return list(found.order_by("-invited_at")[:50])


def get_waiting_proposals(agreement: Agreement) -> list[Proposal]:
    """Return what about an agreement waits for another administrator."""
    found = Proposal.objects.filter(
        company_id=agreement.company_id,
        subject_kind="agreement",
        subject_id__startswith=str(agreement.pk),
        state=ProposalState.OPEN,
    )
    return list(found.select_related("proposed_by").order_by("-pk")[:20])


def get_activation_files() -> list[ActivationFile]:
    """Return the banks' files that were taken last."""
    return list(ActivationFile.objects.select_related("imported_by").order_by("-pk")[:10])


def _with_since(found: QuerySet[Agreement]) -> QuerySet[Any]:
    last = StatusChange.objects.filter(agreement=OuterRef("pk")).order_by().values("agreement")
    return found.annotate(since=Coalesce(Subquery(last.annotate(at=Max("at")).values("at")), "created_at"))


def _listed(agreement: Any) -> ListedAgreement:
    limit = limit_of("agreement_stuck")
    late = limit.amber if limit and limit.amber is not None else timedelta.max
    stuck = agreement.status in _UNDER_WAY and business_now() - agreement.since > late
    return ListedAgreement(agreement, agreement.since, stuck)
