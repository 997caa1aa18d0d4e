"""What the pages of orders, licences and companies read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Value, Window
from django.db.models.functions import Lower

from companies.models import (
    Company,
    CompanyHandover,
    CompanyImport,
    Customer,
    CustomerAdministrator,
    CustomerOrder,
    HandoverState,
    Licence,
    LicenceKind,
    OrderState,
    ServiceInUse,
)
from companies.org_numbers import normalise_org_number
from companies.plain_text import one_line

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as AutoPay Central sees it, with the customer of its number, if there is one."""

    order: CustomerOrder
    customer: Customer | None
    administered: bool


def get_orders(*, waiting: bool, before: UUID | None = None) -> tuple[list[OrderRow], UUID | None]:
    """Return orders that wait, the oldest first, or answered ones, the newest first, and where the next page begins."""
    found = CustomerOrder.objects.filter(Q(state=OrderState.WAITING) if waiting else ~Q(state=OrderState.WAITING))
    if before is not None:
        found = found.filter(pk__gt=before) if waiting else found.filter(pk__lt=before)
    joined = found.select_related("answered_by").order_by("pk" if waiting else "-pk")
    orders = list(joined[: ON_A_PAGE + 1])
    customers = _customers_of(orders[:ON_A_PAGE])
    rows = [OrderRow(order, *customers.get(order.customer_number, (None, False))) for order in orders[:ON_A_PAGE]]
    return rows, orders[ON_A_PAGE - 1].pk if len(orders) > ON_A_PAGE else None


def _customers_of(orders: Sequence[CustomerOrder]) -> Mapping[str, tuple[Customer, bool]]:
    administered = CustomerAdministrator.objects.filter(customer=OuterRef("pk"), user__is_active=True)
    numbers = {order.customer_number for order in orders}
    found = Customer.objects.filter(number__in=numbers).annotate(administered=Exists(administered))
    return {customer.number: (customer, bool(customer.administered)) for customer in found}


def count_waiting_for_central() -> int:
    """Return how many orders and handovers wait for an answer of AutoPay Central. One query."""
    handovers = CompanyHandover.objects.filter(state=HandoverState.AGREED).order_by()
    orders = CustomerOrder.objects.filter(state=OrderState.WAITING).order_by()
    return orders.values("pk").union(handovers.values("pk"), all=True).count()


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A customer and the licences it holds."""

    customer: Customer
    kinds: frozenset[str]

    @property
    def has_di_elbet(self) -> bool:
        """Return whether its DI-Elbet licence is registered."""
        return LicenceKind.DI_ELBET in self.kinds


def get_licences(*, text: str = "", after: int = 0) -> tuple[list[LicenceRow], int | None]:
    """Return customers by number with their licences, and where the next page begins."""
    found = Customer.objects.all()
    if wanted := one_line(text):
        found = found.filter(Q(name__icontains=wanted) | Q(number__startswith=wanted.replace(" ", "")))
    customers = list(found.order_by("number", "pk")[after : after + ON_A_PAGE + 1])
    held: dict[UUID, set[str]] = {customer.pk: set() for customer in customers}
    for customer_id, kind in Licence.objects.filter(customer__in=customers).values_list("customer_id", "kind"):
        held[customer_id].add(kind)
    rows = [LicenceRow(customer, frozenset(held[customer.pk])) for customer in customers[:ON_A_PAGE]]
    return rows, after + ON_A_PAGE if len(customers) > ON_A_PAGE else None


@dataclass(frozen=True, slots=True)
class CompanyPage:
    """A page of a customer's companies, how many there are, and where the next one begins."""

    companies: Sequence[Company]
    total: int
    next_after: int | None
    first: int

    @property
    def last(self) -> int:
        """Return the place of the last company on the page."""
        return self.first + len(self.companies) - 1


def find_customer_companies(*, customer_id: UUID, text: str = "", ended: bool = False, after: int = 0) -> CompanyPage:
    """Return a customer's companies by name in Norwegian order, those that are deactivated if `ended`. One query.

    A place behind the last company begins at the first again.
    """
    found = Company.objects.filter(customer_id=customer_id, deactivated_at__isnull=not ended)
    found = _matching(found, text)
    counted = found.annotate(total=Window(Count("pk"))).order_by(norwegian_order(), "pk")
    companies = list(counted[after : after + ON_A_PAGE])
    if not companies and after:
        companies, after = list(counted[:ON_A_PAGE]), 0
    total: int = companies[0].total if companies else 0
    more = after + ON_A_PAGE < total
    return CompanyPage(companies, total, after + ON_A_PAGE if more else None, after + 1 if companies else 0)


def _matching(companies: QuerySet[Company], text: str) -> QuerySet[Company]:
    wanted = one_line(text)
    if not wanted:
        return companies
    number = normalise_org_number(wanted).replace(" ", "")
    return companies.filter(Q(name__icontains=wanted) | Q(org_number__startswith=number) | Q(town__iexact=wanted))


def norwegian_order() -> Func:
    """Sort æ, ø, å behind z; the embedded PostgreSQL has no Norwegian collation."""
    return Func(Lower(F("name")), Value("æøå"), Value("{|}"), function="translate")


def services_of(*, companies: Sequence[Company]) -> Mapping[UUID, Mapping[str, ServiceInUse]]:
    """Return by company the services that it uses. One query."""
    found: dict[UUID, dict[str, ServiceInUse]] = {company.pk: {} for company in companies}
    for used in ServiceInUse.objects.filter(company__in=companies):
        found[used.company_id][used.service] = used
    return found


def get_handovers(*, customer: Customer) -> list[CompanyHandover]:
    """Return the open handovers that a customer gives or is to take, the newest first."""
    gives = Q(from_customer=customer)
    takes = Q(to_number=customer.number) & ~gives
    found = CompanyHandover.objects.filter(
        gives | takes, state__in=[HandoverState.PROPOSED, HandoverState.AGREED]
    ).select_related("company", "from_customer", "to_customer", "proposed_by", "agreed_by")
    return list(found.order_by("-pk")[:ON_A_PAGE])


def get_handovers_for_central() -> list[CompanyHandover]:
    """Return the handovers that both customers have agreed on, the oldest first."""
    found = CompanyHandover.objects.filter(state=HandoverState.AGREED)
    joined = found.select_related("company", "from_customer", "to_customer", "proposed_by", "agreed_by")
    return list(joined.order_by("pk")[:ON_A_PAGE])


def find_with_handover(*, customer_id: UUID, company_id: UUID) -> Company | None:
    """Return a company of a customer with `handover_state` and `handover_to` of the handover under way. One query."""
    under_way = CompanyHandover.objects.filter(
        company=OuterRef("pk"), state__in=[HandoverState.PROPOSED, HandoverState.AGREED]
    )
    found = Company.objects.annotate(
        handover_state=Subquery(under_way.values("state")), handover_to=Subquery(under_way.values("to_number"))
    )
    return found.filter(pk=company_id, customer_id=customer_id).first()


def get_import(*, customer_id: UUID, import_id: UUID) -> CompanyImport | None:
    """Return a file that a customer's administrator has read."""
    found = CompanyImport.objects.filter(pk=import_id, customer_id=customer_id)
    return found.select_related("read_by", "imported_by").first()


def place_of(text: str) -> int:
    """Return the place that an address names, the start for what isn't one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
