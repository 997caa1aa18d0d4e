"""What pages read about a customer's people: the grid of users and companies, one user, and what a leaver ends."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower

from autopay_portal.core.clocks import machine_now
from companies.models import (
    RIGHTS,
    Company,
    CustomerAdministrator,
    CustomerMember,
    Service,
    ServiceInUse,
)
from companies.services.rights import GRANT_RIGHT, right_subject

MEMBERS_ON_A_PAGE = 20
COMPANIES_ON_A_PAGE = 3
# A page further than this is asked by nobody who looks for somebody: he searches.
_MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Tick:
    """One right of one person in one company: held, or proposed by somebody and waiting for another."""

    right: str
    held: bool
    proposed_by: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """All rights of one person in one company."""

    member: CustomerMember
    company: Company
    ticks: Sequence[Tick]

    @property
    def seen(self) -> str:
        """Return what is held, as a form sends it back: so that another's change in the meantime is noticed."""
        return " ".join(tick.right for tick in self.ticks if tick.held)

    @property
    def key(self) -> str:
        """Return what tells the cell from all others on a page."""
        return f"{self.member.pk}_{self.company.pk}"


@dataclass(frozen=True, slots=True)
class GridRow:
    """A person with his cells, one for each company of the page."""

    member: Any
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class PageOf:
    """Where one stands in a list that is paged by number: counted from 1."""

    number: int
    more: bool

    @property
    def before(self) -> int | None:
        """Return the number of the page before, if there is one."""
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        """Return the number of the next page, if there is one."""
        return self.number + 1 if self.more else None


@dataclass(frozen=True, slots=True)
class Grid:
    """Some of a customer's users by some of its companies."""

    companies: Sequence[Any]
    rows: Sequence[GridRow]
    users_page: PageOf
    companies_page: PageOf


def get_grid(
    *, customer_id: UUID, user: str = "", company: str = "", users_page: int = 1, companies_page: int = 1
) -> Grid:
    """Return a page of users by a page of companies, each narrowed by a search. Three queries, whatever there is."""
    members, more_users = _some(_members(customer_id, user), users_page, MEMBERS_ON_A_PAGE)
    companies, more_companies = _some(_companies(customer_id, company), companies_page, COMPANIES_ON_A_PAGE)
    cells = _cells(members, companies)
    return Grid(
        companies=companies,
        rows=[GridRow(each, [cells[each.pk, one.pk] for one in companies]) for each in members],
        users_page=PageOf(users_page, more_users),
        companies_page=PageOf(companies_page, more_companies),
    )


def get_cell(*, member: CustomerMember, company: Company) -> Cell:
    """Return one person's rights in one company. One query."""
    return _cells([member], [company])[member.pk, company.pk]


def page_number(text: str) -> int:
    """Return the number of a page that an address asks for; what is none is the first."""
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        return 1
    return min(max(int(text), 1), _MOST_PAGES)


def _members(customer_id: UUID, text: str) -> QuerySet[CustomerMember]:
    administers = CustomerAdministrator.objects.filter(customer_id=customer_id, user_id=OuterRef("user_id"))
    found = CustomerMember.objects.filter(customer_id=customer_id)
    for word in _words(text):
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    return found.annotate(administers=Exists(administers)).order_by(norwegian_order(), "pk")


def _companies(customer_id: UUID, text: str) -> QuerySet[Company]:
    uses = ServiceInUse.objects.filter(company_id=OuterRef("pk"), service=Service.AUTOPAY)
    found = Company.objects.filter(customer_id=customer_id)
    for word in _words(text):
        found = found.filter(Q(name__icontains=word) | Q(org_number__startswith=word))
    return found.annotate(uses_autopay=Exists(uses)).order_by(norwegian_order(), "pk")


def norwegian_order() -> Func:
    """Sort names with æ, ø, å behind z, as the indexes do; the embedded PostgreSQL has no Norwegian collation."""
    return Func(Lower(F("name")), Value("æøå"), Value("{|}"), function="translate")


def _words(text: str) -> list[str]:
    """Return the words of a search; figures that are grouped are one word."""
    cleaned = text.replace("\0", "").strip()[:100]
    return ["".join(cleaned.split())] if cleaned.replace(" ", "").isdigit() else cleaned.split()[:5]


def _some(found: QuerySet[Any], number: int, size: int) -> tuple[list[Any], bool]:
    start = (number - 1) * size
    rows = list(found[start : start + size + 1])
    return rows[:size], len(rows) > size


_CELLS = """
SELECT member.id, held.company_id, held.role, '' FROM companies_rolegrant AS held
  JOIN companies_customermember AS member ON member.user_id = held.user_id AND member.id = ANY(%(members)s::uuid[])
 WHERE held.company_id = ANY(%(companies)s::uuid[])
UNION ALL
SELECT member.id, held.company_id, 'salary', '' FROM companies_salaryaccess AS held
  JOIN companies_customermember AS member ON member.user_id = held.user_id AND member.id = ANY(%(members)s::uuid[])
 WHERE held.company_id = ANY(%(companies)s::uuid[])
UNION ALL
SELECT held.member_id, held.company_id, held."right", '' FROM companies_waitinggrant AS held
 WHERE held.member_id = ANY(%(members)s::uuid[]) AND held.company_id = ANY(%(companies)s::uuid[])
UNION ALL
SELECT (proposal.params ->> 'member')::uuid, proposal.company_id, proposal.params ->> 'right', person.name
  FROM companies_proposal AS proposal JOIN companies_user AS person ON person.id = proposal.proposed_by_id
 WHERE proposal.state = 'open' AND proposal.kind = %(kind)s AND proposal.expires_at > %(now)s
   AND proposal.customer_id = %(customer)s AND proposal.subject_id = ANY(%(subjects)s)
"""


def _cells(members: Sequence[CustomerMember], companies: Sequence[Company]) -> Mapping[tuple[UUID, UUID], Cell]:
    held: dict[tuple[UUID, UUID], dict[str, str]] = defaultdict(dict)
    for member_id, company_id, right, proposed_by in _held_in(members, companies):
        held[member_id, company_id][right] = proposed_by
    return {
        (member.pk, company.pk): Cell(member, company, [_tick(right, held[member.pk, company.pk]) for right in RIGHTS])
        for member in members
        for company in companies
    }


def _tick(right: str, held: Mapping[str, str]) -> Tick:
    return Tick(right, held=held.get(right) == "", proposed_by=held.get(right, ""))


def _held_in(members: Sequence[CustomerMember], companies: Sequence[Company]) -> list[tuple[UUID, UUID, str, str]]:
    if not members or not companies:
        return []
    subjects = [
        right_subject(member_id=member.pk, company_id=company.pk, right=right)
        for member in members
        for company in companies
        for right in RIGHTS
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _CELLS,
            {
                "members": [str(member.pk) for member in members],
                "companies": [str(company.pk) for company in companies],
                "kind": GRANT_RIGHT,
                "now": machine_now(),
                "customer": members[0].customer_id,
                "subjects": subjects,
            },
        )
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class CompanyRights:
    """The rights that a person has in one company."""

    company_id: UUID
    name: str
    rights: Sequence[str]


_RIGHTS_OF = """
SELECT company.id, company.name, array_agg(held."right" ORDER BY held."right") FROM
  (SELECT company_id, role AS "right" FROM companies_rolegrant WHERE user_id = %(user)s
   UNION ALL SELECT company_id, 'salary' FROM companies_salaryaccess WHERE user_id = %(user)s
   UNION ALL SELECT company_id, "right" FROM companies_waitinggrant WHERE member_id = %(member)s) AS held
  JOIN companies_company AS company ON company.id = held.company_id AND company.customer_id = %(customer)s
 GROUP BY company.id ORDER BY translate(lower(company.name), 'æøå', '{|}'), company.id LIMIT %(most)s OFFSET %(start)s
"""
RIGHTS_ON_A_PAGE = 30


def get_rights_of(*, member: CustomerMember, page: int) -> tuple[list[CompanyRights], PageOf]:
    """Return the companies in which a member has rights, by name, and where one stands in them. One query."""
    given = {
        "user": member.user_id,
        "member": member.pk,
        "customer": member.customer_id,
        "most": RIGHTS_ON_A_PAGE + 1,
        "start": (page - 1) * RIGHTS_ON_A_PAGE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS_OF, given)
        found = [CompanyRights(*row) for row in cursor.fetchall()]
    return found[:RIGHTS_ON_A_PAGE], PageOf(page, len(found) > RIGHTS_ON_A_PAGE)


def get_member(*, customer_id: UUID, member_id: UUID) -> Any:
    """Return a member with whether he administers the customer, or None. One query."""
    return _members(customer_id, "").select_related("user", "invited_by").filter(pk=member_id).first()
