"""What differs between the banks' receipts: GrpSts, which payments they name, and what a date becomes."""

import pytest

from tests.bank_gateway.simulator.orders import Info, Tx
from tests.bank_gateway.simulator.schemas import check_schema, values
from tests.bank_gateway.simulator.three_banks import BankCustomer, Open

BANKS = ["dnb", "nordea", "sparebank1"]
WRONG = Tx("E-WRONG", kid="0010018", account="12345678911")


def _named(report: bytes) -> list[tuple[str, str]]:
    check_schema(report)
    return list(zip(values(report, "TxInfAndSts/OrgnlEndToEndId"), values(report, "TxSts"), strict=True))


def _receipts(customer: BankCustomer, *infos: Info) -> list[bytes]:
    customer.send("M-1", list(infos))
    customer.advance(seconds=30)
    found = customer.receipts()
    for each in found:
        check_schema(each)
    return found


def test_an_order_without_faults_is_told_as_each_bank_tells_it(open_bank: Open) -> None:
    told = {}
    for bank in BANKS:
        customer = open_bank(bank)
        told[bank] = [
            (values(each, "GrpSts"), values(each, "PmtInfSts"), _named(each))
            for each in _receipts(customer, Info([Tx("E-1"), Tx("E-2")]))
        ]

    assert told == {
        "dnb": [(["ACTC"], [], []), (["ACCP"], ["ACCP"], [])],
        "nordea": [([], ["ACTC"], []), ([], ["ACCP"], [("E-1", "ACCP"), ("E-2", "ACCP")])],
        "sparebank1": [(["ACTC"], [], [])],
    }


def test_an_order_with_a_fault_is_told_as_each_bank_tells_it(open_bank: Open) -> None:
    infos = [Info([Tx("E-1"), WRONG], reference="P-1"), Info([Tx("E-2")], reference="P-2")]
    told = {}
    for bank in BANKS:
        customer = open_bank(bank)
        business = _receipts(customer, *infos)[1]
        told[bank] = (values(business, "GrpSts"), values(business, "PmtInfSts"), _named(business))

    assert told == {
        "dnb": (["PART"], ["PART", "ACCP"], [("E-WRONG", "RJCT")]),
        "nordea": ([], ["PART", "ACCP"], [("E-1", "ACCP"), ("E-WRONG", "RJCT"), ("E-2", "ACCP")]),
        "sparebank1": ([], [], [("E-WRONG", "RJCT")]),
    }


def test_an_order_with_nothing_right_in_it_is_told_as_each_bank_tells_it(open_bank: Open) -> None:
    told = {}
    for bank in BANKS:
        customer = open_bank(bank)
        business = _receipts(customer, Info([WRONG]))[1]
        told[bank] = (values(business, "GrpSts"), values(business, "PmtInfSts"), _named(business))

    assert told == {
        "dnb": (["RJCT"], ["RJCT"], [("E-WRONG", "RJCT")]),
        "nordea": (["RJCT"], ["RJCT"], [("E-WRONG", "RJCT")]),
        "sparebank1": ([], [], [("E-WRONG", "RJCT")]),
    }


def test_a_file_refused_as_a_whole_has_its_group_status_everywhere(open_bank: Open) -> None:
    for bank in BANKS:
        customer = open_bank(bank)
        customer.send("M-1", [Info([Tx("E-1")])], count="2")
        customer.advance(seconds=30)

        (refusal,) = customer.receipts()
        check_schema(refusal)
        assert (values(refusal, "GrpSts"), values(refusal, "Rsn/Cd")) == (["RJCT"], ["AM19"])


@pytest.mark.parametrize(
    ("bank", "statuses", "codes", "dates", "executed"),
    [
        ("dnb", ["ACWC"], ["DT06"], ["2026-11-24"], ["E-PAST"]),
        ("nordea", ["RJCT"], ["DT01"], [], []),
        ("sparebank1", [], [], [], ["E-PAST"]),
    ],
)
def test_a_past_date_is_moved_refused_or_moved_in_silence(
    open_bank: Open, bank: str, statuses: list[str], codes: list[str], dates: list[str], executed: list[str]
) -> None:
    customer = open_bank(bank)
    receipts = _receipts(customer, Info([Tx("E-PAST")], day="2026-11-20"))
    customer.advance(to="next_cutoff")

    business = receipts[1:]
    assert [each for report in business for each in values(report, "TxSts")] == statuses
    assert [each for report in business for each in values(report, "TxInfAndSts/StsRsnInf/Rsn/Cd")] == codes
    assert [each for report in business for each in values(report, "OrgnlTxRef/ReqdExctnDt")] == dates
    assert customer.executed() == executed
    assert [each for debit in customer.debits() for each in values(debit, "BookgDt/Dt")] == ["2026-11-24"] * len(
        executed
    )


@pytest.mark.parametrize(
    ("bank", "days"),
    [
        ("dnb", {"SUPP": "30", "SALA": "27", "PENS": "27"}),
        ("nordea", {"SUPP": "30", "SALA": "30", "PENS": "30"}),
        ("sparebank1", {"SUPP": "30", "SALA": "27", "PENS": "30"}),
    ],
)
def test_a_date_that_is_no_bank_day_is_moved_as_the_bank_moves_it(
    open_bank: Open, bank: str, days: dict[str, str]
) -> None:
    customer = open_bank(bank)
    saturday = "2026-11-28"
    for category in days:
        customer.send_payments(f"M-{category}", Tx(category), category=category, day=saturday, reference=category)

    customer.advance(to="2026-12-02T00:00:00+01:00")

    executed = {row["end_to_end_id"]: row["executed"][8:10] for row in customer.simulator.executions()}
    assert executed == days


@pytest.mark.parametrize("bank", BANKS)
def test_the_day_before_christmas_is_no_bank_day(open_bank: Open, bank: str) -> None:
    customer = open_bank(bank)
    customer.send_payments("M-1", Tx("E-1"), day="2026-12-24")

    customer.advance(to="2026-12-30T00:00:00+01:00")

    assert [row["executed"][:10] for row in customer.simulator.executions()] == ["2026-12-28"]


@pytest.mark.parametrize("bank", BANKS)
def test_a_year_ahead_is_the_furthest(open_bank: Open, bank: str) -> None:
    customer = open_bank(bank)
    infos = [Info([Tx("E-1")], day="2027-11-24", reference="P-1"), Info([Tx("E-2")], day="2027-11-25", reference="P-2")]

    business = _receipts(customer, *infos)[1]

    assert set(values(business, "Rsn/Cd")) == {"CH03"}
    assert values(business, "PmtInfSts")[-1:] == ["RJCT"]
