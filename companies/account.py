"""A customer's account: its terms and licences, and what it lacks before AutoPay can be switched on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse

from autopay_portal.core.errors import text_of
from companies.models import Licence, LicenceKind, TermsAcceptance, TermsOfService


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
        found = [] if self.accepted else [self._lack("terms_not_accepted")]
        for kind in LicenceKind:
            if kind not in self.licences:
                found.append(self._lack("licence_missing", licence=kind.label))
        di_elbet = self.licences.get(LicenceKind.DI_ELBET)
        if di_elbet is not None and di_elbet.activated_on_id is None:
            found.append(self._lack("licence_not_activated", licence=LicenceKind.DI_ELBET.label))
        return found

    def _lack(self, code: str, **params: Any) -> Lacking:
        return Lacking(code, params, "customer_account", self.customer_id)


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
