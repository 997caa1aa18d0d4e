"""What an approver is asked for: his second factor, his password again, or nothing more than that he just signed in."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from autopay_portal.core.clocks import machine_now
from companies.models import Company, FactorConfirmation
from companies.second_factor.factors import ASKING_LEVELS, NEW_FOR, factors_of
from companies.second_factor.fresh import password_is_fresh
from companies.signed_in import user_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody who approves in a company has to show: the same for all that waits, but for its agreement's level.

    `usable` are the kinds of factor that he may approve with now; `own` says that he enrolled one himself, and `any`
    that he has one at all, perhaps too new.
    """

    company_demands: bool
    usable: frozenset[str]
    own: bool
    any: bool
    password_fresh: bool

    def demanded(self, level: str) -> bool:
        """Return whether an agreement of this level takes a second factor here."""
        return self.company_demands and level in ASKING_LEVELS

    def factor(self, level: str) -> bool:
        """Return whether a factor is asked for: where it is demanded, and of who has enrolled one that counts."""
        return self.demanded(level) or bool(self.own and self.usable)

    def password(self, level: str) -> bool:
        """Return whether the password is asked for again."""
        return not self.factor(level) and not self.password_fresh


def what_is_asked(request: HttpRequest, company: Company) -> Asked:
    """Return what the reader has to show to approve in a company. One query."""
    confirmed = FactorConfirmation.objects.filter(authenticator_id=OuterRef("pk"))
    found = list(
        factors_of(user_of(request))
        .annotate(
            seeded=Exists(confirmed.filter(customer__isnull=True)),
            confirmed=Exists(confirmed.filter(Q(customer_id=company.customer_id) | Q(customer__isnull=True))),
        )
        .values_list("type", "created_at", "seeded", "confirmed")
    )
    old = machine_now() - NEW_FOR
    return Asked(
        company_demands=company.two_step,
        usable=frozenset(kind for kind, created_at, _, trusted in found if trusted or created_at <= old),
        own=any(not seeded for _, _, seeded, _ in found),
        any=bool(found),
        password_fresh=password_is_fresh(request),
    )
