"""Three payments, one of them with a text of the test's in one field, as JSON and as XML; and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import UUID

from lxml import etree

from autopay_portal.core.vault import open_stored
from bank_gateway.models import OutgoingFile
from bank_gateway.simulator.orders.model import Transfer
from bank_gateway.simulator.orders.reading import read_order
from remittance.models import Payment, Remittance
from remittance.services.advance import advance_remittance
from tests.bank_gateway.messages.pain001 import spelling
from tests.bank_gateway.messages.pain001.spelling import Tree, tree
from tests.erp_gateway.feed import told
from tests.remittance.builders import CREDITOR_ACCOUNT, Sender

ISO = "{*}"


@dataclass(frozen=True)
class Field:
    """Where a text stands: in the stored payment, and in the bank's file below CdtTrfTxInf; `most` as the schema says.

    A field that the bank doesn't get has no element.
    """

    name: str
    most: int
    element: str = ""


FIELDS = (
    Field("end_to_end_id", 35, "PmtId/EndToEndId"),
    Field("creditor_name", 140, "Cdtr/Nm"),
    Field("street", 70, "Cdtr/PstlAdr/StrtNm"),
    Field("building_number", 16, "Cdtr/PstlAdr/BldgNb"),
    Field("postcode", 16, "Cdtr/PstlAdr/PstCd"),
    Field("town", 35, "Cdtr/PstlAdr/TwnNm"),
    Field("message", 140, "RmtInf/Ustrd"),
    Field("document", 35, "RmtInf/Strd/RfrdDocInf/Nb"),
    Field("erp_reference", 35),
    Field("supplier_number", 35),
    Field("kid", 25, "RmtInf/Strd/CdtrRefInf/Ref"),
    Field("message_id", 35),
)
# Only XML has them.
XML_FIELDS = (*FIELDS, Field("address_lines", 70, "Cdtr/PstlAdr/AdrLine"))


def as_json(field: Field, text: str) -> dict[str, Any]:
    """Return the order as JSON."""
    payments = [_json_payment(number) for number in (1, 2, 3)]
    _put(payments[1], field.name, text)
    message_id = text if field.name == "message_id" else "R-1"
    return {"message_id": message_id, "debtor_account": "12345678903", "payments": payments}


def _json_payment(number: int) -> dict[str, Any]:
    address = {"street": "Storgata", "building_number": "1", "postcode": "0155", "town": "Oslo", "country": "NO"}
    return {
        "end_to_end_id": f"E-{number}",
        "amount": f"{number}00.00",
        "currency": "NOK",
        "execution_date": "2026-11-25",
        "creditor": {"name": "Strøm AS", "account": CREDITOR_ACCOUNT, "supplier_number": "5001", "address": address},
        "message": f"Faktura {number}",
        "erp_reference": str(number),
    }


def _put(payment: dict[str, Any], name: str, text: str) -> None:
    creditor = payment["creditor"]
    if name == "creditor_name":
        creditor["name"] = text
    elif name == "supplier_number":
        creditor[name] = text
    elif name in creditor["address"]:
        creditor["address"][name] = text
    elif name == "document":
        del payment["message"]
        payment["documents"] = [{"type": "invoice", "number": text, "amount": payment["amount"]}]
    elif name == "kid":
        del payment["message"]
        payment["kid"] = text
    elif name != "message_id":
        payment[name] = text


def as_xml(field: Field, text: str) -> Tree:
    """Return the order as pain.001, to be written in any spelling."""
    payments = (_xml_payment(number, {field.name: text} if number == 2 else {}) for number in (1, 2, 3))
    document = spelling.order(spelling.group(*payments, version="03"))
    header = document / "CstmrCdtTrfInitn" / "GrpHdr"
    (header / "MsgId").text = text if field.name == "message_id" else "R-1"
    (header / "NbOfTxs").text = "3"
    agent = document / "CstmrCdtTrfInitn" / "PmtInf" / "DbtrAgt" / "FinInstnId"
    agent.children.append(tree("BIC", "DNBANOKK"))
    return document


def _xml_payment(number: int, changed: Mapping[str, str]) -> Tree:
    words = {
        "end_to_end_id": f"E-{number}", "creditor_name": "Strøm AS", "street": "Storgata", "building_number": "1",
        "postcode": "0155", "town": "Oslo", "supplier_number": "5001", "erp_reference": str(number),
        "message": f"Faktura {number}", **changed,
    }  # fmt: skip
    amount = f"{number}00.00"
    address = [tree(tag, words[name]) for tag, name in _ADDRESS.items()]
    lines = [tree("AdrLine", words["address_lines"])] if "address_lines" in words else []
    other = tree("Othr", tree("Id", words["supplier_number"]), tree("SchmeNm", tree("Prtry", "SUPPLIER")))
    reference = tree("Ustrd", words["message"])
    if "document" in words:
        reference = spelling.invoice(words["document"], amount)
    if "kid" in words:
        reference = spelling.kid(words["kid"])
    return tree(
        "CdtTrfTxInf",
        tree("PmtId", tree("InstrId", words["erp_reference"]), tree("EndToEndId", words["end_to_end_id"])),
        tree("Amt", tree("InstdAmt", amount, Ccy="NOK")),
        tree(
            "Cdtr",
            tree("Nm", words["creditor_name"]),
            tree("PstlAdr", *address, tree("Ctry", "NO"), *lines),
            tree("Id", tree("OrgId", other)),
        ),
        spelling.creditor_account(),
        tree("RmtInf", reference),
    )


_ADDRESS = {"StrtNm": "street", "BldgNb": "building_number", "PstCd": "postcode", "TwnNm": "town"}


@dataclass(frozen=True)
class Became:
    """What the product keeps of an order: rows by place, the bank's elements by place, and the ids in the feed.

    `read`: the payments as a simulated bank reads them, which also holds the file to its schema.
    """

    message_id: str
    rows: list[dict[str, Any]]
    elements: list[list[tuple[str, str]]]
    told: list[list[str]]
    read: list[Transfer]


def follow(sender: Sender, remittance_id: str) -> Became:
    """Take a stored order to the bank's file and return what stands where."""
    advance_remittance(remittance_id=UUID(remittance_id))
    outgoing = OutgoingFile.objects.get(subject_id=remittance_id)
    with open_stored(outgoing.path) as file:
        content = file.read()
    payments = etree.fromstring(content).iterfind(f".//{ISO}CdtTrfTxInf")
    messages = told(sender.company.pk, kind="payment_status")
    return Became(
        message_id=Remittance.objects.values_list("message_id", flat=True).get(pk=remittance_id),
        rows=[_row(payment) for payment in Payment.objects.filter(remittance_id=remittance_id).order_by("position")],
        elements=[_elements(payment) for payment in payments],
        told=[[one["end_to_end_id"] for one in message["data"]["payments"]] for message in messages],
        read=_as_the_bank_reads(content),
    )


def _as_the_bank_reads(content: bytes) -> list[Transfer]:
    with NamedTemporaryFile(suffix=".xml") as file:
        file.write(content)
        file.flush()
        return [part for part in read_order(Path(file.name)) if isinstance(part, Transfer)]


def _row(payment: Payment) -> dict[str, Any]:
    kept = (
        "position", "status", "end_to_end_id", "erp_reference", "amount", "currency", "category", "urgent",
        "execution_date", "bank_date", "creditor_name", "creditor_account", "creditor_bic", "creditor_address",
        "supplier_number", "kid", "message", "documents", "bank_group",
    )  # fmt: skip
    return {name: getattr(payment, name) for name in kept}


def _elements(payment: etree._Element) -> list[tuple[str, str]]:
    """Return every text of a payment with its path; of our own id, which the order decides, nothing."""
    found = []
    for element in payment.iter():
        path = [etree.QName(each).localname for each in (*reversed(list(element.iterancestors())), element)]
        below = "/".join(path[path.index("CdtTrfTxInf") + 1 :])
        if len(element) == 0 and below != "PmtId/InstrId":
            found.append((below, element.text or ""))
    return found
