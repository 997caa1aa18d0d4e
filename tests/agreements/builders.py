"""Agreements for tests, taken through their life by the services that take real ones."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import asyncssh

from agreements.kid import KidRule
from agreements.models import Agreement, Kind
from agreements.services import (
    NewAgreement,
    activate_for_erp,
    confirm_by_bank,
    create_agreement,
    note_test,
    order_agreement,
    send_to_bank,
    set_active,
)
from autopay_portal.core.clocks import business_now
from bank_gateway.models import Connection
from bank_gateway.relay.services.connections import create_connection
from companies.models import Company, Service, ServiceInUse
from tests.companies.builders import SETUP

_numbers = count(1)
_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
SEVEN_DIGITS = KidRule(length=7, modulus="mod10", customer=(1, 4), invoice=(5, 6))


def account_number(seed: int | None = None) -> str:
    """Return a valid account number, another each time, worked out here and not by the code under test."""
    for body in range(1503_000_000 + (seed or next(_numbers)) * 13, 1504_000_000):
        digits = f"{body:010d}"
        check = -sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11
        if check != 10:
            return f"{digits}{check}"
    raise AssertionError("no account left")


def make_connection(*, company: Company, bank: str = "dnb") -> Connection:
    """Make a company's line to a bank; it leads nowhere."""
    private, host = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    return create_connection(
        company_id=company.pk,
        bank=bank,
        host="127.0.0.1",
        port=2222,
        username=f"{bank}-{company.org_number}",
        private_key=private.export_private_key().decode(),
        host_key=host.export_public_key().decode(),
        actor=SETUP,
    )


def draft(
    *,
    company: Company,
    kind: Kind = Kind.REMITTANCE,
    kid: Sequence[KidRule] = (),
    number: int | None = None,
    **fields: Any,
) -> Agreement:
    """Draft an agreement at DNB."""
    given = {"bank": "dnb", "account": account_number(), **fields}
    return create_agreement(company=company, new=NewAgreement(kind=kind, **given), kid=kid, number=number, actor=SETUP)


def use_autopay(company: Company) -> None:
    """Switch AutoPay on for a company, whatever its customer's licences."""
    ServiceInUse.objects.get_or_create(
        company=company, service=Service.AUTOPAY, defaults={"activated_at": business_now()}
    )


def make_active(
    *, company: Company, kind: Kind = Kind.REMITTANCE, kid: Sequence[KidRule] = (), **fields: Any
) -> Agreement:
    """Make an agreement that is active at the bank and switched on for the ERP."""
    agreement = draft(company=company, kind=kind, kid=kid, **fields)
    # Without the licences, which are another room's matter.
    use_autopay(company)
    connection = Connection.objects.filter(company=company, bank=agreement.bank).first()
    connection = connection or make_connection(company=company, bank=agreement.bank)
    order_agreement(agreement_id=agreement.pk, actor=SETUP)
    send_to_bank(agreement_id=agreement.pk, actor=SETUP)
    confirm_by_bank(agreement_id=agreement.pk, connection_id=connection.pk, actor=SETUP)
    set_active(agreement_id=agreement.pk, actor=SETUP)
    note_test(agreement_id=agreement.pk, passed=True, actor=SETUP)
    return activate_for_erp(agreement_id=agreement.pk, actor=SETUP)
