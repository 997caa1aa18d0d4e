"""Agreements, and the login that comes with them."""

from typing import Any

import asyncssh
import pytest

from tests.bank_gateway.simulator.conftest import Customer
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, OUR_ORG, THEIR_ACCOUNT, simple_order
from tests.bank_gateway.simulator.running import Login, Simulator

APPLICATION = {
    "org_number": OUR_ORG,
    "account": OUR_ACCOUNT,
    "direction": "remittance",
    "customer_id": OUR_ORG,
    "division": "0001",
    "balance": "10000.00",
}


def test_the_agreements_of_a_company_share_login_account_and_balance(standing_customer: Customer) -> None:
    assert standing_customer.remittance["sftp"] == standing_customer.incoming["sftp"]
    assert standing_customer.simulator.balances() == {OUR_ACCOUNT: "10000.00", "external": "-10000.00"}


def test_the_same_agreement_again_changes_nothing(standing_customer: Customer) -> None:
    again = standing_customer.simulator.post("banks/dnb/agreements", APPLICATION, status=200)

    assert again == standing_customer.remittance
    assert standing_customer.simulator.balances()[OUR_ACCOUNT] == "10000.00"


def test_other_content_for_the_same_account_is_refused(standing_customer: Customer) -> None:
    answer = standing_customer.simulator.post("banks/dnb/agreements", {**APPLICATION, "division": "0002"}, status=409)

    assert answer["code"] == "agreement_exists"


def test_an_account_of_another_company_is_refused(standing_customer: Customer) -> None:
    body = {**APPLICATION, "org_number": "987654325"}

    assert standing_customer.simulator.post("banks/dnb/agreements", body, status=409)["code"] == "account_of_another"
    assert standing_customer.simulator.balances() == {OUR_ACCOUNT: "10000.00", "external": "-10000.00"}


def test_a_company_may_bring_its_own_key(simulator: Simulator) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    answer = simulator.open(**APPLICATION, public_key=key.export_public_key().decode())

    login = Login(**{**answer["sftp"], "private_key": key.export_private_key().decode()})

    assert answer["sftp"]["private_key"] is None
    assert login.names() == []


def test_logins_and_host_key_survive_a_restart(customer: Customer) -> None:
    bank = customer.simulator
    host_key = bank.addresses["sftp"]["host_key"]
    bank.stop()
    bank.start()

    customer.login.upload("order.xml", simple_order("M-1"))
    bank.advance(seconds=30)

    assert bank.addresses["sftp"]["host_key"] == host_key
    assert len(customer.login.fetch("PAIN002")) == 2


def test_nobody_gets_in_with_another_companys_key(customer: Customer) -> None:
    bank = customer.simulator
    other = bank.open(org_number="987654325", account=THEIR_ACCOUNT, direction="remittance")
    stranger = Login(**{**customer.remittance["sftp"], "username": other["sftp"]["username"]})

    with pytest.raises(asyncssh.PermissionDenied):
        stranger.names()


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"account": "12345678901"}, {"account"}),
        ({"org_number": "12"}, {"org_number"}),
        ({"direction": "both"}, {"direction"}),
        ({"balance": "-1.00"}, {"balance"}),
        ({"public_key": "ssh-rsa nonsense"}, {"public_key"}),
        ({"direction": "incoming", "notify": "ocr"}, {"kid"}),
        ({"direction": "incoming", "kid": [{"length": 40, "modulus": "mod9"}]}, {"kid"}),
        ({"direction": "incoming", "kid": [{"length": 7, "modulus": "mod10"}] * 2}, {"kid"}),
    ],
)
def test_a_form_filled_in_wrongly_is_refused(standing: Simulator, change: dict[str, Any], fields: set[str]) -> None:
    answer = standing.post("banks/dnb/agreements", {**APPLICATION, **change}, status=422)

    assert {error["field"] for error in answer["errors"]} == fields
    assert standing.balances() == {OUR_ACCOUNT: "10000.00", "external": "-10000.00"}
