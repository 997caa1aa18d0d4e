"""What the firms' pages ask of the ERP's side: are there ledger batches that nobody has posted?"""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse
from django.utils.translation import ngettext

from companies.blockers import Blocker, register_blockers

from .models.ledger import BatchStatus, LedgerBatch

_UNPOSTED = (BatchStatus.READY, BatchStatus.LEASED, BatchStatus.FAILED)
_MOST_COUNTED = 10_000


def unposted_batches(company_id: UUID) -> Iterable[Blocker]:
    """Return how many ledger batches aren't posted: they stay and can still be fetched."""
    found = LedgerBatch.objects.filter(company_id=company_id, status__in=_UNPOSTED).order_by()
    count = found.values("pk")[:_MOST_COUNTED].count()
    if count:
        said = ngettext(
            "%(n)s ledger batch isn't posted. It stays, and the ERP can still fetch it.",
            "%(n)s ledger batches aren't posted. They stay, and the ERP can still fetch them.",
            count,
        ) % {"n": count}
        yield Blocker(said, stops=False, address=reverse("ledger_batches", kwargs={"company_id": company_id}))


def register() -> None:
    """Answer for this room."""
    register_blockers("erp_gateway", unposted_batches)
