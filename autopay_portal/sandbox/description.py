"""Compose `sandbox.json`: everything that a program needs to use this sandbox.

The database knows who there is and which keys live. What it can't tell, the seed notes in `Place.seeded`
(VAR/run/seeded.json, mode 0600, written with `place.write_private`):

    {"passwords": {"EMAIL": "password"},         those users are described, in this order
     "totp_secrets": {"EMAIL": "BASE32"},        optional
     "erp_users": {"COMPANY ID": "EMAIL"},       who a company's ERP signs as
     "private_keys": {"COMPANY ID/BANK": "PATH"} our key to a company's line at a bank}
"""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings

from agreements.models import Agreement, KidDefinition, Status
from autopay_portal.sandbox.place import Place, write_private
from bank_gateway.models import Connection
from companies.models import Company, Customer, Operator, User
from companies.queries import live_signing_keys
from companies.services.keys import get_live_signing_key, keys_changed

Described = dict[str, Any]


@dataclass(frozen=True)
class Seeded:
    """What the seed has noted."""

    passwords: dict[str, str] = field(default_factory=dict)
    totp_secrets: dict[str, str] = field(default_factory=dict)
    erp_users: dict[str, str] = field(default_factory=dict)
    private_keys: dict[str, str] = field(default_factory=dict)


def rewrite_description() -> None:
    """Write `sandbox.json` anew, as when a key has changed; does nothing where no sandbox is running."""
    place = Place(settings.VAR)
    if settings.SANDBOX and place.description.exists():
        write_private(place.description, describe(place))


def follow_keys() -> None:
    """Write the description anew whenever a signing key is made or ended."""
    keys_changed.connect(_on_keys_changed, dispatch_uid="sandbox.follow_keys")


def _on_keys_changed(sender: Any, **rest: Any) -> None:
    rewrite_description()


def describe(place: Place) -> Described:
    """Return the content of `sandbox.json`."""
    seeded = read_seeded(place)
    return {
        "portal": settings.PUBLIC_URL,
        "api": f"{settings.PUBLIC_URL}/api/v1",
        "users": _users(seeded),
        "customers": [
            {"id": str(customer.pk), "name": customer.name, "connector": None}
            for customer in Customer.objects.order_by("number")
        ],
        "companies": _companies(seeded),
        "banks": _banks(seeded),
        "clock": f"{settings.BANKS_URL}/clock",
    }


def read_seeded(place: Place) -> Seeded:
    """Return what the seed has noted; nothing of it is there before the first seed."""
    if not place.seeded.is_file():
        return Seeded()
    noted = json.loads(place.seeded.read_text(encoding="utf-8"))
    return Seeded(**{name: noted[name] for name in Seeded.__dataclass_fields__ if name in noted})


def _users(seeded: Seeded) -> list[Described]:
    users = {user.email: user for user in User.objects.filter(email__in=list(seeded.passwords))}
    return [
        {
            "email": email,
            "password": password,
            "totp_secret": seeded.totp_secrets.get(email),
            "customer": _customer_of(users[email]),
            "roles": _roles(users[email]),
        }
        for email, password in seeded.passwords.items()
        if email in users
    ]


def _roles(user: User) -> dict[str, list[str]]:
    roles: dict[str, list[str]] = {}
    for company_id, role in user.role_grants.order_by("company_id", "role").values_list("company_id", "role"):
        roles.setdefault(str(company_id), []).append(role)
    if user.administered_customers.exists():
        roles.setdefault("*", []).append("customer_administrator")
    if Operator.objects.filter(user=user).exists():
        roles.setdefault("*", []).append("operator")
    return roles


def _customer_of(user: User) -> str | None:
    """Return the id of the customer that a user belongs to, by what he administers or works for; None for Central."""
    administered = user.administered_customers.order_by("granted_at").values_list("customer_id", flat=True).first()
    works_for = user.role_grants.order_by("granted_at").values_list("company__customer_id", flat=True).first()
    found: UUID | None = administered or works_for
    return str(found) if found else None


def _companies(seeded: Seeded) -> list[Described]:
    # The firm itself, the 000 client, is no company that an ERP sends for.
    companies = Company.objects.exclude(is_own=True, services=None).order_by("created_at", "pk")
    return [
        {
            "id": str(company.pk),
            "customer": str(company.customer_id),
            "org_number": company.org_number,
            "name": company.name,
            "signing_key": _signing_key(company),
            "erp_user": seeded.erp_users.get(str(company.pk)),
            "agreements": _agreements(company),
        }
        for company in companies
    ]


def _signing_key(company: Company) -> Described | None:
    keys = live_signing_keys(company_id=company.pk)
    if not keys:
        return None
    return {"id": str(keys[0].id), "secret": get_live_signing_key(key_id=keys[0].id).secret}


def _agreements(company: Company) -> list[Described]:
    ended = [Status.CLOSED, Status.REFUSED_BY_BANK]
    agreements = Agreement.objects.filter(company=company).exclude(status__in=ended).order_by("number")
    return [_agreement(agreement) for agreement in agreements.prefetch_related("kid_definitions")]


def _agreement(agreement: Agreement) -> Described:
    described: Described = {
        "id": str(agreement.pk),
        "kind": agreement.kind,
        "bank": agreement.bank,
        "account": agreement.account,
    }
    if agreement.kind == "remittance":
        return {**described, "approvers_required": agreement.approvers_required}
    return {**described, "kid": [_kid(definition) for definition in agreement.kid_definitions.all()]}


def _kid(definition: KidDefinition) -> Described:
    return {
        "length": definition.length,
        "modulus": definition.modulus,
        "customer": _positions(definition.customer_from, definition.customer_to),
        "invoice": _positions(definition.invoice_from, definition.invoice_to),
    }


def _positions(first: int | None, final: int | None) -> list[int] | None:
    return [first, final] if first is not None and final is not None else None


def _banks(seeded: Seeded) -> list[Described]:
    connections = Connection.objects.order_by("bank", "created_at")
    banks: dict[str, Described] = {}
    for connection in connections:
        control = f"{settings.BANKS_URL}/banks/{connection.bank}"
        bank = banks.setdefault(connection.bank, {"id": connection.bank, "control": control, "sftp": []})
        bank["sftp"].append(_line(connection, seeded))
    return list(banks.values())


def _line(connection: Connection, seeded: Seeded) -> Described:
    company = str(connection.company_id)
    return {
        "company": company,
        "host": connection.host,
        "port": connection.port,
        "username": connection.username,
        "private_key": seeded.private_keys.get(f"{company}/{connection.bank}"),
        "host_key": connection.host_key,
    }
