"""What each bank accepts and how it answers, as data: a bank is added here and nowhere else."""

from bank_gateway.profiles.bank_profile import (
    BankProfile,
    CutOff,
    DuplicateControl,
    DuplicateKind,
    GroupStatus,
    NameLengths,
    NonBankDayRule,
    OrganisationId,
    PastDate,
    PaymentKind,
    ReceiptNames,
    RefusalReach,
    RemittanceTextLimits,
    SentElements,
)
from bank_gateway.profiles.dnb import DNB
from bank_gateway.profiles.nordea import NORDEA
from bank_gateway.profiles.sparebank1 import SPAREBANK1

__all__ = [
    "BankProfile",
    "CutOff",
    "DuplicateControl",
    "DuplicateKind",
    "GroupStatus",
    "NameLengths",
    "NonBankDayRule",
    "OrganisationId",
    "PastDate",
    "PaymentKind",
    "ReceiptNames",
    "RefusalReach",
    "RemittanceTextLimits",
    "SentElements",
    "bank_ids",
    "bank_name",
    "get_profile",
]

_PROFILES = {profile.bank_id: profile for profile in (DNB, NORDEA, SPAREBANK1)}


def get_profile(bank_id: str) -> BankProfile:
    """Return the profile of a bank by its id, `dnb`; KeyError if there is none."""
    return _PROFILES[bank_id]


def bank_name(bank_id: str) -> str:
    """Return what people call a bank, for texts and pages; the id itself of one there is no profile of any more."""
    profile = _PROFILES.get(bank_id)
    return profile.short_name if profile else bank_id


def bank_ids() -> tuple[str, ...]:
    """Return the ids of every bank there is a profile of."""
    return tuple(_PROFILES)
