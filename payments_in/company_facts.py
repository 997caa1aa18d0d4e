"""What the firms' pages ask of money in: is anything held in a company that somebody must place?"""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse
from django.utils.translation import ngettext

from companies.blockers import Blocker, register_blockers

from .queries import get_held_incoming


def held_receipts(company_id: UUID) -> Iterable[Blocker]:
    """Return how many incoming payments are held: said, but no reason to wait."""
    count = get_held_incoming(company_id=company_id).count
    if count:
        said = ngettext("%(n)s incoming payment is held.", "%(n)s incoming payments are held.", count) % {"n": count}
        yield Blocker(said, stops=False, address=reverse("incoming_payments", kwargs={"company_id": company_id}))


def register() -> None:
    """Answer for this room."""
    register_blockers("payments_in", held_receipts)
