"""A customer's account: its terms and licences, and what it lacks before AutoPay can be switched on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.urls import reverse

from autopay_portal.core.errors import text_of
from companies.models import Customer, Licence, LicenceKind, TermsAcceptance, TermsOfService


@dataclass(frozen=True, slots=True)
class Lacking:
    """One thing that is missing: the code and parameters of its text, and the name of the page that mends it."""

    code: str
    params: Mapping[str, Any]
    page: str
    customer_id: UUID

    @property
    def said(self) -> str:
        """Return what is missing, in the reader's language."""
        return text_of(self.code, self.params)

    @property
    def address(self) -> str:
        """Return where a customer administrator mends it."""
        return reverse(self.page, kwargs={"customer_id": self.customer_id})


@dataclass(frozen=True, slots=True)
class Account:
    """What a customer has accepted and which licences it holds."""

    customer_id: UUID
    newest: TermsOfService | None
    acceptances: Sequence[TermsAcceptance]
    licences: Mapping[str, Licence]

    @property
    def accepted(self) -> TermsAcceptance | None:
        """Return the acceptance of the newest version, or None while it waits."""
        newest = self.newest
        found = (each for each in self.acceptances if newest is not None and each.terms_id == newest.pk)
        return next(found, None)

    @property
    def asks_again(self) -> bool:
        """Return whether an earlier version was accepted and a newer one waits."""
        return bool(self.acceptances) and self.newest is not None and self.accepted is None

    @property
    def lacking(self) -> list[Lacking]:
        """Return what AutoPay needs and this customer lacks, in the order in which it is mended."""
        di_elbet = self.licences.get(LicenceKind.DI_ELBET)
        return _lacking(
            self.customer_id,
            accepted=self.accepted is not None,
            held=self.licences,
            activated=di_elbet is not None and di_elbet.activated_on_id is not None,
        )


def _lacking(customer_id: UUID, *, accepted: bool, held: Collection[str], activated: bool) -> list[Lacking]:
    def lack(code: str, **params: Any) -> Lacking:
        return Lacking(code, params, "customer_account", customer_id)

    found = [] if accepted else [lack("terms_not_accepted")]
    found += [lack("licence_missing", licence=kind.label) for kind in LicenceKind if kind not in held]
    if LicenceKind.DI_ELBET in held and not activated:
        found.append(lack("licence_not_activated", licence=LicenceKind.DI_ELBET.label))
    return found


def get_lacking(*, customer_id: UUID) -> list[Lacking]:
    """Return what `Account.lacking` says. One query."""
    return lacking_of(standing_of(customer_id=customer_id).get())


def standing_of(*, customer_id: UUID) -> QuerySet[Customer]:
    """Return the query for one customer with what `lacking_of` asks of it, for others to ask more in the same."""
    newest = TermsOfService.objects.order_by("-published_at", "-pk").values("pk")[:1]
    of_it = {"customer_id": OuterRef("pk")}
    licences = Licence.objects.filter(**of_it)
    return Customer.objects.filter(pk=customer_id).annotate(
        has_accepted=Exists(TermsAcceptance.objects.filter(**of_it, terms_id=Subquery(newest))),
        has_autopay=Exists(licences.filter(kind=LicenceKind.AUTOPAY)),
        has_di_elbet=Exists(licences.filter(kind=LicenceKind.DI_ELBET)),
        has_activated=Exists(licences.filter(kind=LicenceKind.DI_ELBET, activated_on__isnull=False)),
    )


def lacking_of(standing: Any) -> list[Lacking]:
    """Return what a customer lacks, who comes from `standing_of`."""
    held = {LicenceKind.AUTOPAY: standing.has_autopay, LicenceKind.DI_ELBET: standing.has_di_elbet}
    return _lacking(
        standing.pk,
        accepted=standing.has_accepted,
        held=[kind for kind, there in held.items() if there],
        activated=standing.has_activated,
    )


def get_account(*, customer_id: UUID) -> Account:
    """Return a customer's account. Three queries."""
    acceptances = TermsAcceptance.objects.filter(customer_id=customer_id).select_related("terms", "accepted_by")
    licences = Licence.objects.filter(customer_id=customer_id).select_related("activated_on")
    return Account(
        customer_id=customer_id,
        newest=TermsOfService.objects.order_by("-published_at", "-pk").first(),
        acceptances=list(acceptances.order_by("-accepted_at", "-pk")),
        licences={licence.kind: licence for licence in licences},
    )
