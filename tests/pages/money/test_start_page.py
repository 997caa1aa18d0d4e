from datetime import date
from typing import Any

import pytest
from django.test import Client

from companies.models import Company
from companies.services import raise_alarm
from remittance.models import Payment
from tests.pages.money.builders import (
    answer,
    count_queries,
    make_company_sender,
    make_incoming,
    read,
    receive_sample,
    send,
    some,
)
from tests.pages.money.conftest import People, signed_in_as
from tests.remittance.builders import payment


@pytest.fixture
def start(company: Company) -> str:
    return f"/c/{company.pk}/"


def test_a_calm_day_says_so(signed_in: Client, start: str) -> None:
    html = read(signed_in, start)

    assert "Ingenting venter på noen." in html
    assert "Ingenting forfaller i dag" in html
    assert "Ingen penger er flyttet" in html


def test_what_waits_stands_with_its_sum_and_the_next_cut_off(company: Company, start: str, people: People) -> None:
    send(make_company_sender(company, approvers=2), *some(2))

    html = read(signed_in_as(people["approver"]), start)

    assert "1 remittering å godkjenne" in html
    assert "2\xa0003,00" in html
    assert ">10:00</time>" in html


def test_what_an_approver_has_approved_no_longer_waits_for_him(company: Company, start: str, people: People) -> None:
    remittance = send(make_company_sender(company, approvers=2), *some(2))
    client = signed_in_as(people["approver"])

    client.post(f"{start}approvals/{remittance.pk}/approve/", {"seen_hash": remittance.content_hash})

    assert "å godkjenne" not in read(client, start)
    assert "1 remittering venter på godkjenning" in read(signed_in_as(people["viewer"]), start)


def test_rejects_refusals_and_held_ones_are_named(company: Company, signed_in: Client, start: str) -> None:
    sender = make_company_sender(company)
    sent = send(sender, payment(1, end_to_end_id="LEV-2026-000101", kid=None, message="F"), payment(2, amount="5.00"))
    answer(sent, "pain002/own_pain.002.001.03_2_business_part.xml")
    send(sender, payment(3, amount="5.00"))
    assert sender.send_json({"message_id": "X"}).status_code == 422

    html = read(signed_in, start)

    assert f"Avviste betalinger i {sent.message_id}" in html
    assert "1 av 2" in html
    assert "1 av dem er holdt igjen" in html
    assert "1 oppdrag ble avvist" in html


def test_what_goes_out_is_set_against_todays_last_cut_off(company: Company, signed_in: Client, start: str) -> None:
    sender = make_company_sender(company)
    send(sender, payment(1, execution_date="2026-11-24", amount="100.00"))
    send(sender, payment(2, execution_date="2026-11-25", amount="200.00"), payment(3, execution_date="2026-11-27"))

    html = read(signed_in, start)

    table = html[html.index('id="due-title"') : html.index('id="days-title"')]
    assert "100,00" in table
    assert "200,00" in table
    assert "1\xa0250,00" not in table
    assert ">14:00</time>" in table
    assert "om 5\xa0t" in table or "om 4\xa0t" in table


def test_money_out_and_in_stands_in_bars_and_in_figures(company: Company, signed_in: Client, start: str) -> None:
    remittance = send(make_company_sender(company), *some(1))
    Payment.objects.filter(remittance=remittance).update(status="paid", bank_date=date(2026, 11, 20))
    receive_sample(make_incoming(company), "ocr-giro/own_basic.txt")

    html = read(signed_in, start)

    assert html.count('class="bar-out"') == 30
    assert "1\xa0001,00" in html
    assert 'style="' not in html


def test_money_that_came_without_a_place_is_named(company: Company, signed_in: Client, start: str) -> None:
    receive_sample(
        make_incoming(company, notify="camt054", unplaced_ledger_account=None),
        "camt054/own_camt.054.001.02_credit_kid_text_structured.xml",
    )

    assert "holdt igjen" in read(signed_in, start)


def test_a_companys_own_alarm_stands_on_top_and_no_others(company: Company, signed_in: Client, start: str) -> None:
    common: dict[str, Any] = {"severity": "red", "code": "bank_blocks_payment", "subject_kind": "remittance"}
    raise_alarm(company_id=company.pk, params={"message_id": "MIN"}, dedupe_key="a", **common)
    raise_alarm(company_id=None, params={"message_id": "ANDRES"}, dedupe_key="b", **common)

    html = read(signed_in, start)

    assert html.index("MIN") < html.index("Det som venter")
    assert "ANDRES" not in html


def test_it_costs_the_same_however_much_there_is(company: Company, signed_in: Client, start: str) -> None:
    sender = make_company_sender(company, approvers=1)
    send(sender, payment(1, amount="1.00"))
    before = count_queries(signed_in, start)
    for number in range(2, 8):
        send(sender, payment(number, amount=f"{number}.00"))

    assert count_queries(signed_in, start) == before
    assert before <= 26
