"""How a remittance stands at a glance: shares of its payments, and who must act next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from .models import Remittance
from .states import FINAL, REJECTED, UNSENT, PaymentStatus, RemittanceStatus

_PAID = (PaymentStatus.PAID, PaymentStatus.RETURNED)
_OVER = (PaymentStatus.CANCELLED, PaymentStatus.STOPPED)


class WhoActs(models.TextChoices):
    """Whose turn it is."""

    APPROVER = "approver", _("An approver")
    RELEASER = "releaser", _("Someone who may release it")
    AUTOPAY = "autopay", _("AutoPay")
    BANK = "bank", _("The bank")
    CENTRAL = "central", _("AutoPay Central")
    SENDER = "sender", _("Whoever sends from the ERP")
    NOBODY = "nobody", _("Nobody")


@dataclass(frozen=True, slots=True)
class Standing:
    """How many payments are paid, on their way, rejected, or were called off."""

    paid: int
    under_way: int
    rejected: int
    ended: int

    @property
    def total(self) -> int:
        """Return how many payments there are."""
        return self.paid + self.under_way + self.rejected + self.ended


def standing_of(counts: Mapping[str, int]) -> Standing:
    """Return the shares of a remittance's payments from its counters."""

    paid, rejected, ended = (_among(counts, statuses) for statuses in (_PAID, REJECTED, _OVER))
    return Standing(paid, sum(counts.values()) - paid - rejected - ended, rejected, ended)


def _among(counts: Mapping[str, int], statuses: Iterable[PaymentStatus]) -> int:
    return sum(counts.get(status.value, 0) for status in statuses)


def is_final(counts: Mapping[str, int]) -> bool:
    """Return whether nothing more happens to the payments by itself."""
    return all(code in FINAL for code, count in counts.items() if count)


def can_be_cancelled(counts: Mapping[str, int]) -> int:
    """Return how many payments the bank doesn't have yet, as far as the states tell."""
    return _among(counts, UNSENT)


_TURN: Mapping[str, WhoActs] = {
    RemittanceStatus.RECEIVED: WhoActs.AUTOPAY,
    RemittanceStatus.APPROVED: WhoActs.AUTOPAY,
    RemittanceStatus.SENT: WhoActs.BANK,
    RemittanceStatus.RECEIVED_BY_BANK: WhoActs.BANK,
    RemittanceStatus.IN_DOUBT: WhoActs.CENTRAL,
    RemittanceStatus.COMPLETED: WhoActs.NOBODY,
    RemittanceStatus.PARTLY_REJECTED: WhoActs.SENDER,
    RemittanceStatus.REJECTED: WhoActs.SENDER,
    RemittanceStatus.CANCELLED: WhoActs.NOBODY,
}


def who_acts(remittance: Remittance) -> WhoActs:
    """Return whose turn it is with a remittance."""
    if remittance.status == RemittanceStatus.AWAITING_APPROVAL:
        return WhoActs.APPROVER if remittance.approvals_required else WhoActs.RELEASER
    return _TURN[remittance.status]
