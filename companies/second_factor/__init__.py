"""The second factor: who has one, where it is demanded, what was just answered with it, and what that is worth.

TOTP, passkeys and recovery codes are allauth's rows; when they count is decided here. The second factor is used once:
a code's step by `codes`, a passkey's challenge by `assertions`.
"""

from companies.second_factor.factors import (
    APPROVING_TYPES,
    NEW_FOR,
    asks_at_sign_in,
    has_factor,
    has_own_factor,
    two_step_required,
    usable_factor_types,
    waiting_factors,
)
from companies.second_factor.fresh import (
    FRESH_FOR,
    FreshFactorNeededError,
    is_fresh,
    require_fresh_factor,
    require_fresh_factor_if_any,
)
from companies.second_factor.proofs import Means, Proof

__all__ = [
    "APPROVING_TYPES",
    "FRESH_FOR",
    "NEW_FOR",
    "FreshFactorNeededError",
    "Means",
    "Proof",
    "asks_at_sign_in",
    "has_factor",
    "has_own_factor",
    "is_fresh",
    "require_fresh_factor",
    "require_fresh_factor_if_any",
    "two_step_required",
    "usable_factor_types",
    "waiting_factors",
]
