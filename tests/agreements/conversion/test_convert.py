"""Convert: refused with the list while anything is open, then done, the number kept; warnings; posting by hand."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from agreements.models import Agreement, Conversion
from agreements.page_queries import ConversionView, get_agreement_view, get_conversion
from agreements.services import take_tick_back, tick_posted_by_hand
from autopay_portal.core.errors import NotFoundError
from companies.models import AuditEvent, Role
from tests.agreements.builders import account_number, make_active
from tests.companies.builders import make_company, make_user
from tests.remittance.answering import order_at_bank
from tests.remittance.builders import Sender, make_sender, order, payment

pytestmark = pytest.mark.django_db
OSLO = ZoneInfo("Europe/Oslo")
SWITCH = "2026-12-01"
UNPAID = {
    "end_to_end_id": "OLD-7", "amount": "1250.00", "currency": "NOK", "execution_date": "2026-11-30",
    "creditor_name": "Strøm & Nett AS",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 24, 9, 0, tzinfo=OSLO), tick=True) as traveller:
        yield traveller


@pytest.fixture
def sender(db: None) -> Sender:
    return make_sender(Role.AUTOPAY_ADMINISTRATOR, Role.FILE_TRANSFER)


def conversion_of(sender: Sender, *, today: date) -> ConversionView | None:
    view = get_agreement_view(agreement_id=sender.agreement.pk, company_id=sender.company.pk)
    assert view is not None
    return get_conversion(view, today=today)


def body(sender: Sender, **changes: Any) -> dict[str, Any]:
    return {
        "number": sender.agreement.number, "kind": "remittance", "bank": "dnb", "account": sender.agreement.account,
        "switch_date": SWITCH, "open_items": [], **changes,
    }  # fmt: skip


def test_what_the_erp_says_is_unpaid_refuses_with_the_list(sender: Sender) -> None:
    answer = sender.erp.post("agreements/convert", body(sender, open_items=[UNPAID]))

    assert (answer.status_code, answer.json()["code"]) == (409, "open_items")
    assert answer.json()["open_items"] == [UNPAID]
    assert not Conversion.objects.exists()


def test_a_payment_of_ours_that_is_not_final_refuses_with_the_list(sender: Sender) -> None:
    sent = order_at_bank(sender, A="100.00")
    answer = sender.erp.post("agreements/convert", body(sender))

    assert (answer.status_code, answer.json()["code"]) == (409, "open_items")
    (item,) = answer.json()["open_items"]
    assert {name: item[name] for name in ("end_to_end_id", "amount", "currency", "execution_date")} == {
        "end_to_end_id": "A", "amount": "100.00", "currency": "NOK", "execution_date": "2026-11-25",
    }  # fmt: skip

    sent.notify(sent.debit("A"))
    assert sender.erp.post("agreements/convert", body(sender)).status_code == 201


def test_a_direct_agreement_becomes_a_draft_with_its_number(sender: Sender) -> None:
    account = account_number()
    answer = sender.erp.post("agreements/convert", body(sender, number=417, account=account))

    assert answer.status_code == 201
    made = answer.json()
    assert (made["number"], made["account"], made["status"]) == (417, account, "draft")
    assert made["conversion"]["switch_date"] == SWITCH
    assert Agreement.objects.get(number=417).transfers_direct


def test_an_agreement_that_is_here_keeps_its_id_and_number(sender: Sender) -> None:
    made = sender.erp.post("agreements/convert", body(sender)).json()

    assert (made["id"], made["number"], made["status"]) == (str(sender.agreement.pk), sender.agreement.number, "active")


def test_the_same_conversion_again_is_the_same_and_another_day_is_refused(sender: Sender) -> None:
    first = sender.erp.post("agreements/convert", body(sender)).json()

    assert sender.erp.post("agreements/convert", body(sender)).json() == first
    other = sender.erp.post("agreements/convert", body(sender, switch_date="2026-12-02"))
    assert (other.status_code, other.json()["code"]) == (409, "already_converted")


def test_a_number_of_another_agreement_and_another_number_for_the_account_are_refused(sender: Sender) -> None:
    taken = sender.erp.post("agreements/convert", body(sender, account=account_number()))
    other = sender.erp.post("agreements/convert", body(sender, number=99))

    assert [each.json()["code"] for each in (taken, other)] == ["agreement_number_taken", "agreement_exists"]


def test_an_account_confirmed_for_somebody_else_is_refused_without_saying_whose(sender: Sender) -> None:
    theirs = make_active(company=make_company(name="Hemmelig Eier AS"))
    answer = sender.erp.post("agreements/convert", body(sender, number=5, account=theirs.account))

    assert (answer.status_code, answer.json()["code"]) == (409, "agreement_taken")
    assert "Hemmelig" not in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"open_items": None}, "/open_items"), ({"open_items": [{}]}, "/open_items/0/end_to_end_id"),
        ({"switch_date": "soon"}, "/switch_date"), ({"number": "7"}, "/number"), ({"kind": "both"}, "/kind"),
        ({"bank": "sbanken"}, "/bank"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_with_its_place(sender: Sender, changes: dict[str, Any], pointer: str) -> None:
    answer = sender.erp.post("agreements/convert", body(sender, **changes))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("day", ["2026-11-23", "2028-01-01"])
def test_a_day_that_has_passed_or_is_far_away_is_no_day_for_a_switch(sender: Sender, day: str) -> None:
    answer = sender.erp.post("agreements/convert", body(sender, switch_date=day))

    assert (answer.status_code, answer.json()["code"]) == (422, "switch_date_invalid")


def test_open_items_must_be_stated(sender: Sender) -> None:
    asked = body(sender)
    del asked["open_items"]

    assert sender.erp.post("agreements/convert", asked).status_code == 422


def test_a_payment_due_from_the_switch_on_is_received_with_a_warning_until_then(
    sender: Sender, clock: time_machine.Traveller
) -> None:
    sender.erp.post("agreements/convert", body(sender))
    late, early = payment(1, execution_date="2026-12-01"), payment(2, execution_date="2026-11-30")
    account = sender.agreement.account

    warned = sender.send_json(order(late, account=account)).json()["warnings"]
    silent = sender.send_json(order(early, account=account)).json()["warnings"]
    clock.move_to(datetime(2026, 12, 1, 9, 0, tzinfo=OSLO))
    after = sender.send_json(order(payment(3, execution_date="2026-12-03"), account=account)).json()["warnings"]

    assert ["due_after_switch" in {each["code"] for each in said} for said in (warned, silent, after)] == [
        True, False, False,
    ]  # fmt: skip


def test_what_is_unpaid_after_the_switch_is_listed_and_ticked_with_who(
    sender: Sender, clock: time_machine.Traveller
) -> None:
    sender.erp.post("agreements/convert", body(sender))
    sent = order_at_bank(sender, A="100.00", B="50.00")
    user = make_user(company=sender.company, roles=(Role.AUTOPAY_ADMINISTRATOR,), name="Kari Nordmann")
    before = conversion_of(sender, today=date(2026, 11, 30))
    assert before is not None
    assert before.rows == []

    clock.move_to(datetime(2026, 12, 1, 9, 0, tzinfo=OSLO))
    listed = conversion_of(sender, today=date(2026, 12, 1))
    assert listed is not None
    assert [row.end_to_end_id for row in listed.rows] == ["A", "B"]
    ids = {row.end_to_end_id: row.payment_id for row in listed.rows}
    tick_posted_by_hand(agreement_id=sender.agreement.pk, payment_id=ids["A"], user=user)
    tick_posted_by_hand(agreement_id=sender.agreement.pk, payment_id=ids["A"], user=user)
    ticked = conversion_of(sender, today=date(2026, 12, 1))
    assert ticked is not None
    assert [(row.end_to_end_id, row.ticked_by) for row in ticked.rows] == [
        ("A", "Kari Nordmann"), ("B", ""),
    ]  # fmt: skip

    # The bank tells of it after all: its row says so, and who ticks must know.
    sent.notify(sent.debit("A"))
    settled = conversion_of(sender, today=date(2026, 12, 1))
    assert settled is not None
    assert [(row.end_to_end_id, row.item is None) for row in settled.rows] == [("B", False), ("A", True)]
    take_tick_back(agreement_id=sender.agreement.pk, payment_id=ids["A"], user=user)
    assert AuditEvent.objects.filter(action="conversion.tick_taken_back").count() == 1


def test_a_payment_that_is_not_on_the_list_cannot_be_ticked(sender: Sender) -> None:
    sender.erp.post("agreements/convert", body(sender))
    sent = order_at_bank(sender, A="100.00").remittance()
    user = make_user(company=sender.company, roles=(Role.AUTOPAY_ADMINISTRATOR,))
    with pytest.raises(NotFoundError):
        tick_posted_by_hand(agreement_id=sender.agreement.pk, payment_id=sent.payments.get().pk, user=user)
