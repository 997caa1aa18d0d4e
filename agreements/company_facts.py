"""What the firms' pages ask of agreements: which are active in a company, and have they been tested in the ERP?"""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.utils.translation import ngettext

from agreements.models import Agreement, Status
from companies.blockers import Blocker, register_blockers
from companies.checklist import register_doers


def active_agreements(company_id: UUID) -> Iterable[Blocker]:
    """Return how many agreements are active: nothing more is sent on them, what comes in is still taken."""
    count = Agreement.objects.filter(company_id=company_id, status=Status.ACTIVE).count()
    if count:
        said = ngettext(
            "%(n)s agreement is active. Nothing more can be sent on it; money in is still received.",
            "%(n)s agreements are active. Nothing more can be sent on them; money in is still received.",
            count,
        ) % {"n": count}
        yield Blocker(said, stops=False)


def have_agreements(company_ids: Collection[UUID]) -> Mapping[str, Collection[UUID]]:
    """Return the companies with an active agreement, and those whose ERP has tested and activated one. One query."""
    found = Agreement.objects.filter(company_id__in=company_ids, status=Status.ACTIVE).order_by()
    active, tested = set(), set()
    for company_id, in_erp in found.values_list("company_id", "erp_active").distinct():
        active.add(company_id)
        if in_erp:
            tested.add(company_id)
    return {"agreements": active, "test": tested}


def register() -> None:
    """Answer for this room."""
    register_blockers("agreements", active_agreements)
    register_doers("agreements", have_agreements)
