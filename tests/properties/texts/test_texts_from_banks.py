"""Any text of a bank goes to quarantine with its reason, or comes out as it was; and touches nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from bank_gateway.models import IncomingFile
from companies.models import Role
from erp_gateway.models import LedgerLine
from payments_in.models import IncomingPayment
from remittance.models import BankMessage, Payment
from remittance.services.advance import advance_remittance
from tests.bank_gateway.messages.camt054.documents import Entry, Notification, Transaction, document, text_of
from tests.bank_gateway.messages.ocr_giro import files as ocr
from tests.bank_gateway.received import receive_file
from tests.companies.builders import make_user
from tests.erp_gateway.feed import told as told_by_feed
from tests.payments_in.test_booking import make_incoming
from tests.properties.depth import depth, unhurried
from tests.properties.rehearsal import rehearsal
from tests.remittance.builders import Sender, make_sender, order, payment

from .hostile import texts
from .pages import Page, open_page

# The bank's texts that a person reads are as long as the schema lets them be.
TEXTS = texts(140).filter(lambda text: text.strip() != "")


@pytest.fixture(autouse=True)
def _tuesday_morning(db: None) -> Iterator[None]:
    with time_machine.travel("2026-11-24T08:00:00Z", tick=True):
        yield


@pytest.fixture
def browser_of() -> Any:
    """Return a browser in which a person of a company is signed in."""

    def sign_in(sender: Sender) -> Client:
        client = Client()
        client.force_login(make_user(company=sender.company, roles=(Role.AUTOPAY_ADMINISTRATOR,)))
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def is_told(file: IncomingFile) -> bool:
    """Return whether a file was applied; otherwise it says why it lies in quarantine."""
    assert file.state in ("applied", "quarantined")
    assert (file.state == "quarantined") == bool(file.errors)
    assert all(error["code"] != "apply_failed" for error in file.errors)
    return bool(file.state == "applied")


# --- reasons of rejects (pain.002) ---


@dataclass(frozen=True)
class Sent:
    """Two payments at the bank, and their pages with a plain reason."""

    sender: Sender
    client: Client
    message_id: str
    addresses: tuple[str, ...]


@pytest.fixture
def sent(browser_of: Any) -> Sent:
    sender = make_sender()
    answer = sender.send_json(order(payment(1), payment(2, amount="99.00")))
    advance_remittance(remittance_id=UUID(answer.json()["id"]))
    home = f"/c/{sender.company.pk}"
    addresses = (
        f"{home}/remittances/{answer.json()['id']}/",
        f"{home}/payments/{Payment.objects.get(end_to_end_id='INV-1').pk}/",
    )
    return Sent(sender, browser_of(sender), BankMessage.objects.get().message_id, addresses)


def reject(sent: Sent, text: str, version: str) -> IncomingFile:
    """Reject the first payment and accept the second."""
    content = (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-11-24T10:00:00+01:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{sent.message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.03</OrgnlMsgNmId>"
        f"</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>{sent.message_id}-1</OrgnlPmtInfId>"
        "<TxInfAndSts><OrgnlEndToEndId>INV-1</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn>"
        f"<AddtlInf>{text_of(text)}</AddtlInf></StsRsnInf></TxInfAndSts>"
        "<TxInfAndSts><OrgnlEndToEndId>INV-2</OrgnlEndToEndId><TxSts>ACCP</TxSts></TxInfAndSts>"
        "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    )
    return receive_file(sent.sender.agreement, name="SIM-1.xml", content=content.encode())


@unhurried
def test_a_reason(sent: Sent) -> None:
    with rehearsal():
        reject(sent, "Konto er avsluttet", "03")
        plain = [open_page(sent.client, address) for address in sent.addresses]

    @given(TEXTS, st.sampled_from(("03", "10")))
    @depth(examples=12)
    def run(text: str, version: str) -> None:
        with rehearsal():
            check_reason(sent, plain, text, told=is_told(reject(sent, text, version)))

    run()


def check_reason(sent: Sent, plain: list[Page], text: str, *, told: bool) -> None:
    first, second = Payment.objects.order_by("position")
    if not told:
        assert (first.status, second.status) == ("approved", "approved")
        return
    assert (first.status, first.reason_code, first.bank_text) == ("rejected_by_bank", "AC04", text)
    assert (second.status, second.reason_code, second.bank_text) == ("accepted", None, None)
    reasons = [
        (one["end_to_end_id"], one["reason"] and one["reason"]["bank_text"])
        for message in told_by_feed(sent.sender.company.pk, kind="payment_status")
        for one in message["data"]["payments"]
        if message["data"]["status"] in ("rejected_by_bank", "accepted")
    ]
    assert sorted(reasons) == [("INV-1", text), ("INV-2", None)]
    listed = sent.sender.erp.get(f"payments/{first.pk}").json()
    assert listed["reason"]["bank_text"] == text
    check_pages(sent.client, sent.addresses, plain, text, on=1)


def check_pages(client: Client, addresses: tuple[str, ...], plain: list[Page], text: str, *, on: int) -> None:
    """Hold the pages to the same elements as with a plain text; the page `on` shows it."""
    pages = [open_page(client, address) for address in addresses]
    for page, before in zip(pages, plain, strict=True):
        assert page.elements == before.elements
    assert pages[on].shows(text)


# --- receipts (camt.054) ---


@dataclass(frozen=True)
class Receiving:
    """A company whose account tells of receipts by camt.054, and its page with plain ones."""

    sender: Sender
    client: Client
    agreement: Any

    @property
    def address(self) -> str:
        """Return the page of what came in."""
        return f"/c/{self.sender.company.pk}/incoming/"


@pytest.fixture
def receiving(browser_of: Any) -> Receiving:
    sender = make_sender(account="15030000002")
    agreement = make_incoming(sender.company, notify="camt054")
    return Receiving(sender, browser_of(sender), agreement)


FIELDS = ("debtor_name", "message", "bank_reference")


def book(receiving: Receiving, field: str, text: str, version: str) -> IncomingFile:
    """Book two receipts; the first has a text of the test's."""
    strange: dict[str, Any] = {"debtor_name": "Ola Nordmann", "lines": ("Faktura 1",), "bank_reference": "B-1"}
    strange |= {"lines": (text,)} if field == "message" else {field: text}
    receipts = [
        Transaction(amount="100.00", **strange),
        Transaction(amount="50.00", debtor_name="Kari Nordmann", lines=("Faktura 2",), bank_reference="B-2"),
    ]
    entry = Entry(receipts, amount="150.00", bank_reference="E-1")
    content = document(Notification([entry]), version=version)
    return receive_file(receiving.agreement, name="SIM-1.xml", content=content)


@unhurried
def test_a_receipt(receiving: Receiving) -> None:
    with rehearsal():
        assert is_told(book(receiving, "message", "Faktura 1", "02"))
        plain = [open_page(receiving.client, receiving.address)]

    @given(st.sampled_from(FIELDS), TEXTS, st.sampled_from(("02", "08")))
    @depth(examples=12)
    def run(field: str, text: str, version: str) -> None:
        text = text[:35] if field == "bank_reference" else text
        with rehearsal():
            check_receipt(receiving, plain, field, text, told=is_told(book(receiving, field, text, version)))

    run()


def check_receipt(receiving: Receiving, plain: list[Page], field: str, text: str, *, told: bool) -> None:
    if not told:
        assert not IncomingPayment.objects.exists()
        return
    strange, other = IncomingPayment.objects.order_by("-amount")
    kept = {"debtor_name": strange.debtor_name, "message": strange.message, "bank_reference": strange.reference}
    usual = {"debtor_name": "Ola Nordmann", "message": "Faktura 1", "bank_reference": "B-1"}
    assert kept == {**usual, field: text}
    assert (other.debtor_name, other.message, other.reference) == ("Kari Nordmann", "Faktura 2", "B-2")
    results = receiving.sender.erp.get("incoming-payments").json()["results"]
    shown = {one["amount"]: one for one in results}["100.00"]
    told_as = {"bank_reference": "reference"}.get(field, field)
    assert shown[told_as] == text
    assert sorted(LedgerLine.objects.values_list("account", "debit", "credit")) == [
        ("1920", 15000, 0),
        ("2900", 0, 5000),
        ("2900", 0, 10000),
    ]
    check_pages(receiving.client, (receiving.address,), plain, text if field != "bank_reference" else "", on=0)


# --- receipts with a text (OCR giro, types 20 and 21) ---

LATIN1 = st.text(
    st.characters(max_codepoint=255, exclude_categories=["Cc"]) | st.sampled_from("\t\\'\";,<>&%{}$-"),
    min_size=1,
    max_size=40,
)


@unhurried
def test_an_ocr_text(browser_of: Any) -> None:
    sender = make_sender(account="15030000002")
    agreement = make_incoming(sender.company, notify="ocr")

    @given(LATIN1.filter(lambda text: text.strip() != ""))
    @depth(examples=12)
    def run(text: str) -> None:
        payments = [ocr.Payment(type="21", kid="", text=text), ocr.Payment(amount=5000)]
        with rehearsal():
            file = receive_file(agreement, name="SIM-1.txt", content=ocr.file_of(ocr.Assignment(payments)))
            check_ocr(text, told=is_told(file))

    run()


def check_ocr(text: str, *, told: bool) -> None:
    if not told:
        assert not IncomingPayment.objects.exists()
        return
    strange, other = IncomingPayment.objects.order_by("-amount")
    # The field is 40 characters wide, and blanks fill it.
    assert strange.message == text.strip(" ")
    assert (other.kid, other.message) == ("0010017", None)
