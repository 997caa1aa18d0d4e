import re

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from companies.models import Company, Role
from companies.services import grant_salary_access
from remittance.models import Approval, Payment, Remittance
from remittance.services.advance import advance_remittance
from tests.agreements.builders import make_active
from tests.companies.builders import SETUP, make_user
from tests.pages.money.builders import count_queries, make_company_sender, read, salary, send, some
from tests.pages.money.conftest import People, signed_in_as
from tests.remittance.builders import Sender, order, payment

OTHER = "15032080119"


@pytest.fixture
def sender(company: Company) -> Sender:
    return make_company_sender(company, approvers=2)


@pytest.fixture
def page(company: Company) -> str:
    return f"/c/{company.pk}/approvals/"


def seen_hash(html: str) -> str:
    found = re.search(r'name="seen_hash" value="([0-9a-f]{64})"', html)
    assert found
    return found[1]


def said(answer: object) -> list[tuple[str, str]]:
    return [(message.level_tag, str(message)) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]


def approve(client: Client, page: str, remittance: Remittance, seen: str) -> list[tuple[str, str]]:
    answer = client.post(f"{page}{remittance.pk}/approve/", {"seen_hash": seen})
    assert answer.status_code == 302
    assert answer.headers["Location"] == page
    return said(answer)


def test_it_groups_by_account_and_sums_up(company: Company, sender: Sender, page: str, people: People) -> None:
    send(sender, *some(2))
    other = Sender(erp=sender.erp, agreement=make_active(company=company, account=OTHER, approvers_required=1))
    answer = other.send_json(order(*some(1), account=OTHER))
    advance_remittance(remittance_id=answer.json()["id"])

    html = read(signed_in_as(people["approver"]), page)

    assert html.count('class="group-head"') == 2
    assert html.index("1234\xa056\xa078903") < html.index("1503\xa020\xa080119")
    bar = html[html.index('class="sum-bar"') :]
    assert "2 remitteringer · 3 betalinger" in bar
    assert "3\xa0004,00" in bar


def test_an_approval_counts_for_what_was_shown(sender: Sender, page: str, people: People) -> None:
    remittance = send(sender, *some(2))
    client = signed_in_as(people["approver"])

    told = approve(client, page, remittance, seen_hash(read(client, page)))

    assert told == [("success", f"Godkjenningen din av {remittance.message_id} er registrert. Det mangler 1 til.")]
    assert Approval.objects.get().content_hash == remittance.content_hash
    assert "Du har godkjent den" in read(client, page)


def test_the_last_approval_sends_it_on(company: Company, sender: Sender, page: str, people: People) -> None:
    remittance = send(sender, *some(2))
    second = make_user(company=company, roles=(Role.APPROVER,))
    for user in (people["approver"], second):
        client = signed_in_as(user)
        told = approve(client, page, remittance, remittance.content_hash)

    remittance.refresh_from_db()
    assert remittance.status == "approved"
    assert told == [("success", f"{remittance.message_id} er godkjent og går til banken.")]
    assert "Ingenting venter på godkjenning" in read(client, page)


def test_a_double_click_approves_once_and_says_so_calmly(sender: Sender, page: str, people: People) -> None:
    remittance = send(sender, *some(1))
    client = signed_in_as(people["approver"])
    approve(client, page, remittance, remittance.content_hash)

    told = approve(client, page, remittance, remittance.content_hash)

    assert Approval.objects.count() == 1
    assert told[-1][0] == "info"
    assert "Ingenting ble gjort to ganger" in told[-1][1]


def test_going_back_after_the_last_approval_is_no_second_one(company: Company, page: str, people: People) -> None:
    remittance = send(make_company_sender(company, approvers=1), *some(1))
    client = signed_in_as(people["approver"])
    approve(client, page, remittance, remittance.content_hash)

    told = approve(client, page, remittance, remittance.content_hash)

    assert told[-1][0] == "info"
    assert Approval.objects.count() == 1


def test_content_that_changed_meanwhile_is_not_approved(sender: Sender, page: str, people: People) -> None:
    remittance = send(sender, *some(1))
    client = signed_in_as(people["approver"])
    seen = seen_hash(read(client, page))
    Payment.objects.filter(remittance=remittance).update(creditor_account="15032080119")

    told = approve(client, page, remittance, seen)

    assert told == [("error", "Remitteringen er ikke lenger den du så. Se på den igjen før du godkjenner.")]
    assert not Approval.objects.exists()


def test_the_page_is_never_kept_by_the_browser(page: str, people: People) -> None:
    answer = signed_in_as(people["approver"]).get(page)

    assert "no-store" in answer.headers["Cache-Control"]


def test_a_refusal_needs_a_reason_and_reaches_the_payments(sender: Sender, page: str, people: People) -> None:
    remittance = send(sender, *some(2))
    client = signed_in_as(people["approver"])
    seen = {"seen_hash": remittance.content_hash}

    without = said(client.post(f"{page}{remittance.pk}/refuse/", {**seen, "reason": "  "}))
    told = said(client.post(f"{page}{remittance.pk}/refuse/", {**seen, "reason": "Feil konto"}))

    assert without == [("error", "Oppgi en begrunnelse.")]
    assert told[-1][0] == "success"
    payments = Payment.objects.filter(remittance=remittance)
    assert set(payments.values_list("status", "bank_text")) == {("rejected_by_autopay", "Feil konto")}


def test_a_held_duplicate_stands_on_top_and_is_released_with_a_reason(company: Company, page: str) -> None:
    sender = make_company_sender(company)
    send(sender, payment(1), message_id="R-FIRST")
    held = send(sender, payment(2), message_id="R-AGAIN")
    administrator = make_user(company=company, roles=(Role.AUTOPAY_ADMINISTRATOR,))
    client = signed_in_as(administrator)

    html = read(client, page)
    told = said(client.post(f"{page}{held.pk}/release/", {"seen_hash": seen_hash(html), "reason": "To leveranser"}))

    assert html.index("1 betaling ligner en som er sendt før") < html.index('id="r-')
    assert "R-FIRST" in html
    assert told == [("success", "R-AGAIN er frigitt og går til banken.")]
    held.refresh_from_db()
    assert held.status == "approved"


def test_moved_dates_stand_above_what_waits(sender: Sender, page: str, people: People) -> None:
    send(sender, payment(1, execution_date="2026-11-28"))

    html = read(signed_in_as(people["approver"]), page)

    assert html.index("Betalingsdatoer er flyttet") < html.index('id="r-')


@pytest.mark.parametrize("role", ["viewer", "uploader", "file_transfer", "operator"])
def test_whoever_may_not_decide_sees_no_button_but_who_can(
    sender: Sender, page: str, people: People, role: str
) -> None:
    send(sender, *some(1))

    html = read(signed_in_as(people[role]), page)

    assert "seen_hash" not in html
    assert people["approver"].name in html
    assert "Du kan se, men ikke godkjenne" in html


def test_salary_is_one_line_without_the_right(company: Company, sender: Sender, page: str, people: People) -> None:
    send(sender, salary(1), salary(2))
    approver = people["approver"]

    without = read(signed_in_as(approver), page)
    grant_salary_access(user=approver, company=company, actor=SETUP)
    with_right = read(signed_in_as(approver), page)

    assert "Hemmelig" not in without
    assert "Lønn: 2 betalinger, 64\xa0000,00 NOK i alt." in without
    assert "Hemmelig Lønnsmottaker 1" in with_right


def test_it_costs_the_same_however_much_waits(sender: Sender, page: str, people: People) -> None:
    client = signed_in_as(people["approver"])
    send(sender, *some(3))
    with_one = count_queries(client, page)
    for _ in range(6):
        send(sender, *some(3))

    assert count_queries(client, page) == with_one
    assert with_one <= 24
