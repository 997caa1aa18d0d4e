"""A payment of several invoices: KIDs and numbers may stand side by side, structured, and less credit notes."""

from tests.bank_gateway.simulator.orders import Info, Order, Tx
from tests.bank_gateway.simulator.schemas import values
from tests.bank_gateway.simulator.three_banks import Open, open_creditor

KID = "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>0010017</Ref></CdtrRefInf></Strd>"
NUMBER = """<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Nb>{number}</Nb></RfrdDocInf>
<RfrdDocAmt><{amount} Ccy="NOK">{value}</{amount}></RfrdDocAmt></Strd>"""


def order(*parts: str) -> bytes:
    """Return an order of one payment with these parts of its remittance information."""
    whole = Order("M-1", [Info([Tx("E-1")])]).xml().decode()
    assert whole.count(KID) == 1
    return whole.replace(KID, "".join(parts)).encode()


def test_a_kid_less_a_credit_note_is_executed_and_both_are_told(open_bank: Open) -> None:
    customer = open_bank("dnb")
    creditor = open_creditor(customer)
    note = NUMBER.format(code="CREN", number="K-12", amount="CdtNoteAmt", value="50.00")

    customer.login.upload("order.xml", order(KID, note))
    customer.advance(seconds=30)
    customer.advance(to="next_cutoff")

    assert customer.executed() == ["E-1"]
    (credit,) = creditor.fetch("CAMT054C")
    assert values(credit, "RmtInf/Ustrd") == ["KID 0010017", "K-12"]


def test_structured_and_free_text_together_are_refused(open_bank: Open) -> None:
    customer = open_bank("dnb")

    customer.login.upload("order.xml", order("<Ustrd>Faktura</Ustrd>", KID))
    customer.advance(seconds=30)

    assert values(customer.receipts()[-1], "TxInfAndSts/StsRsnInf/Rsn/Cd") == ["CH17"]
