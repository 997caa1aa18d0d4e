"""Writing a letter: in the transaction of what it tells of, so that nobody is told of what didn't happen."""

import re
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import DomainError
from autopay_portal.core.secrets import encrypt
from companies.mail.letters import letter_kind, one_line_each, secret_context
from companies.models import Language, Letter

# An address that can stand in a header: printable ASCII, one @, no line ends; as one signs in with.
_ADDRESS = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+", re.ASCII)


def is_mail_address(text: str) -> bool:
    """Return whether somebody could be written to, and sign in, under this address."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


@transaction.atomic
def write_letter(
    *,
    to: str,
    language: str,
    kind: str,
    params: Mapping[str, str],
    path: str,
    customer_id: UUID | None = None,
    company_id: UUID | None = None,
    secret: str = "",
) -> Letter:
    """Write one mail to one address, which the mail task sends within seconds of the commit.

    `path` becomes a link on the portal's public address. `secret` (ASCII, URL-safe) stands behind it, encrypted here
    until the letter is sent and erased then. Raises DomainError `email_invalid` (422), KeyError for a kind that no room
    registered, ValueError for a path that would lead elsewhere.
    """
    if not is_mail_address(to):
        raise DomainError("email_invalid", params={"email": to[:254]})
    if not path.startswith("/") or path.startswith("//") or not path.isprintable() or " " in path:
        raise ValueError("a letter's link is a path below the portal's own address")
    now = machine_now()
    letter = Letter(
        kind=letter_kind(kind).code,
        recipient=to,
        language=language if language in Language.values else Language.NB,
        params=one_line_each(params),
        path=path,
        customer_id=customer_id,
        company_id=company_id,
        created_at=now,
        next_attempt_at=now,
    )
    if secret:
        letter.secret_encrypted = encrypt(secret.encode("ascii"), context=secret_context(letter))
    letter.save(force_insert=True)
    return letter
