"""Structured remittance information: invoices, credit notes and several KIDs in one payment, one Strd each."""

from dataclasses import dataclass, field
from typing import Final

from bank_gateway.messages.pain001.carried import STRUCTURED_INFORMS
from bank_gateway.messages.pain001.codes import DOCUMENT_TYPES
from bank_gateway.messages.pain001.rows import NULL, Cell
from bank_gateway.messages.pain001.shapes import Node

DOCUMENT_COLUMNS: Final = (
    "position",
    "number",
    "type",
    "document_number",
    "amount",
    "currency",
    "kid",
    "date",
    "line",
)

_CONTAINERS = frozenset(
    {
        "RfrdDocInf",
        "RfrdDocInf/Tp",
        "RfrdDocInf/Tp/CdOrPrtry",
        "RfrdDocAmt",
        "CdtrRefInf",
        "CdtrRefInf/Tp",
        "CdtrRefInf/Tp/CdOrPrtry",
    }
)


@dataclass
class Structured:
    """Hold what one Strd says: nodes for what differs between payments, texts for what its shape fixes."""

    kid: Node | None = None
    kind: str | None = None  # invoice, credit_note, or the code as written
    number: Node | None = None
    date: Node | None = None
    amount: Node | None = None
    currency: str | None = None
    is_credit: bool = False
    unsupported: list[str] = field(default_factory=list)
    informed: list[str] = field(default_factory=list)

    @property
    def is_document(self) -> bool:
        """Tell whether there is anything to carry."""
        return any(part is not None for part in (self.kid, self.kind, self.number, self.amount))

    @property
    def type(self) -> str:
        """Return the document's type: a Strd that names none is an invoice unless it is credited."""
        return self.kind or ("credit_note" if self.is_credit else "invoice")

    def cells(self) -> list[Cell]:
        """Return the cells of the document's row between `number` and `line`."""
        return [
            Cell(fixed=self.type),
            _cell(self.number),
            _cell(self.amount),
            NULL if self.currency is None else Cell(fixed=self.currency),
            _cell(self.kid),
            _cell(self.date),
        ]


def _cell(node: Node | None) -> Cell:
    return NULL if node is None else Cell(nodes=(node,))


def read_structured(strd: Node) -> Structured:
    """Read one Strd; what it says twice or in contradiction is unsupported."""
    found = Structured()
    prefix = f"{strd.path}/"
    for child in strd.children:
        _visit(child, prefix, found)
    if found.kind == "invoice" and found.is_credit:
        found.unsupported.append(f"{prefix}RfrdDocAmt/CdtNoteAmt")
    _settle_reference(strd, found)
    return found


def _visit(node: Node, prefix: str, found: Structured) -> None:
    path = node.path.removeprefix(prefix)
    if path in _CONTAINERS:
        if path == "RfrdDocInf" and (found.kind or found.number or found.date):
            found.informed.append(node.path)
            return
        for child in node.children:
            _visit(child, prefix, found)
    elif path in STRUCTURED_INFORMS:
        found.informed.append(node.path)
    elif not _take(node, path, found):
        found.unsupported.append(node.path)


def _take(node: Node, path: str, found: Structured) -> bool:
    if path == "RfrdDocInf/Tp/CdOrPrtry/Cd":
        found.kind = DOCUMENT_TYPES.get(node.text, node.text)
    elif path == "RfrdDocInf/Nb":
        found.number = node
    elif path == "RfrdDocInf/RltdDt":
        found.date = node
    elif path in ("RfrdDocAmt/RmtdAmt", "RfrdDocAmt/CdtNoteAmt") and found.amount is None:
        found.amount, found.currency = node, node.element.get("Ccy", "")
        found.is_credit = path.endswith("CdtNoteAmt")
    elif path == "CdtrRefInf/Ref":
        found.kid = node
    else:
        return path == "CdtrRefInf/Tp/CdOrPrtry/Cd"
    return True


def _settle_reference(strd: Node, found: Structured) -> None:
    """Take the reference for a KID only where its type says so: SCOR, the structured creditor reference."""
    reference = strd.find("CdtrRefInf")
    if reference is None:
        return
    code = reference.find("Tp/CdOrPrtry/Cd")
    if code is None or code.text != "SCOR" or found.kid is None:
        found.kid = None
        found.unsupported.append(reference.path)
