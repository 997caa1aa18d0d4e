"""A Tuesday morning, a vault per test, and an account whose outgoing part is shared."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from agreements.models import Agreement, Share
from agreements.services import accept_share, activate_for_erp, note_test
from agreements.services.sharing import invite_to_share
from companies.models import Company, Role, User
from tests.agreements.builders import use_autopay
from tests.companies.builders import SETUP, make_company, make_user
from tests.erp_gateway.builders import make_erp
from tests.remittance.builders import Sender, make_sender


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 24, 9, 0, tzinfo=ZoneInfo("Europe/Oslo")), tick=True):
        yield


@dataclass(frozen=True)
class Sharing:
    """The owner with its own ERP, and the payroll firm that sends from the owner's account."""

    owner: Sender
    payroll: Sender
    share: Share
    owners_administrator: User
    payrolls_administrator: User


def share_account(*, approvers: int = 0, **fields: Any) -> Sharing:
    """Share an account with another customer's company, whose ERP switches it on."""
    owner = make_sender(company=make_company(name="Eier Drift AS"), approvers_required=approvers, **fields)
    erp = make_erp(Role.FILE_TRANSFER, company=make_company(name="Lønnskontoret AS"))
    use_autopay(erp.company)
    offers = make_user(company=owner.company, roles=(Role.AUTOPAY_ADMINISTRATOR,), name="Eiers administrator")
    accepts = make_user(company=erp.company, roles=(Role.AUTOPAY_ADMINISTRATOR,), name="Lønns administrator")
    share = invite_to_share(agreement_id=owner.agreement.pk, org_number=erp.company.org_number, user=offers)
    agreement = switch_on(accept_share(share_id=share.pk, company=erp.company, user=accepts))
    share.refresh_from_db()
    return Sharing(owner, Sender(erp=erp, agreement=agreement), share, offers, accepts)


def switch_on(agreement: Agreement) -> Agreement:
    """Let the sender's ERP use the agreement."""
    note_test(agreement_id=agreement.pk, passed=True, actor=SETUP)
    return activate_for_erp(agreement_id=agreement.pk, actor=SETUP)


def approver(company: Company, name: str = "Godkjenner") -> User:
    """Make an approver of a company."""
    return make_user(company=company, roles=(Role.APPROVER,), name=name)


@pytest.fixture
def sharing(db: None) -> Sharing:
    return share_account()
