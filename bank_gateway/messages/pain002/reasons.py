"""Statuses and their reasons, in the bank's words."""

from collections.abc import Sequence
from dataclasses import dataclass

from bank_gateway.messages.bank_files.fields import Fields, text_or_none
from bank_gateway.messages.bank_files.references import is_kid, reference_of
from bank_gateway.messages.bank_files.values import BadValueError


@dataclass(frozen=True)
class Reason:
    """Hold one StsRsnInf: its code, ISO's or the bank's own, and its lines of text."""

    code: str | None
    text: str | None


def read_status(text: str) -> str:
    """Read a status: a code of one to four characters, also one this program doesn't know (Max4Text in .10)."""
    status = text.strip()
    if not 1 <= len(status) <= 4:
        raise BadValueError("code_unknown", text)
    return status


def read_reason(fields: Fields) -> Reason:
    """Read the row of one StsRsnInf."""
    code = text_or_none(fields.get("cod"))
    return Reason(code=code.strip() if code else None, text=text_or_none(fields.get("txt")))


def sum_up_reasons(reasons: Sequence[Reason], *, wrong_kids: Sequence[str] = ()) -> tuple[str | None, str | None]:
    """Return the first code, and as text every line, every further code and each KID that isn't named in them."""
    if not reasons and not wrong_kids:
        return None, None
    codes = [reason.code for reason in reasons if reason.code]
    lines = [reason.text for reason in reasons if reason.text]
    lines += dict.fromkeys(code for code in codes[1:] if code != codes[0])
    told = "\n".join(lines)
    lines += [f"KID {kid}" for kid in dict.fromkeys(wrong_kids) if kid not in told]
    return (codes[0] if codes else None), "\n".join(lines) or None


def kids_of(references: Sequence[Fields]) -> list[str]:
    """Return the KIDs among a transaction's creditor references."""
    return [str(reference_of(fields)) for fields in references if is_kid(fields)]
