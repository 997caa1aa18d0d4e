"""An ERP that signs its calls, and what it needs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from agreements.models import Agreement, Kind
from agreements.services import create_agreement
from agreements.services.contents import NewAgreement
from companies.models import Company, Role, User
from companies.services import create_signing_key
from companies.services.keys import NewKey
from tests.companies.builders import SETUP, make_company, make_user
from tests.erp_gateway.signing import API, Headers, digest_of, signed_headers

__all__ = ["API", "Headers", "digest_of", "signed_headers"]


@dataclass(frozen=True)
class Erp:
    """A company's ERP: its key, and the user it calls as."""

    company: Company
    user: User
    key: NewKey
    client: Client = field(default_factory=Client)

    def get(self, path: str, **headers: str) -> Any:
        """Call GET below /api/v1/."""
        return self.call("GET", path, None, headers)

    def post(self, path: str, body: object = None, **headers: str) -> Any:
        """Call POST with a JSON body, or bytes as they are."""
        return self.call("POST", path, body, headers)

    def call(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        """Sign and send a call."""
        content = encoded(body)
        target = f"{API}/{path}"
        signed = self.sign(method, target, content)
        return self.send(method, target, content, {**signed, **(headers or {})})

    def send(self, method: str, target: str, content: bytes | None, headers: Mapping[str, str]) -> Any:
        """Send a call with these headers as they are."""
        media = "application/json" if content is not None else ""
        return self.client.generic(method, target, content or b"", content_type=media, headers=dict(headers))

    def sign(self, method: str, target: str, content: bytes | None, **changes: Any) -> Headers:
        """Return the headers of a signed call; see `signed_headers`."""
        known: dict[str, Any] = {"key_id": str(self.key.key_id), "secret": self.key.secret, "user": self.user.email}
        return signed_headers(method, target, content, **{**known, **changes})


def encoded(body: object) -> bytes | None:
    """Return a body's bytes."""
    return body if body is None or isinstance(body, bytes) else json.dumps(body).encode()


def make_erp(*roles: Role, company: Company | None = None) -> Erp:
    """Make a company with a key and a user of these roles (file transfer unless given)."""
    company = company or make_company()
    user = make_user(company=company, roles=roles or (Role.FILE_TRANSFER,))
    return Erp(company=company, user=user, key=create_signing_key(company_id=company.pk, actor=SETUP))


def another_user(erp: Erp, *roles: Role) -> Erp:
    """Return the same company's ERP calling as another user."""
    return Erp(company=erp.company, user=make_user(company=erp.company, roles=roles), key=erp.key)


def make_agreement(company: Company, *, kind: Kind = Kind.REMITTANCE, account: str = "86011117947") -> Agreement:
    """Draft an agreement of a company."""
    return create_agreement(company=company, new=NewAgreement(kind=kind, bank="dnb", account=account), actor=SETUP)
