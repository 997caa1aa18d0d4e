"""What differs between the banks when they execute: cut-offs, reports of the day, how a debit is booked."""

import pytest

from bank_gateway.simulator.profiles import BANKS
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, Info, Tx
from tests.bank_gateway.simulator.schemas import check_schema, message_of, values
from tests.bank_gateway.simulator.three_banks import BankCustomer, Open

KINDS = {"normal": {}, "urgent": {"level": "URGP"}, "salary": {"category": "SALA"}}


def _lines(customer: BankCustomer) -> list[tuple[str, list[str], str]]:
    """Return the booked lines as (amount, end-to-end ids, Btch/PmtInfId), after the schema was checked."""
    lines = []
    for debit in customer.debits():
        check_schema(debit)
        for entry in debit.split(b"<Ntry>")[1:]:
            inside = b"<Ntry>" + entry.partition(b"</Ntry>")[0] + b"</Ntry>"
            batch = values(inside, "Btch/PmtInfId")
            lines.append((values(inside, "Ntry/Amt")[0], values(inside, "Refs/EndToEndId"), "".join(batch)))
    return lines


@pytest.mark.parametrize("bank", list(BANKS))
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_of_payment_goes_by_its_own_cutoffs(open_bank: Open, bank: str, kind: str) -> None:
    customer = open_bank(bank)
    cutoffs = BANKS[bank].cutoffs[kind]
    for number, cutoff in enumerate(cutoffs):
        customer.send_payments(f"M-{number}", Tx(f"E-{number}"), **KINDS[kind])
        customer.advance(to=f"2026-11-24T{cutoff}+01:00")
    customer.send_payments("M-LATE", Tx("E-LATE"), **KINDS[kind])
    customer.advance(to="2026-11-26T00:00:00+01:00")

    executed = [(row["end_to_end_id"], row["executed"][8:16]) for row in reversed(customer.simulator.executions())]
    at = [f"24T{cutoff.hour - 1:02d}:{cutoff.minute:02d}" for cutoff in cutoffs]
    assert executed == [
        *((f"E-{number}", when) for number, when in enumerate(at)),
        ("E-LATE", f"25{at[0][2:]}"),
    ]


def test_nordea_reports_every_executed_payment_as_settled_beside_its_debit(open_bank: Open) -> None:
    customer = open_bank("nordea")
    infos = [Info([Tx("E-1"), Tx("E-2", kid="0010018")], reference="P-1"), Info([Tx("E-3")], reference="P-2")]
    customer.send("M-1", infos)
    customer.advance(seconds=30)
    customer.advance(to="next_cutoff")

    settled = customer.receipts()[2]
    check_schema(settled)
    assert message_of(settled) == "pain.002.001.10"
    assert (values(settled, "GrpSts"), values(settled, "PmtInfSts")) == ([], [])
    assert values(settled, "OrgnlMsgId") == ["M-1"]
    assert values(settled, "OrgnlPmtInfId") == ["P-1", "P-2"]
    named = zip(values(settled, "OrgnlEndToEndId"), values(settled, "TxSts"), strict=True)
    assert list(named) == [("E-1", "ACSC"), ("E-3", "ACSC")]
    (debit,) = customer.debits()
    assert message_of(debit) == "camt.054.001.08"
    assert values(debit, "Refs/EndToEndId") == ["E-1", "E-3"]


@pytest.mark.parametrize("bank", ["dnb", "sparebank1"])
def test_the_others_say_nothing_at_execution_but_the_debit(open_bank: Open, bank: str) -> None:
    customer = open_bank(bank)
    customer.send_payments("M-1", Tx("E-1"))
    customer.advance(seconds=30)
    before = len(customer.receipts())
    customer.advance(to="next_cutoff")

    assert len(customer.receipts()) == before
    assert len(customer.debits()) == 1


def test_sparebank1_tells_once_that_it_waits_for_funds_and_then_rejects(open_bank: Open) -> None:
    customer = open_bank("sparebank1", balance="150.00")
    customer.send_payments("M-1", Tx("E-1"), Tx("E-2"))
    customer.advance(seconds=30)
    customer.advance(to="2026-11-24T13:00:00+01:00")
    waiting = customer.receipts()[1:]
    customer.advance(to="2026-11-25T00:00:00+01:00")

    assert len(waiting) == 1
    check_schema(waiting[0])
    assert (values(waiting[0], "PmtInfSts"), values(waiting[0], "Rsn/Cd")) == (["PDNG"], ["AM04"])
    refusal = customer.receipts()[2]
    check_schema(refusal)
    assert (values(refusal, "PmtInfSts"), values(refusal, "Rsn/Cd")) == (["RJCT"], ["AM04"])
    assert customer.executed() == []


def test_sparebank1_executes_what_waited_for_funds_when_they_come(open_bank: Open) -> None:
    customer = open_bank("sparebank1", balance="150.00")
    body = {"org_number": "974760673", "account": OUR_ACCOUNT, "direction": "incoming"}
    customer.post("agreements", body, status=201)
    customer.send_payments("M-1", Tx("E-1"), Tx("E-2"))
    customer.advance(to="next_cutoff")
    customer.post("incoming", {"account": OUR_ACCOUNT, "amount": "50.00", "message": "Lån"}, status=201)
    customer.advance(to="next_cutoff")

    assert [values(each, "PmtInfSts") for each in customer.receipts()[1:]] == [["PDNG"]]
    assert customer.executed() == ["E-1", "E-2"]


@pytest.mark.parametrize("bank", ["dnb", "nordea"])
def test_the_others_wait_for_funds_in_silence_and_then_reject(open_bank: Open, bank: str) -> None:
    customer = open_bank(bank, balance="150.00")
    customer.send_payments("M-1", Tx("E-1"), Tx("E-2"))
    customer.advance(to="2026-11-24T13:30:00+01:00")
    waiting = customer.receipts()[2:]
    customer.advance(to="2026-11-25T00:00:00+01:00")

    assert waiting == []
    (refusal,) = customer.receipts()[2:]
    check_schema(refusal)
    assert set(values(refusal, "Rsn/Cd")) == {"AM04"}
    named = values(refusal, "OrgnlEndToEndId")
    assert (values(refusal, "PmtInfSts"), named) == ((["RJCT"], []) if bank == "dnb" else ([], ["E-1", "E-2"]))


def test_a_report_on_the_rest_of_a_pmtinf_never_speaks_for_a_payment_refused_before(open_bank: Open) -> None:
    customer = open_bank("sparebank1", balance="150.00")
    wrong = Tx("E-WRONG", kid="0010018", account="12345678911")
    customer.send_payments("M-1", Tx("E-1"), Tx("E-2"), wrong)
    customer.advance(to="next_cutoff")

    waiting = customer.receipts()[2]
    check_schema(waiting)
    assert values(waiting, "PmtInfSts") == []
    assert values(waiting, "OrgnlEndToEndId") == ["E-1", "E-2"]
    assert values(waiting, "TxSts") == ["PDNG", "PDNG"]


LUMP, EACH, BARE = "lump with details", "one line each", "lump without details"
FORMS = [
    ("dnb", "", "SUPP", LUMP), ("dnb", "true", "SUPP", LUMP), ("dnb", "false", "SUPP", EACH),
    ("dnb", "", "SALA", BARE),
    ("nordea", "", "SUPP", EACH), ("nordea", "true", "SUPP", LUMP), ("nordea", "false", "SUPP", EACH),
    ("nordea", "", "SALA", BARE),
    ("sparebank1", "", "SUPP", BARE), ("sparebank1", "true", "SUPP", BARE), ("sparebank1", "false", "SUPP", EACH),
    ("sparebank1", "", "SALA", BARE),
]  # fmt: skip


@pytest.mark.parametrize(("bank", "batch", "category", "form"), FORMS)
def test_a_debit_is_booked_as_the_bank_books_it(
    open_bank: Open, bank: str, batch: str, category: str, form: str
) -> None:
    customer = open_bank(bank)
    customer.send_payments("M-1", Tx("E-1", amount="70.00"), Tx("E-2", amount="30.50"), batch=batch, category=category)

    customer.advance(to="next_cutoff")

    assert (
        _lines(customer)
        == {
            LUMP: [("100.50", ["E-1", "E-2"], "P-1")],
            BARE: [("100.50", [], "P-1")],
            EACH: [("70.00", ["E-1"], ""), ("30.50", ["E-2"], "")],
        }[form]
    )
    if form != EACH:
        (debit,) = customer.debits()
        assert values(debit, "Btch/MsgId") == ["M-1"]
        assert values(debit, "Btch/NbOfTxs") == ["2"]
        assert values(debit, "Btch/TtlAmt") == ["100.50"]


@pytest.mark.parametrize("bank", list(BANKS))
def test_money_in_is_notified_in_the_banks_own_version(open_bank: Open, bank: str) -> None:
    customer = open_bank(bank)
    body = {"org_number": "974760673", "account": OUR_ACCOUNT, "direction": "incoming"}
    customer.post("agreements", body, status=201)
    customer.post("incoming", {"account": OUR_ACCOUNT, "amount": "50.00", "message": "Takk"}, status=201)

    (credit,) = customer.login.fetch("CAMT054C")
    check_schema(credit)
    assert message_of(credit) == {"nordea": "camt.054.001.08"}.get(bank, "camt.054.001.02")
