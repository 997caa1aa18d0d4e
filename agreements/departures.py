"""What stops when somebody leaves a customer: agreements whose approvals then can't be given any more."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.utils.translation import ngettext

from companies.departure_queries import Stop
from companies.models import User

# Per company in which he approves: the most approvals that an agreement in force wants, and who else can give them.
_SHORT = """
SELECT company.name, max(agreement.approvers_required),
       (SELECT count(DISTINCT held.user_id) FROM companies_rolegrant AS held
          JOIN companies_user AS person ON person.id = held.user_id AND person.is_active
         WHERE held.company_id = company.id AND held.role = 'approver' AND held.user_id <> %(user)s) AS others
  FROM companies_company AS company
  JOIN agreements_agreement AS agreement ON agreement.company_id = company.id AND agreement.kind = 'remittance'
                                        AND agreement.status = 'active'
 WHERE company.customer_id = %(customer)s
   AND EXISTS (SELECT FROM companies_rolegrant AS own
                WHERE own.company_id = company.id AND own.user_id = %(user)s AND own.role = 'approver')
 GROUP BY company.id
HAVING max(agreement.approvers_required) > (
         SELECT count(DISTINCT held.user_id) FROM companies_rolegrant AS held
           JOIN companies_user AS person ON person.id = held.user_id AND person.is_active
          WHERE held.company_id = company.id AND held.role = 'approver' AND held.user_id <> %(user)s)
 ORDER BY company.name, company.id LIMIT %(most)s
"""


def approvals_short(user: User, customer_id: UUID, most: int) -> Sequence[Stop]:
    """Return the companies whose payments can't be approved without a user, at most so many. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_SHORT, {"user": user.pk, "customer": customer_id, "most": most})
        return [Stop(name, _said(wanted, others)) for name, wanted, others in cursor.fetchall()]


def _said(wanted: int, others: int) -> str:
    said = ngettext(
        "payments can't be approved: %(wanted)s approval is wanted, %(others)s approvers are left",
        "payments can't be approved: %(wanted)s approvals are wanted, %(others)s approvers are left",
        wanted,
    )
    return said % {"wanted": wanted, "others": others}
