"""Every address of the money pages with every role, a stranger and nobody."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from companies.models import Company
from erp_gateway.models import LedgerBatch
from remittance.models import Payment, Remittance
from tests.erp_gateway.ledger_builders import make_batch
from tests.pages.money.builders import make_company_sender, send, some
from tests.pages.money.conftest import People, signed_in_as

EVERYBODY = frozenset(
    {
        "viewer", "uploader", "file_transfer", "approver", "autopay_administrator", "customer_administrator",
        "operator",
    }
)  # fmt: skip
ADMINISTRATORS = frozenset({"autopay_administrator", "customer_administrator"})
CANCELLERS = frozenset({"uploader", "file_transfer"}) | ADMINISTRATORS
APPROVERS = frozenset({"approver"})


@dataclass(frozen=True)
class Things:
    """One of each thing that an address can name."""

    company: Company
    remittance: Remittance
    payment: Payment
    batch: LedgerBatch

    def address(self, form: str) -> str:
        return "/c/" + form.format(c=self.company.pk, r=self.remittance.pk, p=self.payment.pk, b=self.batch.pk)


@pytest.fixture
def things(company: Company) -> Things:
    remittance = send(make_company_sender(company, approvers=2), *some(2))
    payment = Payment.objects.filter(remittance=remittance).first()
    assert payment is not None
    return Things(company, remittance, payment, make_batch(company))


PAGES = (
    "{c}/", "{c}/remittances/", "{c}/remittances/?show=refused", "{c}/remittances/{r}/", "{c}/payments/{p}/",
    "{c}/approvals/", "{c}/incoming/", "{c}/ledger-batches/", "{c}/ledger-batches/{b}/",
    "{c}/ledger-batches/{b}/files/json/",
)  # fmt: skip
DEEDS = {
    "{c}/remittances/{r}/cancel/": CANCELLERS,
    "{c}/payments/{p}/cancel/": CANCELLERS,
    "{c}/approvals/{r}/approve/": APPROVERS,
    "{c}/approvals/{r}/refuse/": APPROVERS,
    "{c}/ledger-batches/{b}/release/": ADMINISTRATORS,
    "{c}/ledger-batches/{b}/reopen/": ADMINISTRATORS,
}


@pytest.mark.parametrize("form", PAGES)
def test_everybody_with_a_role_may_read(things: Things, people: People, form: str) -> None:
    answers = {role: signed_in_as(user).get(things.address(form)).status_code for role, user in people.roles.items()}

    assert answers == dict.fromkeys(EVERYBODY, 200)


@pytest.mark.parametrize("form", [*PAGES, *DEEDS, "{c}/approvals/{r}/release/"])
def test_a_stranger_finds_nothing_and_learns_nothing(things: Things, people: People, form: str) -> None:
    client = signed_in_as(people.stranger)
    answer = _ask(client, things, form)

    assert answer.status_code == 404
    for word in (things.company.name, things.remittance.message_id, things.payment.creditor_name):
        assert word not in answer.content.decode()


@pytest.mark.parametrize("form", [*PAGES, *DEEDS, "{c}/approvals/{r}/release/"])
def test_nobody_is_led_to_the_sign_in(things: Things, form: str) -> None:
    answer = _ask(Client(), things, form)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/login/")


@pytest.mark.parametrize("form", [form for form in PAGES if "{r}" in form or "{p}" in form or "{b}" in form])
def test_a_thing_of_one_company_is_not_found_under_another(things: Things, people: People, form: str) -> None:
    mine = people.stranger.role_grants.get().company

    assert signed_in_as(people.stranger).get("/c/" + form.format(
        c=mine.pk, r=things.remittance.pk, p=things.payment.pk, b=things.batch.pk
    )).status_code == 404  # fmt: skip


@pytest.mark.parametrize(("form", "allowed"), DEEDS.items())
def test_only_those_with_the_right_may_do_it(
    things: Things, people: People, form: str, allowed: frozenset[str]
) -> None:
    refused = {role for role, user in people.roles.items() if _ask(signed_in_as(user), things, form).status_code == 403}

    assert refused == EVERYBODY - allowed


@pytest.mark.parametrize("form", [*DEEDS, "{c}/approvals/{r}/release/"])
def test_nothing_is_done_by_looking(things: Things, people: People, form: str) -> None:
    assert signed_in_as(people["autopay_administrator"]).get(things.address(form)).status_code == 405


def test_a_form_without_its_token_does_nothing(things: Things, people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["approver"])

    answer = client.post(things.address("{c}/approvals/{r}/approve/"), {"seen_hash": things.remittance.content_hash})

    assert answer.status_code == 403
    assert not things.remittance.approvals.exists()


def _ask(client: Client, things: Things, form: str) -> Any:
    address = things.address(form)
    return client.get(address) if form in PAGES else client.post(address, {"reason": "fordi"})
