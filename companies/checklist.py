"""Getting started: the steps of a company and those of its customer, ticked by facts and never by hand.

What this room knows it asks itself; rooms above register in `AppConfig.ready` who has done which step.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.account import lacking_of, standing_of
from companies.models import Company, ErpUser, Role, RoleGrant, Service, ServiceInUse, SigningKey

# Returns by step the companies, of those asked about, that have done it.
Doers = Callable[[Collection[UUID]], Mapping[str, Collection[UUID]]]
_sources: dict[str, Doers] = {}


def register_doers(name: str, doers: Doers) -> None:
    """Ask this room too; `name` keeps it from being asked twice."""
    _sources[name] = doers


@dataclass(frozen=True, slots=True)
class StepKind:
    """One step: its words, what ticks it, and the pages that it leads to, the first that is there."""

    code: str
    title: Promise
    says: Promise
    pages: tuple[str, ...]


COMPANY_STEPS = (
    StepKind(
        "company",
        _("Create the company"),
        _("With organisation number, name and address."),
        ("customer_companies",),
    ),
    StepKind(
        "service",
        _("Switch AutoPay on"),
        _("Under services in use."),
        ("services_in_use",),
    ),
    StepKind(
        "key",
        _("Put the signing key into the ERP"),
        _("Ticked when the ERP has signed with it."),
        ("company_administration", "autopay_companies"),
    ),
    StepKind(
        "users",
        _("Give users their roles"),
        _("Somebody may send and fetch files for the company."),
        ("customer_users",),
    ),
    StepKind(
        "erp_user",
        _("Give each ERP user his AutoPay name, and set Medarbeider"),
        _("Ticked when the ERP has signed in somebody's name."),
        ("company_administration", "autopay_companies"),
    ),
    StepKind(
        "agreements",
        _("Order the agreements at the bank"),
        _("Ticked when one is active."),
        ("agreements", "customer_companies"),
    ),
    StepKind(
        "test",
        _("Test the agreement in the ERP and activate it"),
        _("Ticked when the test has passed and the ERP uses it."),
        ("agreements", "customer_companies"),
    ),
)
# Not a step to be taken but what they lead to.
GOAL = "sent"
_ERP_ROLES = (Role.FILE_TRANSFER, Role.AUTOPAY_ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it stands: whether it is done, and where one does it."""

    kind: StepKind
    done: bool
    address: str


@dataclass(frozen=True, slots=True)
class CompanySteps:
    """A company's way: its steps, and whether it has sent its first remittance."""

    company: Company
    steps: Sequence[Step]
    sent: bool

    @property
    def done(self) -> int:
        """Return how many steps are done."""
        return sum(step.done for step in self.steps)

    @property
    def next(self) -> Step | None:
        """Return the first step that isn't done."""
        return next((step for step in self.steps if not step.done), None)


def get_steps(*, companies: Sequence[Company]) -> list[CompanySteps]:
    """Return how far each company has come, in the order given; as many queries for one as for fifty."""
    done = _done_here(companies)
    asked = [company.pk for company in companies]
    for source in _sources.values():
        for step, ids in source(asked).items():
            done.setdefault(step, set()).update(ids)
    return [
        CompanySteps(
            company,
            [Step(kind, company.pk in done.get(kind.code, ()), _address(kind, company)) for kind in COMPANY_STEPS],
            sent=company.pk in done.get(GOAL, ()),
        )
        for company in companies
    ]


def _done_here(companies: Sequence[Company]) -> dict[str, set[UUID]]:
    """Return the steps that this room knows of. One query."""
    of_it = {"company_id": OuterRef("pk")}
    found = Company.objects.filter(pk__in=[company.pk for company in companies]).annotate(
        service=Exists(ServiceInUse.objects.filter(**of_it, service=Service.AUTOPAY)),
        key=Exists(SigningKey.objects.filter(**of_it, revoked_at=None, last_used_at__isnull=False)),
        users=Exists(RoleGrant.objects.filter(**of_it, role__in=_ERP_ROLES, user__is_active=True)),
        erp_user=Exists(ErpUser.objects.filter(**of_it)),
    )
    names = ("service", "key", "users", "erp_user")
    done: dict[str, set[UUID]] = {"company": set()}
    for pk, ended, *facts in found.values_list("pk", "deactivated_at", *names):
        if ended is None:
            done["company"].add(pk)
        for name, fact in zip(names, facts, strict=True):
            if fact:
                done.setdefault(name, set()).add(pk)
    return done


def _address(kind: StepKind, company: Company) -> str:
    """Return the first of a step's pages that is mounted, with the company preselected."""
    for page in kind.pages:
        for arguments in ({"company_id": company.pk}, {"customer_id": company.customer_id}):
            try:
                address = reverse(page, kwargs=arguments)
            except NoReverseMatch:
                continue
            return address if "company_id" in arguments else f"{address}?q={company.org_number}"
    return ""


@dataclass(frozen=True, slots=True)
class CustomerStep:
    """One step that is done once per customer."""

    title: Promise
    says: Promise
    done: bool
    address: str = ""


def get_customer_steps(*, customer_id: UUID) -> list[CustomerStep]:
    """Return the steps done once: order with terms and licences, the ERP's connection, and the message service.

    Any company's key that has signed is a connection, any feed that was acknowledged a message service. One query.
    """
    companies = Company.objects.filter(customer_id=OuterRef("pk"))
    keys = SigningKey.objects.filter(company__customer_id=OuterRef("pk"), last_used_at__isnull=False)
    facts: Any = (
        standing_of(customer_id=customer_id)
        .annotate(connected=Exists(keys), follows=Exists(companies.filter(acknowledged_sequence__gt=0)))
        .get()
    )
    page = reverse("customer_account", kwargs={"customer_id": customer_id})
    return [
        CustomerStep(_("Order, terms and licences"), _("AutoPay and DI-Elbet."), not lacking_of(facts), page),
        CustomerStep(
            _("Connect the ERP"),
            _("Install the gateway where the ERP runs. Ticked when it has signed for one of your companies."),
            facts.connected,
        ),
        CustomerStep(
            _("Start the message service"),
            _("Ticked when the ERP has fetched and acknowledged messages of one of your companies."),
            facts.follows,
        ),
    ]
