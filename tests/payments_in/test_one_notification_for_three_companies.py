"""One camt.054 for three companies with a bad day in it: nothing is booked twice or on a guess, and in the end the
books equal the bank to the øre."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from agreements.models import Kind
from bank_gateway.models import Deviation
from companies.models import Alarm, Role
from payments_in.models import IncomingPayment
from tests.companies.builders import make_user
from tests.pages.money.builders import read
from tests.pages.money.conftest import signed_in_as

from .three_companies import SALARIES, SALARY_LUMP, World, close_world, make_world, sees_salary

OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"
    settings.CHANNEL_JOURNAL = tmp_path / "journal" / "channel-journal.log"
    settings.RELAY_STILL = 0


@pytest.fixture(params=["02", "08"])
def world(db: None, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """The companies on the day after their orders were executed, before the bank has told of it."""
    with time_machine.travel(datetime(2026, 11, 24, 9, 0, tzinfo=OSLO), tick=True) as clock:
        made = make_world(tmp_path / "bank", request.param)
        clock.move_to(datetime(2026, 11, 25, 17, 30, tzinfo=OSLO))
        yield made
        close_world(made)


def book(world: World) -> Counter[tuple[str, str, Decimal]]:
    """Return the lines on the books' bank accounts as the ERPs fetch them: (account, day, debit less credit)."""
    accounts = ("1920", "1921", "1950", "1951")
    lines = [line for office in world.offices for line in office.lines() if line["account"] in accounts]
    return Counter((line["account"], line["date"], Decimal(line["debit"]) - Decimal(line["credit"])) for line in lines)


def bank(world: World, ledger: dict[str, str]) -> Counter[tuple[str, str, Decimal]]:
    """Return what the bank booked on these accounts, by the account of the books that each is."""
    return Counter(
        {(ledger[account], day, amount): n for (account, day, amount), n in world.bank_entries(*ledger).items()}
    )


def open_deviations() -> Counter[tuple[str, str, str]]:
    found = Deviation.objects.filter(state="open")
    return Counter((each.kind, each.reason, f"{(each.amount or 0) / 100:.2f}") for each in found)


def red() -> Counter[tuple[str, Any]]:
    found = Alarm.objects.filter(severity="red", cleared_at=None)
    return Counter((each.code, each.company.name if each.company else None) for each in found)


def held(kind: str) -> Deviation:
    return Deviation.objects.get(kind=kind, state="open")


def settle_everything(world: World) -> None:
    """Release what is held, as people do who have asked the bank and made the agreement that was missing."""
    world.nord.agree(Kind.INCOMING, world.unknown, "1951", notify="camt054", unplaced_ledger_account="2900")
    world.settle(held("unknown_account"))
    world.settle(held("unclaimed"), "release:fee")
    world.settle(held("possible_repeat"))


def test_before_anybody_decides_only_what_is_certain_is_booked(world: World) -> None:
    assert world.bru.states()["BRU-AVVIST"] == "rejected_by_bank"
    assert world.bru.states()["BRU-STOPPET"] == "stopped"

    first, second = world.notify(), world.notify_again()

    assert (first.state, second.state) == ("applied", "applied")
    assert world.fjord.states() == {"FJORD-LEIE": "paid"}
    assert world.fjord.every("remittances")[0]["counts"] == {"paid": 4}
    assert world.bru.states() == {
        "BRU-AVVIST": "paid", "BRU-STOPPET": "paid", "BRU-VANLIG": "paid", "BRU-RETUR": "paid", "BRU-GEBYR": "returned",
    }  # fmt: skip
    assert open_deviations() == {
        ("unknown_account", "", "0.00"): 1,
        ("unclaimed", "less_than_paid", "4414.44"): 1,
        ("possible_repeat", "", "300.00"): 1,
    }
    day = "2026-11-25"
    assert book(world) == {
        ("1920", day, Decimal("-91750.75")): 1,
        ("1920", day, Decimal("-5000.00")): 1,
        ("1921", day, Decimal("-16666.65")): 1,
        ("1921", day, Decimal("5505.55")): 1,
        ("1950", day, Decimal("1749.50")): 1,
        ("1950", day, Decimal("300.00")): 1,
        ("1950", day, Decimal("640.00")): 1,
    }
    assert IncomingPayment.objects.count() == 4


def test_what_was_refused_and_stopped_and_is_debited_all_the_same_raises_a_red_alarm(world: World) -> None:
    world.notify()
    world.notify_again()

    assert red() == {
        ("debit_contradicts_state", "Bru og Vei AS"): 1,
        ("bank_entry_possible_repeat", "Nordlys Camping AS"): 1,
    }
    assert Alarm.objects.get(code="debit_contradicts_state").params == {
        "count": 2, "from_status": "rejected_by_bank, stopped", "message_id": "BRU-FAKTURA",
    }  # fmt: skip


def test_after_people_have_decided_the_books_equal_the_bank_to_the_ore(world: World) -> None:
    world.notify()
    world.notify_again()
    settle_everything(world)

    ledger = {
        world.fjord_account: "1920", world.bru_account: "1921", world.nord_account: "1950", world.unknown: "1951",
    }  # fmt: skip
    assert book(world) == bank(world, ledger)
    assert sum(bank(world, ledger).values()) == 11
    assert open_deviations() == {}
    assert red() == {("debit_contradicts_state", "Bru og Vei AS"): 1}
    assert world.bru.states()["BRU-RETUR"] == "returned"
    assert IncomingPayment.objects.count() == 7


def test_every_voucher_balances_and_the_other_side_is_where_it_belongs(world: World) -> None:
    world.notify()
    world.notify_again()
    settle_everything(world)

    for office in world.offices:
        vouchers: dict[Any, Decimal] = {}
        for line in office.lines():
            key = (line["batch"], line["voucher"])
            vouchers[key] = vouchers.get(key, Decimal(0)) + Decimal(line["debit"]) - Decimal(line["credit"])
        assert set(vouchers.values()) == {Decimal(0)}
    totals = [_by_account(office.lines()) for office in world.offices]
    assert totals == [
        {"1920": Decimal("-96750.75"), "2930": Decimal("91750.75"), "2400": Decimal("5000.00")},
        {"1921": Decimal("-6746.66"), "2400": Decimal("6666.66"), "7770": Decimal("80.00")},
        {
            "1950": Decimal("2989.50"),
            "1951": Decimal("8778.77"),
            "1500": Decimal("-9527.27"),
            "2900": Decimal("-2241.00"),
        },
    ]


def _by_account(lines: list[dict[str, Any]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line["account"]] = sums.get(line["account"], Decimal(0)) + Decimal(line["debit"]) - Decimal(line["credit"])
    return sums


def test_the_same_files_again_and_in_anothers_folder_book_nothing_more(world: World) -> None:
    world.notify()
    world.notify_again()
    # The bank lays the same file in another company's folder too, while one of its accounts is still unknown.
    world.bru.fetch("SIM-KOPI.xml", world.files[0])
    world.nord.agree(Kind.INCOMING, world.unknown, "1951", notify="camt054", unplaced_ledger_account="2900")
    for deviation in Deviation.objects.filter(kind="unknown_account", state="open"):
        world.settle(deviation)
    world.settle(held("unclaimed"), "release:fee")
    world.settle(held("possible_repeat"))
    booked = book(world)

    for office in world.offices:
        for number, content in enumerate(world.files):
            office.fetch(f"SIM-IGJEN-{number}.xml", content)

    ledger = {
        world.fjord_account: "1920", world.bru_account: "1921", world.nord_account: "1950", world.unknown: "1951",
    }  # fmt: skip
    assert book(world) == booked == bank(world, ledger)
    assert open_deviations() == {}


def test_no_company_sees_anothers_line(world: World) -> None:
    world.notify()
    world.notify_again()
    settle_everything(world)
    marks = {
        "fjord": ("LONN-NOV", "FJORD-LEIE", "Kontorbygg", world.fjord_account, "91750.75", "96750.75"),
        "bru": ("BRU-", "Asfalt", world.bru_account, "16666.65", "4414.44", "5555.55"),
        "nord": ("0010017", "Per Turist", "Båtplass", world.nord_account, world.unknown, "7777.77", "1749.50"),
    }
    told = dict(zip(marks, (office.told() for office in world.offices), strict=True))

    for name, text in told.items():
        assert [mark for mark in marks[name] if mark not in text] == [], name
        others = [mark for other, found in marks.items() if other != name for mark in found]
        assert [mark for mark in others if mark in text] == [], name
    for office in world.offices:
        for other in world.offices:
            if other is not office:
                (batch, *_) = other.every("ledger-batches")
                assert office.erp.get(f"ledger-batches/{batch['id']}").status_code == 404
                assert office.erp.get(f"ledger-batches/{batch['id']}/lines").status_code == 404


def test_who_may_not_see_salary_gets_one_line_for_the_lump_and_no_names(world: World) -> None:
    world.notify()

    told = world.fjord.told()
    accountant = signed_in_as(make_user(company=world.fjord.company, roles=(Role.VIEWER,)))
    remittance = world.fjord.every("remittances")[0]["id"]
    batch = world.fjord.every("ledger-batches")[0]["id"]
    addresses = ("", "remittances/", f"remittances/{remittance}/", "ledger-batches/", f"ledger-batches/{batch}/")
    pages = "".join(read(accountant, f"/c/{world.fjord.company.pk}/{address}") for address in addresses)
    pages += read(world.central, "/central/relay/?show=deviations") + read(world.central, "/central/relay/")

    for amount in SALARIES:
        assert amount not in told
        whole, ore = amount.split(".")
        assert f"{whole[:2]}\xa0{whole[2:]},{ore}" not in pages
    for mark in ("Lønnsmottaker", "LONN-1", "LONN-2", "LONN-3"):
        assert mark not in told + pages
    (line,) = [line for line in world.fjord.lines() if line["account"] == "2930"]
    assert (line["debit"], line["text"]) == (SALARY_LUMP, "Lønn, 3 utbetalinger")
    assert (line["end_to_end_id"], line["supplier"], line["kid"]) == (None, None, None)


def test_who_may_see_salary_sees_each_payment_and_still_one_line_in_the_ledger(world: World) -> None:
    world.notify()
    erp = sees_salary(world.fjord)

    seen = {item["end_to_end_id"]: (item["status"], item["amount"]) for item in erp.get("payments").json()["results"]}

    wages = {f"LONN-{number}": ("paid", amount) for number, amount in enumerate(SALARIES, start=1)}
    assert seen == {**wages, "FJORD-LEIE": ("paid", "5000.00")}
    assert [line["debit"] for line in world.fjord.lines() if line["account"] == "2930"] == [SALARY_LUMP]


def test_an_unknown_account_cannot_be_released_before_it_has_its_agreement(world: World) -> None:
    world.notify()

    world.settle(held("unknown_account"))

    assert held("unknown_account").account == world.unknown
    assert not [line for line in world.nord.lines() if line["account"] == "1951"]


def test_a_receipt_that_was_told_twice_of_one_is_closed_and_booked_once(world: World) -> None:
    world.notify()
    world.notify_again()

    world.settle(held("possible_repeat"), "close")

    equal = ("1950", "2026-11-25", Decimal("300.00"))
    assert book(world)[equal] == 1
    assert IncomingPayment.objects.filter(amount=30_000).count() == 1
