"""What the firms' pages ask of money out: is anything under way in a company, and has it sent its first remittance?"""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.urls import reverse
from django.utils.translation import ngettext

from agreements.models import Agreement
from companies.blockers import Blocker, register_blockers
from companies.checklist import GOAL, register_doers

from .models import Payment, Remittance
from .states import FINAL, P

_OPEN = [status.value for status in P if status not in FINAL]
# Beyond it nobody needs the exact number.
_MOST_COUNTED = 10_000


def payments_under_way(company_id: UUID) -> Iterable[Blocker]:
    """Return how many payments aren't final: they stop a company from being deactivated or handed over."""
    found = Payment.objects.filter(company_id=company_id, status__in=_OPEN).order_by()
    # Also what another company sends from an account that this one shares: it is this one's to sign and to book.
    shared = Agreement.objects.filter(owner_id=company_id, shared_from__isnull=False).values("pk")
    others = Payment.objects.filter(remittance__agreement_id__in=shared, status__in=_OPEN).order_by()
    own, foreign = (each.values("pk")[:_MOST_COUNTED] for each in (found, others))
    count = own.union(foreign).count()
    if count:
        said = ngettext("%(n)s payment is under way.", "%(n)s payments are under way.", count) % {"n": count}
        yield Blocker(said, stops=True, address=reverse("remittances", kwargs={"company_id": company_id}))


def have_sent(company_ids: Collection[UUID]) -> Mapping[str, Collection[UUID]]:
    """Return the companies that have sent a remittance. One query."""
    found = Remittance.objects.filter(company_id__in=company_ids).order_by()
    return {GOAL: set(found.values_list("company_id", flat=True).distinct())}


def register() -> None:
    """Answer for this room."""
    register_blockers("remittance", payments_under_way)
    register_doers("remittance", have_sent)
