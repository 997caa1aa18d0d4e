"""What ends when a person leaves a customer, shown before it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from autopay_portal.core.clocks import machine_now
from companies.models import CustomerMember, User

MOST_SHOWN = 20
# An ERP that signed in somebody's name this lately is one that will stop.
_LATELY = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that stops working in a company when somebody leaves, and what to do first."""

    company: str
    what: str


# What rooms above know of: each is asked with the user and the customer, and says at most so many.
StopProvider = Callable[[User, UUID, int], Sequence[Stop]]
_providers: list[StopProvider] = []


def register_stops(provider: StopProvider) -> None:
    """Ask a room above what stops when somebody leaves; called in its AppConfig.ready."""
    _providers.append(provider)


@dataclass(frozen=True, slots=True)
class ErpName:
    """A company whose ERP signs in the leaver's name."""

    company: str
    last_used_at: datetime


@dataclass(frozen=True, slots=True)
class Posting:
    """A company on whose batches the leaver stands as the employee, and who stands there after him."""

    company: str
    next_name: str


@dataclass(frozen=True, slots=True)
class Departure:
    """What ends with a person; lists hold MOST_SHOWN at most, `more_...` says that there are more."""

    companies: int
    approves_in: int
    sees_salary_in: int
    administers: bool
    last_administrator: bool
    own: bool
    elsewhere: bool
    erp_names: Sequence[ErpName]
    more_erp_names: bool
    postings: Sequence[Posting]
    more_postings: bool
    stops: Sequence[Stop]


def get_departure(*, member: CustomerMember, administers: bool, reader: User) -> Departure:
    """Return what would end; `administers` as the caller has read it. Three queries, and those of the rooms above."""
    user = member.user
    companies, approves, salary, elsewhere, others_administer = _counts(member)
    names, more_names = _erp_names(member)
    postings, more_postings = _postings(member)
    return Departure(
        companies=companies,
        approves_in=approves,
        sees_salary_in=salary,
        administers=administers,
        last_administrator=administers and not others_administer,
        own=member.user_id == reader.pk,
        elsewhere=elsewhere,
        erp_names=names,
        more_erp_names=more_names,
        postings=postings,
        more_postings=more_postings,
        stops=[each for ask in _providers for each in ask(user, member.customer_id, MOST_SHOWN)] if user else [],
    )


_COUNTS = """
SELECT count(DISTINCT company_id), count(*) FILTER (WHERE held = 'approver'), count(*) FILTER (WHERE held = 'salary'),
       EXISTS (SELECT FROM companies_customermember WHERE user_id = %(user)s AND customer_id <> %(customer)s)
         OR EXISTS (SELECT FROM companies_operator WHERE user_id = %(user)s),
       EXISTS (SELECT FROM companies_customeradministrator AS other
                 JOIN companies_user AS person ON person.id = other.user_id AND person.is_active
                WHERE other.customer_id = %(customer)s AND other.user_id <> %(user)s)
  FROM (SELECT company_id, role AS held FROM companies_rolegrant WHERE user_id = %(user)s
        UNION ALL SELECT company_id, 'salary' FROM companies_salaryaccess WHERE user_id = %(user)s
        UNION ALL SELECT company_id, "right" FROM companies_waitinggrant WHERE member_id = %(member)s) AS rights
 WHERE company_id IN (SELECT id FROM companies_company WHERE customer_id = %(customer)s)
"""
_ERP_NAMES = """
SELECT company.name, erp.last_used_at FROM companies_erpuser AS erp
  JOIN companies_company AS company ON company.id = erp.company_id AND company.customer_id = %(customer)s
 WHERE erp.user_id = %(user)s AND erp.last_used_at > %(since)s
 ORDER BY erp.last_used_at DESC, company.id LIMIT %(most)s
"""
# Who stands on a company's batches by the rule of `choose_posting_employee`, now and without the leaver.
_POSTINGS = """
WITH able AS (
  SELECT company.id, company.name, employee.user_id, person.name AS person,
         row_number() OVER (
           PARTITION BY company.id
           ORDER BY (company.posting_employee_id = employee.id) DESC NULLS LAST, employee.linked_at, employee.id
         ) AS place
    FROM companies_company AS company
    JOIN companies_employee AS employee ON employee.company_id = company.id
    JOIN companies_user AS person ON person.id = employee.user_id AND person.is_active
   WHERE company.customer_id = %(customer)s
     AND company.id IN (SELECT company_id FROM companies_employee WHERE user_id = %(user)s)
     AND (EXISTS (SELECT FROM companies_rolegrant AS held
                   WHERE held.company_id = company.id AND held.user_id = employee.user_id)
          OR EXISTS (SELECT FROM companies_customeradministrator AS held
                      WHERE held.customer_id = company.customer_id AND held.user_id = employee.user_id)))
SELECT first.name, coalesce(second.person, '') FROM able AS first
  LEFT JOIN able AS second ON second.id = first.id AND second.place = 2
 WHERE first.place = 1 AND first.user_id = %(user)s ORDER BY first.name, first.id LIMIT %(most)s
"""


def _ask(query: str, member: CustomerMember) -> list[tuple[object, ...]]:
    given = {
        "user": member.user_id,
        "member": member.pk,
        "customer": member.customer_id,
        "since": machine_now() - _LATELY,
        "most": MOST_SHOWN + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return list(cursor.fetchall())


def _counts(member: CustomerMember) -> tuple[int, int, int, bool, bool]:
    companies, approves, salary, elsewhere, others_administer = _ask(_COUNTS, member)[0]
    return int(str(companies)), int(str(approves)), int(str(salary)), bool(elsewhere), bool(others_administer)


def _erp_names(member: CustomerMember) -> tuple[list[ErpName], bool]:
    found = [ErpName(str(name), at) for name, at in _ask(_ERP_NAMES, member) if isinstance(at, datetime)]
    return found[:MOST_SHOWN], len(found) > MOST_SHOWN


def _postings(member: CustomerMember) -> tuple[list[Posting], bool]:
    found = [Posting(str(name), str(after)) for name, after in _ask(_POSTINGS, member)]
    return found[:MOST_SHOWN], len(found) > MOST_SHOWN
