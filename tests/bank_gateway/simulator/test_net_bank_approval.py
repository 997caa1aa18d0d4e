"""Approval in the net bank, where the agreement wants signers there."""

import pytest

from tests.bank_gateway.simulator.orders import Info, Tx
from tests.bank_gateway.simulator.schemas import check_schema, values
from tests.bank_gateway.simulator.three_banks import BankCustomer, Open

TWO = [Tx("E-1"), Tx("E-2")]


def _statuses(customer: BankCustomer, *, after: int) -> list[tuple[list[str], list[str], list[str]]]:
    """Return PmtInfSts, end-to-end ids and TxSts of every pain.002 after the first few."""
    found = customer.receipts()[after:]
    for each in found:
        check_schema(each)
    return [(values(each, "PmtInfSts"), values(each, "OrgnlEndToEndId"), values(each, "TxSts")) for each in found]


@pytest.mark.parametrize(
    ("bank", "receipts", "pending", "accepted"),
    [
        ("dnb", 2, (["PDNG"], [], []), [(["ACCP"], [], [])]),
        ("nordea", 2, ([], ["E-1", "E-2"], ["PDNG"] * 2), [([], ["E-1", "E-2"], ["ACCP"] * 2)]),
        ("sparebank1", 1, (["PDNG"], [], []), []),
    ],
)
def test_an_order_waits_until_it_is_approved_as_often_as_agreed(
    open_bank: Open,
    bank: str,
    receipts: int,
    pending: tuple[list[str], list[str], list[str]],
    accepted: list[tuple[list[str], list[str], list[str]]],
) -> None:
    customer = open_bank(bank, signers=2)
    customer.send_payments("M-1", *TWO)
    customer.advance(seconds=30)
    waiting = _statuses(customer, after=receipts)
    first = customer.post("approve", {"message_id": "M-1"})
    customer.advance(to="next_cutoff")
    after_one = (customer.executed(), len(customer.receipts()))

    second = customer.post("approve", {"message_id": "M-1"})
    told = _statuses(customer, after=receipts + 1)
    customer.advance(to="next_cutoff")

    assert waiting == [pending]
    assert values(customer.receipts()[receipts], "AddtlInf")[0] == "Venter på godkjenning i nettbanken"
    assert (first, second) == ({"approved": 0, "waiting": 2}, {"approved": 2, "waiting": 0})
    assert after_one == ([], receipts + 1)
    assert told == accepted
    assert customer.executed() == ["E-1", "E-2"]


def test_what_is_not_approved_by_the_days_last_cutoff_waits_for_the_next_bank_day(open_bank: Open) -> None:
    customer = open_bank("dnb", signers=1)
    customer.send_payments("M-1", Tx("E-1"), day="2026-11-27")
    customer.advance(to="2026-11-27T14:00:01+01:00")

    customer.post("approve", {"message_id": "M-1"})
    customer.advance(to="2026-12-02T00:00:00+01:00")

    assert [row["executed"][:16] for row in customer.simulator.executions()] == ["2026-11-30T07:45"]
    assert _statuses(customer, after=3) == [([], ["E-1"], ["ACWC"])]


def test_one_payment_is_approved_by_itself_and_the_rest_later(open_bank: Open) -> None:
    customer = open_bank("dnb", signers=1)
    customer.send_payments("M-1", *TWO, Tx("E-3"))
    customer.advance(seconds=30)

    answer = customer.post("approve", {"end_to_end_id": "E-2"})
    told = _statuses(customer, after=3)
    customer.advance(to="next_cutoff")
    first = customer.executed()
    customer.post("approve", {"message_id": "M-1"})
    customer.advance(to="next_cutoff")

    assert answer == {"approved": 1, "waiting": 0}
    assert told == [([], ["E-2"], ["ACCP"])]
    assert first == ["E-2"]
    assert customer.executed() == ["E-2", "E-1", "E-3"]
    lumps = [(values(each, "Ntry/Amt"), values(each, "Btch/PmtInfId")) for each in customer.debits()]
    assert lumps == [(["100.00"], ["P-1"]), (["200.00"], ["P-1"])]
    assert customer.simulator.balances() == {"12345678903": "9700.00", "external": "-9700.00"}


def test_approved_before_it_was_told_to_wait_it_is_never_told(open_bank: Open) -> None:
    customer = open_bank("dnb", signers=1)
    customer.send_payments("M-1", *TWO)
    customer.advance(seconds=4)
    customer.post("approve", {"message_id": "M-1"})
    customer.advance(to="next_cutoff")

    assert len(customer.receipts()) == 2
    assert customer.executed() == ["E-1", "E-2"]


def test_only_what_waits_can_be_approved(open_bank: Open) -> None:
    customer = open_bank("dnb", signers=1)
    customer.send("M-1", [Info([Tx("E-1")], reference="P-1"), Info([Tx("E-2")], reference="P-2")])
    customer.advance(seconds=30)
    customer.post("approve", {"end_to_end_id": "E-1"})

    refused = [
        customer.post("approve", body, status=status)["code"]
        for body, status in (
            ({}, 422),
            ({"message_id": "M-2"}, 404),
            ({"end_to_end_id": "E-3"}, 404),
            ({"end_to_end_id": "E-1"}, 409),
            ({"end_to_end_id": "E-2", "message_id": "M-2"}, 404),
        )
    ]
    customer.post("approve", {"message_id": "M-1"})
    refused.append(customer.post("approve", {"message_id": "M-1"}, status=409)["code"])

    assert refused == [
        "invalid", "order_unknown", "payment_unknown", "not_in_register", "payment_unknown", "not_in_register",
    ]  # fmt: skip
    customer.advance(to="next_cutoff")
    assert customer.executed() == ["E-1", "E-2"]


def test_approvals_survive_a_restart(open_bank: Open) -> None:
    customer = open_bank("nordea", signers=2)
    customer.send_payments("M-1", *TWO)
    customer.advance(seconds=30)
    customer.post("approve", {"message_id": "M-1"})
    customer.simulator.stop()
    customer.simulator.start()

    answer = customer.post("approve", {"message_id": "M-1"})
    customer.advance(to="next_cutoff")

    assert answer == {"approved": 2, "waiting": 0}
    assert customer.executed() == ["E-1", "E-2"]
