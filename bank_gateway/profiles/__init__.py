"""What each bank accepts and how it answers, as data: a bank is added here and nowhere else."""

from bank_gateway.profiles.bank_profile import (
    BankProfile,
    CutOff,
    DuplicateControl,
    NameLengths,
    NonBankDayRule,
    OrganisationId,
    PaymentKind,
    RemittanceTextLimits,
    SentElements,
)
from bank_gateway.profiles.dnb import DNB

__all__ = [
    "BankProfile",
    "CutOff",
    "DuplicateControl",
    "NameLengths",
    "NonBankDayRule",
    "OrganisationId",
    "PaymentKind",
    "RemittanceTextLimits",
    "SentElements",
    "bank_ids",
    "get_profile",
]

_PROFILES = {profile.bank_id: profile for profile in (DNB,)}


def get_profile(bank_id: str) -> BankProfile:
    """Return the profile of a bank by its id, `dnb`; KeyError if there is none."""
    return _PROFILES[bank_id]


def bank_ids() -> tuple[str, ...]:
    """Return the ids of every bank there is a profile of."""
    return tuple(_PROFILES)
