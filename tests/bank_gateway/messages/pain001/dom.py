"""Read an order the plain way, element by element from the whole tree, to hold the stream reader against."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import cast

from lxml import etree

from bank_gateway.messages.pain001 import DOCUMENT_COLUMNS, PAYMENT_COLUMNS, OrderReader

Row = dict[str, str | None]


def streamed(source: bytes) -> tuple[OrderReader, list[Row], list[Row]]:
    """Read an order with the stream reader; return it, its payments and its documents."""
    reader = OrderReader(io.BytesIO(source))
    chunks = list(reader.chunks())
    payments = rows(b"".join(chunk.payments_csv for chunk in chunks), PAYMENT_COLUMNS)
    documents = rows(b"".join(chunk.documents_csv for chunk in chunks), DOCUMENT_COLUMNS)
    assert sum(chunk.count for chunk in chunks) == len(payments) == reader.count
    return reader, payments, documents


def rows(text: bytes, columns: Iterable[str]) -> list[Row]:
    """Read CSV; no text of an order is empty, so an empty field is NULL."""
    reader = csv.reader(io.StringIO(text.decode(), newline=""), strict=True)
    return [{column: value or None for column, value in zip(columns, row, strict=True)} for row in reader]


class Dom:
    """Read payments and documents from a parsed tree by XPath; texts by string(), which joins across comments."""

    def __init__(self, source: bytes) -> None:
        self.root = etree.fromstring(source)
        self.names = {"p": etree.QName(self.root).namespace}

    def every(self, element: "etree._Element", path: str) -> list["etree._Element"]:
        found = element.xpath("/".join(f"p:{step}" for step in path.split("/")), namespaces=self.names)
        return cast("list[etree._Element]", found)

    def text(self, element: "etree._Element", path: str, separator: str = "\n") -> str | None:
        found = self.every(element, path)
        return separator.join(str(one.xpath("string()")) for one in found) if found else None

    def payments(self) -> list["etree._Element"]:
        return self.every(self.root, "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf")

    def group_no(self, payment: "etree._Element") -> int:
        groups = self.every(self.root, "CstmrCdtTrfInitn/PmtInf")
        return 1 + next(index for index, group in enumerate(groups) if group is payment.getparent())

    def own_kid(self, payment: "etree._Element") -> str | None:
        structured = self.every(payment, "RmtInf/Strd")
        if len(structured) != 1 or self.text(structured[0], "CdtrRefInf/Tp/CdOrPrtry/Cd") != "SCOR":
            return None
        only = structured[0]
        if self.every(only, "RfrdDocInf"):
            return None
        amounts = self.every(only, "RfrdDocAmt/RmtdAmt")
        if amounts and Decimal(self.text(only, "RfrdDocAmt/RmtdAmt") or "") != Decimal(
            self.text(payment, "Amt/InstdAmt") or ""
        ):
            return None
        return self.text(only, "CdtrRefInf/Ref")

    def document(self, strd: "etree._Element") -> Row:
        kinds = {"CINV": "invoice", "CREN": "credit_note"}
        amounts = [*self.every(strd, "RfrdDocAmt/RmtdAmt"), *self.every(strd, "RfrdDocAmt/CdtNoteAmt")]
        return {
            "type": kinds.get(self.text(strd, "RfrdDocInf/Tp/CdOrPrtry/Cd") or "CINV", "?"),
            "document_number": self.text(strd, "RfrdDocInf/Nb"),
            "amount": str(amounts[0].xpath("string()")) if amounts else None,
            "currency": amounts[0].get("Ccy") if amounts else None,
            "kid": self.text(strd, "CdtrRefInf/Ref"),
            "date": self.text(strd, "RfrdDocInf/RltdDt"),
        }

    def payment(self, payment: "etree._Element") -> Row:
        iban = self.text(payment, "CdtrAcct/Id/IBAN")
        scheme = self.text(payment, "CdtrAcct/Id/Othr/SchmeNm/Cd") or "none"
        suppliers = [
            self.text(other, "Id")
            for other in self.every(payment, "Cdtr/Id/OrgId/Othr")
            if self.text(other, "SchmeNm/Prtry") == "SUPPLIER"
        ]
        return {
            "instruction_id": self.text(payment, "PmtId/InstrId"),
            "end_to_end_id": self.text(payment, "PmtId/EndToEndId"),
            "amount": self.text(payment, "Amt/InstdAmt"),
            "currency": self.every(payment, "Amt/InstdAmt")[0].get("Ccy"),
            "creditor_name": self.text(payment, "Cdtr/Nm"),
            "creditor_account": iban or self.text(payment, "CdtrAcct/Id/Othr/Id"),
            "creditor_account_scheme": "IBAN" if iban else scheme if scheme in ("BBAN", "none") else "other",
            "creditor_country": self.text(payment, "Cdtr/PstlAdr/Ctry"),
            "street": self.text(payment, "Cdtr/PstlAdr/StrtNm"),
            "town": self.text(payment, "Cdtr/PstlAdr/TwnNm"),
            "address_lines": self.text(payment, "Cdtr/PstlAdr/AdrLine"),
            "supplier_number": suppliers[0] if suppliers else None,
            "kid": self.own_kid(payment),
            "message": self.text(payment, "RmtInf/Ustrd"),
            "structured_count": str(len(self.every(payment, "RmtInf/Strd"))),
            "unstructured_count": str(len(self.every(payment, "RmtInf/Ustrd"))),
        }

    def documents(self) -> list[Row]:
        found: list[Row] = []
        for position, payment in enumerate(self.payments(), start=1):
            if self.own_kid(payment) is None:
                structured = enumerate(self.every(payment, "RmtInf/Strd"), start=1)
                found += [
                    {"position": str(position), "number": str(number), **self.document(strd)}
                    for number, strd in structured
                ]
        return found
