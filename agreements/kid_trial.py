"""Trying a KID on definitions while one types: which check digits hold, and whose invoice it would name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bank_gateway.norway.kid import (
    MAX_LENGTH,
    mod10_check_digit,
    mod11_check_digit,
    passes_mod10,
    passes_mod11,
)

# What may become a KID when more is typed.
_TYPED = re.compile(r"[0-9]*[0-9-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class KidTrial:
    """What a KID says so far: `fits` is the definition of its length, if any; parts are shown even if it fails."""

    kid: str
    mod10: bool
    mod11: bool
    next_mod10: str
    next_mod11: str
    number: int | None
    length: int | None
    modulus: str
    holds: bool
    customer: str | None
    invoice: str | None
    lengths: tuple[int, ...]
    malformed: bool


def try_kid(*, kid: str, definitions: Sequence[Mapping[str, Any]]) -> KidTrial | None:
    """Return what a typed KID says on KID definitions (as the wizard's answers keep them); None for nothing typed."""
    typed = "".join(kid.split())[: MAX_LENGTH + 1]
    if not typed:
        return None
    number = next((place for place, each in enumerate(definitions, 1) if each["length"] == len(typed)), None)
    fits = definitions[number - 1] if number else None
    digits = typed.isascii() and typed.isdigit() and len(typed) < MAX_LENGTH
    modulus = str(fits["modulus"]) if fits else ""
    passes = {"mod10": passes_mod10(typed), "mod11": passes_mod11(typed)}
    return KidTrial(
        kid=typed,
        mod10=passes["mod10"],
        mod11=passes["mod11"],
        next_mod10=mod10_check_digit(typed) if digits else "",
        next_mod11=mod11_check_digit(typed) if digits else "",
        number=number,
        length=len(typed),
        modulus=modulus.upper(),
        holds=passes.get(modulus, False) if definitions else passes["mod10"] or passes["mod11"],
        customer=_cut(typed, fits.get("customer") if fits else None),
        invoice=_cut(typed, fits.get("invoice") if fits else None),
        lengths=tuple(sorted(each["length"] for each in definitions)),
        malformed=len(typed) > MAX_LENGTH or _TYPED.fullmatch(typed) is None,
    )


def _cut(kid: str, positions: Sequence[int] | None) -> str | None:
    return kid[positions[0] - 1 : positions[1]] if positions else None
