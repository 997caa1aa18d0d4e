"""Free texts are as long as the bank makes them: what is kept of them fits, and the payment is booked."""

from companies.models import Company
from erp_gateway.models import LedgerLine
from payments_in.models import IncomingPayment
from tests.bank_gateway.received import receive_file

from .test_booking import SAMPLES, company, make_incoming, receive

__all__ = ["company"]
CREDITS = "camt054/own_camt.054.001.08_credit_kid_text_structured.xml"


def test_a_name_beyond_measure_is_cut_and_the_payment_is_booked(company: Company) -> None:
    file = receive(make_incoming(company, notify="camt054"), CREDITS, (b"<Nm>", b"<Nm>" + b"N" * 300))

    assert file.state == "applied", file.errors
    assert {len(name) for name in IncomingPayment.objects.values_list("debtor_name", flat=True) if name} == {140}


def test_an_invoice_number_longer_than_a_kid_stays_on_its_line(company: Company) -> None:
    number = b"F" * 35
    document = b"<Strd><RfrdDocInf><Nb>" + number + b"</Nb></RfrdDocInf>"
    content = (SAMPLES / CREDITS).read_bytes().replace(b"<Strd>", document, 1)

    file = receive_file(make_incoming(company, notify="camt054"), name="SIM-1.xml", content=content)

    assert file.state == "applied", file.errors
    assert LedgerLine.objects.filter(document=number.decode()).exists()
    assert IncomingPayment.objects.get(kid="0010017").invoice_number is None
