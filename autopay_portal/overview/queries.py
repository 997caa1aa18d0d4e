"""What the start page and the company switcher read."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower

from companies.access import companies_visible_to
from companies.models import Company, User

MOST_COMPANIES = 50


@dataclass(frozen=True, slots=True)
class CompanyChoice:
    """The companies that match, in Norwegian order, and whether there are more than are listed."""

    companies: list[Company]
    more: bool


def find_companies(*, user: User | AnonymousUser, text: str = "") -> CompanyChoice:
    """Return the companies a user may choose whose name holds `text` or whose organisation number begins so."""
    companies = companies_visible_to(user=user)
    wanted = " ".join(text.split())
    if wanted:
        number = wanted.replace(" ", "")
        companies = companies.filter(Q(name__icontains=wanted) | Q(org_number__startswith=number))
    found = list(companies.order_by(_norwegian_order(), "pk")[: MOST_COMPANIES + 1])
    return CompanyChoice(found[:MOST_COMPANIES], more=len(found) > MOST_COMPANIES)


def _norwegian_order() -> Func:
    """Sort æ, ø, å behind z; the embedded PostgreSQL has no Norwegian collation."""
    return Func(Lower(F("name")), Value("æøå"), Value("{|}"), function="translate")
