"""What differs between the banks when an order arrives: ids, elements they don't take, files they know again."""

import pytest

from tests.bank_gateway.simulator.orders import Info, Tx
from tests.bank_gateway.simulator.schemas import check_schema, values
from tests.bank_gateway.simulator.three_banks import Open

ONE = [Info([Tx("E-1")])]
IN_NINETY_DAYS = "2027-02-21"


@pytest.mark.parametrize(
    ("bank", "division", "text"),
    [
        ("dnb", "", "BANK is missing"),
        ("nordea", "0002", "BANK 0002 is not the one of the agreement"),
        ("sparebank1", "0001", "an id of scheme BANK is not used by this bank"),
    ],
)
def test_the_initiating_partys_ids_must_be_those_the_bank_wants(
    open_bank: Open, bank: str, division: str, text: str
) -> None:
    customer = open_bank(bank)
    customer.send("M-1", ONE, division=division)
    customer.send("M-2", ONE)

    customer.advance(seconds=30)
    customer.advance(to="next_cutoff")

    refusal = customer.receipts()[0]
    check_schema(refusal)
    assert values(refusal, "GrpSts") == ["RJCT"]
    assert values(refusal, "Rsn/Cd") == ["BE15"]
    assert values(refusal, "AddtlInf") == [f"Initiating party: {text}"]
    assert [row["message_id"] for row in customer.simulator.executions()] == ["M-2"]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (b"<NbOfTxs>1</NbOfTxs>", "NbOfTxs"),
        (b"<CtrlSum>100.00</CtrlSum>", "CtrlSum"),
        (b"<ChrgBr>SLEV</ChrgBr>", "ChrgBr"),
        (b"<ChrgBr>SLEV</ChrgBr>", "ChrgBr in a payment"),
    ],
)
def test_sparebank1_refuses_elements_the_others_take(open_bank: Open, given: bytes, name: str) -> None:
    customer = open_bank("sparebank1")
    places = {"ChrgBr": b"</DbtrAgt>", "ChrgBr in a payment": b"</Amt>"}
    place = places.get(name, b"<BtchBookg>true</BtchBookg>")
    order = customer.order("M-1", ONE)
    assert order.count(place) == 1

    customer.login.upload("order.xml", order.replace(place, place + given))
    customer.advance(seconds=30)

    (refusal,) = customer.receipts()
    check_schema(refusal)
    assert values(refusal, "Rsn/Cd") == ["FF01"]
    assert values(refusal, "AddtlInf") == [f"{name.split(' ')[0]} is not allowed in domestic payments"]


@pytest.mark.parametrize("bank", ["dnb", "nordea"])
def test_the_others_take_counts_sums_and_charge_bearer(open_bank: Open, bank: str) -> None:
    customer = open_bank(bank)
    order = customer.order("M-1", ONE)
    assert b"<CtrlSum>" in order[order.index(b"<PmtInf>") :]
    for place in (b"</DbtrAgt>", b"</Amt>"):
        order = order.replace(place, place + b"<ChrgBr>SLEV</ChrgBr>")

    customer.login.upload("order.xml", order)
    customer.advance(to="next_cutoff")

    assert customer.executed() == ["E-1"]


def test_dnb_never_forgets_a_message_id_and_says_so_in_a_code(open_bank: Open) -> None:
    customer = open_bank("dnb")
    customer.send("M-1", ONE)
    customer.advance(to=f"{IN_NINETY_DAYS}T12:00:00+01:00")
    customer.send("M-1", [Info([Tx("E-2")], day=IN_NINETY_DAYS)])
    customer.advance(to="2027-03-01T12:00:00+01:00")

    refusal = customer.receipts()[-1]
    assert (values(refusal, "Rsn/Cd"), values(refusal, "AddtlInf")) == (["AM05"], ["DU01 MsgId M-1 already received"])
    assert customer.executed() == ["E-1"]


def test_nordea_says_in_words_only_that_it_knows_a_message_id_and_forgets_it_after_ninety_days(
    open_bank: Open,
) -> None:
    customer = open_bank("nordea")
    customer.send("M-1", ONE)
    customer.advance(seconds=30)
    customer.send("M-1", ONE)
    customer.advance(seconds=30)
    refusal = customer.receipts()[-1]
    customer.advance(to=f"{IN_NINETY_DAYS}T12:00:00+01:00")
    last_inside = customer.executed()
    customer.advance(to="2027-02-23T12:00:00+01:00")
    customer.send("M-1", [Info([Tx("E-2")], day="2027-02-23")])
    customer.advance(to="next_cutoff")

    check_schema(refusal)
    assert values(refusal, "GrpSts") == ["RJCT"]
    assert values(refusal, "Rsn/Cd") == ["NARR"]
    assert values(refusal, "AddtlInf") == ["Filen M-1 er mottatt tidligere"]
    assert last_inside == ["E-1"]
    assert customer.executed() == ["E-1", "E-2"]


def test_sparebank1_executes_a_second_copy_again(open_bank: Open) -> None:
    customer = open_bank("sparebank1")
    customer.send("M-1", ONE)
    customer.advance(seconds=30)
    customer.send("M-1", ONE)
    customer.advance(seconds=30)
    customer.advance(to="next_cutoff")

    assert [values(each, "GrpSts") for each in customer.receipts()] == [["ACTC"], ["ACTC"]]
    assert customer.executed() == ["E-1", "E-1"]


@pytest.mark.parametrize(
    ("bank", "refused", "executed"),
    [
        ("dnb", ["E-KID"], ["E-SAME", "E-OTHER", "E-LATER"]),
        ("nordea", ["E-KID"], ["E-SAME", "E-OTHER", "E-LATER"]),
        ("sparebank1", ["E-KID", "E-SAME", "E-LATER"], ["E-OTHER"]),
    ],
)
def test_a_payment_in_fault_falls_alone_or_with_all_to_that_creditor(
    open_bank: Open, bank: str, refused: list[str], executed: list[str]
) -> None:
    customer = open_bank(bank)
    infos = [
        Info([Tx("E-KID", kid="0010018"), Tx("E-SAME"), Tx("E-OTHER", account="12345678911")], reference="P-1"),
        Info([Tx("E-LATER")], reference="P-2"),
    ]
    customer.send("M-1", infos)
    customer.advance(seconds=30)
    customer.advance(to="next_cutoff")

    business = customer.receipts()[1]
    check_schema(business)
    named = dict(zip(values(business, "TxInfAndSts/OrgnlEndToEndId"), values(business, "TxSts"), strict=True))
    assert [each for each, status in named.items() if status == "RJCT"] == refused
    assert customer.executed() == executed
    assert customer.simulator.balances()["12345678903"] == f"{10_000 - 100 * len(executed)}.00"
