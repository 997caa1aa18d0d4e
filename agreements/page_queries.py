"""What the pages of agreements read: lists, one agreement with all that stands around it, Central's list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Coalesce, JSONObject

from agreements.models import (
    ActivationFile,
    Agreement,
    AgreementTest,
    BankApproval,
    Contact,
    Conversion,
    Draft,
    HandPosting,
    KidDefinition,
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
from companies.access import Role, users_of_company
from companies.alarm_limits import limit_of
from companies.models import Company, Proposal, ProposalState, RoleGrant, User

_UNDER_WAY = (Status.ORDERED, Status.SENT_TO_BANK, Status.CONFIRMED_BY_BANK)
_OVER = (Status.CLOSED, Status.REFUSED_BY_BANK)
MOST_DRAFTS = 20
MOST_INVITATIONS = 20
_MOST_PEOPLE = 500


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
class Person:
    """A user of the company: whether he may approve, and whether the bank knows him as a holder of its mandate."""

    id: UUID
    name: str
    approves: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class MandateView:
    """What is known of the bank's mandates on an account, and who could hold one."""

    signers: int | None
    noted_by: str
    noted_at: datetime | None
    people: list[Person]
    warnings: list[Warning]

    @property
    def holders(self) -> list[Person]:
        """Return who holds the mandate."""
        return [person for person in self.people if person.holds]


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement with all that its page shows; read in one query."""

    agreement: Agreement
    history: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    kid: list[dict[str, Any]]
    test: dict[str, Any] | None
    rule: dict[str, Any] | None
    holders: frozenset[str]
    shares: list[dict[str, Any]]
    proposals: list[Proposal]
    ticked: list[dict[str, Any]]


def get_agreement_view(*, agreement_id: UUID, company_id: UUID) -> AgreementView | None:
    """Return one agreement of a company with everything around it, or None. One query."""
    found = Agreement.objects.filter(pk=agreement_id, company_id=company_id).annotate(
        _history=_rows(StatusChange.objects.filter(agreement=OuterRef("pk")).order_by("sequence"), *_CHANGE),
        _contacts=_rows(Contact.objects.filter(agreement=OuterRef("pk")).order_by("kind", "email"), *_CONTACT),
        _kid=_rows(KidDefinition.objects.filter(agreement=OuterRef("pk")).order_by("slot"), *_KID),
        _tests=_rows(AgreementTest.objects.filter(agreement=OuterRef("pk")).order_by("-pk")[:1], *_TEST),
        _rules=_rows(SigningRule.objects.filter(**_ACCOUNT), "signers", "noted_at", noted_by="noted_by__name"),
        _holders=_rows(Mandate.objects.filter(**_ACCOUNT), "user_id"),
        _shares=_rows(
            Share.objects.filter(agreement=OuterRef("pk")).order_by("-invited_at")[:50],
            *_SHARE, company="used_by__company__name",
        ),
        _proposals=_rows(
            Proposal.objects.filter(
                company_id=OuterRef("company_id"), subject_kind="agreement", state=ProposalState.OPEN,
                subject_id__startswith=Cast(OuterRef("pk"), TextField()),
            ).order_by("-pk")[:20],
            "kind", "params", "proposed_at", by="proposed_by__name",
        ),
        _ticked=_rows(
            HandPosting.objects.filter(conversion=OuterRef("pk")).order_by("ticked_at"),
            "payment_id", "end_to_end_id", "ticked_at", by="ticked_by__name",
        ),
    )  # fmt: skip
    joined = found.select_related("owner", "shared_from", "share", "conversion")
    agreement: Any = joined.first()
    return None if agreement is None else _view(agreement)


_ACCOUNT = {"company_id": OuterRef("owner_id"), "account": OuterRef("account")}
_CHANGE = ("to_status", "at", "actor_name", "remark")
_CONTACT = ("id", "kind", "email", "confirmed_at")
_KID = ("length", "modulus", "customer_from", "customer_to", "invoice_from", "invoice_to")
_TEST = ("passed", "checks", "at", "actor_name")
_SHARE = ("id", "org_number", "status", "invited_at")
_MOMENTS = frozenset({"at", "confirmed_at", "invited_at", "noted_at", "proposed_at", "ticked_at"})


def _rows(found: QuerySet[Any], *fields: str, **named: str) -> ArraySubquery:
    """Return rows of another table as objects of one column, so that they cost no query of their own."""
    return ArraySubquery(found.values(row=JSONObject(**{field: field for field in fields}, **named)))


def _read(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return such rows with their moments as moments."""
    return [
        {name: datetime.fromisoformat(value) if name in _MOMENTS and value else value for name, value in row.items()}
        for row in rows
    ]


def _view(agreement: Any) -> AgreementView:
    history = [{**row, "label": Status(row["to_status"]).label} for row in _read(agreement._history)]
    shares = [{**row, "label": ShareStatus(row["status"]).label} for row in _read(agreement._shares)]
    return AgreementView(
        agreement=agreement,
        history=history,
        contacts=_read(agreement._contacts),
        kid=[
            {
                **row,
                "customer": _span(row["customer_from"], row["customer_to"]),
                "invoice": _span(row["invoice_from"], row["invoice_to"]),
            }
            for row in agreement._kid
        ],
        test=next(iter(_read(agreement._tests)), None),
        rule=next(iter(_read(agreement._rules)), None),
        holders=frozenset(row["user_id"] for row in agreement._holders),
        shares=shares,
        proposals=[
            Proposal(
                kind=row["kind"], params=row["params"], proposed_at=row["proposed_at"],
                proposed_by=User(name=row["by"]),
            )
            for row in _read(agreement._proposals)
        ],
        ticked=_read(agreement._ticked),
    )  # fmt: skip


def _span(first: int | None, last: int | None) -> tuple[int, int] | None:
    return None if first is None or last is None else (first, last)


def get_mandates(view: AgreementView) -> MandateView:
    """Return what is known of the mandates on an agreement's account, with the product's two warnings. One query."""
    owner = view.agreement.owner
    approving = RoleGrant.objects.filter(company=owner, user=OuterRef("pk"), role=Role.APPROVER)
    found = users_of_company(company=owner).annotate(approves=Exists(approving)).order_by("name", "pk")
    people = [
        Person(id=user.pk, name=user.name, approves=user.approves, holds=str(user.pk) in view.holders)
        for user in found[:_MOST_PEOPLE]
    ]
    rule = view.rule or {}
    return MandateView(
        signers=rule.get("signers"),
        noted_by=rule.get("noted_by", ""),
        noted_at=rule.get("noted_at"),
        people=people,
        warnings=mandate_warnings(view.agreement, rule.get("signers"), people),
    )


def mandate_warnings(agreement: Agreement, signers: int | None, people: Sequence[Person]) -> list[Warning]:
    """Return what of an agreement's approvals doesn't go with the bank's: fewer approvers, or none with a mandate.

    Only where the bank executes on the strength of our approvals (`rgb`); in the net bank its own rules hold.
    """
    if agreement.kind != Kind.REMITTANCE or signers is None or agreement.bank_approval != BankApproval.RGB:
        return []
    found = []
    if agreement.approvers_required < signers:
        found.append(Warning("fewer_than_bank", {"here": agreement.approvers_required, "bank": signers}))
    if agreement.approvers_required and not any(person.approves and person.holds for person in people):
        found.append(Warning("nobody_holds_mandate", {}))
    return found


@dataclass(frozen=True, slots=True)
class HandRow:
    """A payment that the old agreement left unpaid, or that was ticked: posted by hand or not, and whether it moved."""

    payment_id: UUID
    end_to_end_id: str
    item: OpenItem | None
    ticked_by: str
    ticked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConversionView:
    """A conversion as its agreement's page shows it."""

    conversion: Conversion
    passed: bool
    rows: list[HandRow]
    count: int


def get_conversion(view: AgreementView, *, today: date) -> ConversionView | None:
    """Return an agreement's conversion and what is to be posted by hand after it, or None."""
    conversion = getattr(view.agreement, "conversion", None)
    if conversion is None:
        return None
    left = left_unpaid(conversion)
    ticked = {UUID(row["payment_id"]): row for row in view.ticked}
    rows = [
        _hand_row(item.payment_id, item.end_to_end_id, item, ticked.pop(item.payment_id, {})) for item in left.items
    ]
    rows += [_hand_row(key, row["end_to_end_id"], None, row) for key, row in ticked.items()]
    return ConversionView(conversion, today >= conversion.switch_date, rows, left.count)


def _hand_row(payment_id: UUID, end_to_end_id: str, item: OpenItem | None, ticked: Mapping[str, Any]) -> HandRow:
    return HandRow(payment_id, end_to_end_id, item, ticked.get("by", ""), ticked.get("ticked_at"))


def get_history(agreement: Agreement) -> list[StatusChange]:
    """Return the steps of an agreement's life, the oldest first."""
    return list(agreement.status_changes.order_by("sequence"))


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
