"""What makes a structured creditor reference a KID."""

import re

from bank_gateway.messages.bank_files.fields import Fields, text_or_none

_RF_REFERENCE = re.compile(r"RF[0-9]{2}", re.ASCII | re.IGNORECASE).match


def reference_of(fields: Fields) -> str | None:
    """Return the reference of a CdtrRefInf without blanks around it, None where it has none."""
    reference = text_or_none(fields.get("ref"))
    return None if reference is None else reference.strip()


def is_kid(fields: Fields) -> bool:
    """Tell whether a CdtrRefInf holds a KID: type SCOR, no ISO issuer, and no RF reference (ISO 11649)."""
    reference = reference_of(fields)
    if reference is None or fields.get("rtp", "").strip() != "SCOR":
        return False
    return fields.get("iss", "").strip().upper() != "ISO" and not _RF_REFERENCE(reference)
