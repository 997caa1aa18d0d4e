import re

import pytest
from django.test import Client

from bank_gateway.models import OutgoingFile
from companies.models import Company, Role
from companies.services import grant_salary_access, raise_alarm
from remittance.models import Payment, Remittance
from tests.companies.builders import SETUP, make_user
from tests.pages.money.builders import answer, count_queries, make_company_sender, read, salary, send, some
from tests.pages.money.conftest import signed_in_as
from tests.remittance.builders import Sender, payment

ORDERED = [
    payment(number, end_to_end_id=f"LEV-2026-00010{number}", kid=None, message=f"Faktura {number}")
    for number in (1, 2, 3, 4)
]
RECEIVED = "pain002/own_pain.002.001.03_1_technical_actc.xml"
PARTLY = "pain002/own_pain.002.001.03_2_business_part.xml"


@pytest.fixture
def sender(company: Company) -> Sender:
    return make_company_sender(company)


@pytest.fixture
def listed(company: Company) -> str:
    return f"/c/{company.pk}/remittances/"


def names(html: str) -> list[str]:
    return re.findall(r'class="card-title"><a [^>]*>(R-[^<]+)</a>', html)


def test_the_list_shows_state_shares_and_whose_turn_it_is(signed_in: Client, sender: Sender, listed: str) -> None:
    remittance = send(sender, *ORDERED, message_id="R-1")
    answer(remittance, PARTLY)

    html = read(signed_in, listed)

    assert names(html) == ["R-1"]
    assert "3 underveis, 1 avvist" in html
    assert "Mottatt av bank" in html
    assert "Banken" in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["R-2", "R-1"]),
        ("?q=ONLY-1", ["R-1"]),
        ("?q=R-2", ["R-2"]),
        ("?q=ONLY", []),
        ("?status=approved", ["R-2", "R-1"]),
        ("?status=completed", []),
        ("?first=2026-11-24&last=2026-11-24", ["R-2", "R-1"]),
        ("?last=2026-11-23", []),
    ],
)
def test_the_filters_live_in_the_address(
    signed_in: Client, sender: Sender, listed: str, query: str, found: list[str]
) -> None:
    send(sender, payment(1, end_to_end_id="ONLY-1"), message_id="R-1")
    send(sender, payment(2, amount="7.00"), message_id="R-2")

    assert names(read(signed_in, listed + query)) == found


@pytest.mark.parametrize("query", ["?first=yesterday", "?agreement=x", "?status=nonsense"])
def test_a_filter_that_cannot_be_read_says_so_and_hides_nothing(
    signed_in: Client, sender: Sender, listed: str, query: str
) -> None:
    send(sender, *some(1), message_id="R-1")

    html = read(signed_in, listed + query)

    assert names(html) == ["R-1"]
    assert 'class="fault"' in html


def test_nothing_yet_and_nothing_that_fits_say_what_to_do(signed_in: Client, listed: str) -> None:
    assert "signeringsnøkkelen" in read(signed_in, listed)
    assert "Vis alle" in read(signed_in, f"{listed}?q=nothing")


def test_a_long_list_comes_page_by_page(signed_in: Client, sender: Sender, listed: str) -> None:
    for number in range(3):
        send(sender, payment(1, amount=f"{number + 1}.00"), message_id=f"R-{number}")

    first = read(signed_in, f"{listed}?limit=2")
    older = re.search(r'rel="next" href="(\?[^"]+)"', first)

    assert names(first) == ["R-2", "R-1"]
    assert older
    assert names(read(signed_in, listed + older[1].replace("&amp;", "&"))) == ["R-0"]


def test_a_refused_order_stands_with_its_faults_and_none_of_its_texts(
    signed_in: Client, sender: Sender, listed: str
) -> None:
    order = {
        "message_id": "R-BAD",
        "debtor_account": "12345678903",
        "payments": [payment(1, kid="0010018"), payment(2, execution_date="2026-09-01")],
    }
    assert sender.send_json(order).status_code == 422

    html = read(signed_in, f"{listed}?show=refused")

    assert "Kontrollsifferet i en KID er feil" in html
    assert "En betalingsdato ligger for langt tilbake i tid" in html
    assert "/payments/0/kid" in html
    assert "Strøm" not in html
    assert "0010018" not in html


def test_rejected_payments_come_first_with_their_reason(signed_in: Client, sender: Sender, listed: str) -> None:
    remittance = send(sender, *ORDERED)
    answer(remittance, PARTLY)

    html = read(signed_in, f"{listed}{remittance.pk}/")

    references = re.findall(r">(LEV-2026-\d+)</td>", html)
    assert references == ["LEV-2026-000101", "LEV-2026-000102", "LEV-2026-000103", "LEV-2026-000104"]
    swapped = Payment.objects.get(end_to_end_id="LEV-2026-000103")
    Payment.objects.filter(pk=swapped.pk).update(status="rejected_by_bank")
    again = re.findall(r">(LEV-2026-\d+)</td>", read(signed_in, f"{listed}{remittance.pk}/"))
    assert again == ["LEV-2026-000101", "LEV-2026-000103", "LEV-2026-000102", "LEV-2026-000104"]


def test_three_hundred_payments_stand_on_one_page_and_the_rest_behind_them(
    signed_in: Client, sender: Sender, listed: str
) -> None:
    remittance = send(sender, *some(305))

    first = read(signed_in, f"{listed}{remittance.pk}/")
    following = re.search(r'rel="next" href="(\?after=[^"]+)"', first)

    assert first.count("<tr data-payment") == 300
    assert following
    assert read(signed_in, f"{listed}{remittance.pk}/{following[1]}").count("<tr data-payment") == 5


@pytest.mark.parametrize(("query", "count"), [("?q=INV-2", 1), ("?q=strøm", 4), ("?q=nobody", 0), ("?status=paid", 0)])
def test_payments_are_found_by_reference_and_payee(
    signed_in: Client, sender: Sender, listed: str, query: str, count: int
) -> None:
    remittance = send(sender, *some(4))

    assert read(signed_in, f"{listed}{remittance.pk}/{query}").count("<tr data-payment") == count


def part(client: Client, address: str) -> tuple[int, str]:
    asked = client.get(address, headers={"HX-Request": "true", "HX-Target": "moving"})
    return asked.status_code, asked.content.decode()


def moving_address(html: str) -> str:
    found = re.search(r'id="moving" hx-get="([^"]+)"', html)
    assert found
    return found[1].replace("&amp;", "&")


def test_it_asks_again_while_it_moves_and_hears_nothing_while_nothing_did(
    signed_in: Client, sender: Sender, listed: str
) -> None:
    remittance = send(sender, *ORDERED)
    asking = moving_address(read(signed_in, f"{listed}{remittance.pk}/"))
    assert part(signed_in, asking) == (204, "")

    answer(remittance, RECEIVED)
    status, html = part(signed_in, asking)

    assert status == 200
    assert "Mottatt av bank" in html
    assert "<html" not in html
    # A row outside of a table is lost where browsers read a fragment; inside of a template it isn't.
    assert re.search(r'<template>\s*<tbody id="rows" hx-swap-oob="true"', html)
    assert part(signed_in, moving_address(html)) == (204, "")


def test_it_stops_asking_when_everything_is_final(signed_in: Client, sender: Sender, listed: str) -> None:
    remittance = send(sender, *ORDERED)
    answer(remittance, "pain002/own_pain.002.001.03_1_technical_rjct_ff01.xml")

    assert 'hx-trigger="every 2s"' not in read(signed_in, f"{listed}{remittance.pk}/")


def test_a_payments_page_tells_its_course_with_the_banks_own_words(
    signed_in: Client, company: Company, sender: Sender
) -> None:
    remittance = send(sender, *ORDERED)
    answer(remittance, RECEIVED)
    answer(remittance, PARTLY)
    rejected = Payment.objects.get(end_to_end_id="LEV-2026-000101")

    html = read(signed_in, f"/c/{company.pk}/payments/{rejected.pk}/")

    titles = re.findall(r'class="event-title">([^<]+)<', html)
    assert titles == [
        "Mottatt fra ERP",
        "Godkjent",
        "Gjort klar for banken",
        "Sendt til bank",
        "Mottatt av bank",
        "Avvist av bank",
    ]
    assert "Se bankens egne ord." in html
    assert rejected.bank_text
    assert "0010017" in html
    assert "own_pain.002.001.03_2_business_part.xml" in html
    assert OutgoingFile.objects.get().name in html
    assert str(sender.erp.key.key_id)[-4:] in html


def test_the_same_in_english(company: Company, sender: Sender) -> None:
    remittance = send(sender, *ORDERED)
    answer(remittance, PARTLY)
    rejected = Payment.objects.get(end_to_end_id="LEV-2026-000101")
    client = signed_in_as(make_user(company=company, roles=(Role.VIEWER,)), "en")

    html = read(client, f"/c/{company.pk}/payments/{rejected.pk}/")

    assert "Rejected by the bank" in html
    assert "The bank&#x27;s own words:" in html or "The bank's own words:" in html


def test_a_payment_beside_its_list_is_no_whole_page(signed_in: Client, company: Company, sender: Sender) -> None:
    remittance = send(sender, *some(1))
    found = Payment.objects.get(remittance=remittance)

    beside = read(signed_in, f"/c/{company.pk}/payments/{found.pk}/", hx_target="beside")
    opened = read(signed_in, f"/c/{company.pk}/remittances/{remittance.pk}/?payment={found.pk}")

    assert "<html" not in beside
    assert f'data-payment-shown="{found.pk}"' in beside
    assert f'data-payment-shown="{found.pk}"' in opened


def test_salary_is_one_line_everywhere_without_the_right(company: Company, sender: Sender, listed: str) -> None:
    remittance = send(sender, salary(1), salary(2), message_id="L-1")
    hidden = Payment.objects.filter(remittance=remittance)[0]
    reader = make_user(company=company, roles=(Role.VIEWER,))
    client = signed_in_as(reader)
    one, found = f"{listed}{remittance.pk}/", f"/c/{company.pk}/payments/{hidden.pk}/"

    html = read(client, one)
    assert "Lønn: 2 betalinger, 64\xa0000,00 NOK i alt" in html
    for address in (one, f"{one}?q=Hemmelig", f"{listed}?q={hidden.end_to_end_id}"):
        assert "Lønnsmottaker" not in read(client, address)
    assert names(read(client, f"{listed}?q={hidden.end_to_end_id}").replace("L-1", "R-L-1")) == []
    read(client, found, 404)
    read(client, f"{one}?payment={hidden.pk}", 404)

    grant_salary_access(user=reader, company=company, actor=SETUP)
    assert "Hemmelig Lønnsmottaker 1" in read(client, one)
    read(client, found)


def test_whoever_may_cancels_before_it_is_sent_and_is_told_the_consequence(
    company: Company, sender: Sender, listed: str
) -> None:
    remittance = send(sender, *some(3))
    client = signed_in_as(make_user(company=company, roles=(Role.UPLOADER,)))
    one = f"{listed}{remittance.pk}/"
    assert "3 betalinger blir kansellert før banken har dem" in read(client, one)

    client.post(f"{one}cancel/")

    html = read(client, one)
    assert "3 betalinger er kansellert. Ingenting ble belastet." in html
    assert "kansellert før banken" not in html
    assert Remittance.objects.get(pk=remittance.pk).status == "cancelled"


def test_a_cancel_that_comes_too_late_says_so(company: Company, sender: Sender, listed: str) -> None:
    remittance = send(sender, *ORDERED)
    answer(remittance, RECEIVED)
    client = signed_in_as(make_user(company=company, roles=(Role.UPLOADER,)))

    client.post(f"{listed}{remittance.pk}/cancel/")

    assert "Ring banken" in read(client, f"{listed}{remittance.pk}/")


def test_one_payment_can_be_cancelled_alone(company: Company, sender: Sender) -> None:
    remittance = send(sender, *some(2))
    first, second = Payment.objects.filter(remittance=remittance).order_by("position")
    client = signed_in_as(make_user(company=company, roles=(Role.UPLOADER,)))

    client.post(f"/c/{company.pk}/payments/{first.pk}/cancel/")

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("cancelled", "approved")
    assert "Betalingen er kansellert" in read(client, f"/c/{company.pk}/payments/{first.pk}/")


def test_an_alarm_about_it_stands_on_its_page(signed_in: Client, company: Company, sender: Sender, listed: str) -> None:
    remittance = send(sender, *some(1))
    raise_alarm(
        code="bank_blocks_payment",
        severity="amber",
        company_id=company.pk,
        subject_kind="remittance",
        subject_id=remittance.pk,
        params={"message_id": remittance.message_id},
        dedupe_key="x",
    )

    assert "Ring banken" in read(signed_in, f"{listed}{remittance.pk}/")


def test_a_name_is_text_and_never_markup(signed_in: Client, sender: Sender, listed: str) -> None:
    evil = payment(1) | {"creditor": {"name": "<img src=x onerror=alert(1)>", "account": "86011117947"}}
    remittance = send(sender, evil)

    assert "<img" not in read(signed_in, f"{listed}{remittance.pk}/")


def test_pages_cost_the_same_however_much_there_is(
    signed_in: Client, company: Company, sender: Sender, listed: str
) -> None:
    remittance = send(sender, *some(2))
    found = Payment.objects.filter(remittance=remittance)[0]
    course = f"/c/{company.pk}/payments/{found.pk}/"
    addresses = [listed, f"{listed}{remittance.pk}/", course, f"{listed}?show=refused"]
    before = [count_queries(signed_in, address) for address in addresses]
    large = send(sender, *(payment(n, amount=f"{5000 + n}.00") for n in range(60)), message_id="R-LARGE")
    for number in range(4):
        send(sender, payment(70 + number, amount=f"{3 + number}.00"))

    addresses[1] = f"{listed}{large.pk}/"
    assert [count_queries(signed_in, address) for address in addresses] == before
    assert max(before) <= 26, before
