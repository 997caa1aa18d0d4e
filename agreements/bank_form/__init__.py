"""The form by which a company orders an agreement from its bank: filled in, in Norwegian, as a PDF to print and sign.

No bank's own form is copied: it says so on every page, and holds what such a form asks for.
"""

import re
from dataclasses import dataclass
from datetime import date

from agreements.bank_form.content import contents_of
from agreements.bank_form.drawing import draw
from agreements.models import Agreement

__all__ = ["BankForm", "form_of"]

_PLAIN = re.compile(r"[^0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class BankForm:
    """The form as a file to save."""

    name: str
    content: bytes


def form_of(agreement: Agreement, *, on: date) -> BankForm:
    """Return the form of an agreement, dated `on`; the same agreement and day give the same bytes."""
    contents = contents_of(agreement, on=on)
    name = f"avtale-{agreement.bank}-{agreement.kind}-{agreement.number}-{on.isoformat()}.pdf"
    return BankForm(name=_PLAIN.sub("-", name[:-4]) + ".pdf", content=draw(contents))
