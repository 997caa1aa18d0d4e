"""Payments as rows: what the elements of a CdtTrfTxInf become in CSV."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from bank_gateway.messages.pain001.carried import PAYMENT_INFORMS, PAYMENT_TEXTS, containers_of
from bank_gateway.messages.pain001.documents import Structured, read_structured
from bank_gateway.messages.pain001.rows import NULL, Cell, RowFormat
from bank_gateway.messages.pain001.shapes import Node, Pieces, plain

PAYMENT_COLUMNS: Final = (
    "position",
    "group_no",
    "line",
    "instruction_id",
    "end_to_end_id",
    "amount",
    "currency",
    "creditor_name",
    "creditor_account",
    "creditor_account_scheme",
    "creditor_bic",
    "creditor_country",
    "street",
    "building_number",
    "postcode",
    "town",
    "address_lines",
    "supplier_number",
    "kid",
    "message",
    "charge_bearer",
    "regulatory_code",
    "regulatory_text",
    "category_purpose",
    "service_level",
    "instruction_priority",
    "structured_count",
    "unstructured_count",
    "unsupported",
    "informed",
)
_ROW_COLUMNS = PAYMENT_COLUMNS[3:]
_SEPARATORS = {"service_level": " "}
_CONTAINERS = containers_of(PAYMENT_TEXTS) | {"CdtrAcct/Id/Othr/SchmeNm", "Cdtr/Id", "Cdtr/Id/OrgId"}


@dataclass(frozen=True, slots=True)
class PaymentPlan:
    """Hold how payments of one shape, with the same codes in it, are read."""

    row: RowFormat
    documents: tuple[tuple[int, RowFormat], ...]  # with the number of the Strd, from 0
    unsupported: tuple[str, ...]
    informed: tuple[str, ...]
    end_to_end_place: int | None
    kid_amount: tuple[int, int] | None  # places of two amounts that must agree for this plan to hold
    otherwise: "PaymentPlan | None"  # the plan where they don't

    def fits(self, pieces: Pieces) -> bool:
        """Tell whether the payment's one structured amount is the payment's own."""
        if self.kid_amount is None:
            return True
        amount, remitted = (pieces[place] for place in self.kid_amount)
        return amount == remitted or _as_decimal(amount) == _as_decimal(remitted)

    def end_to_end_id(self, pieces: Pieces) -> str | None:
        """Return the payment's end-to-end id."""
        return None if self.end_to_end_place is None else plain(pieces[self.end_to_end_place]).decode()


@dataclass
class _Findings:
    """Collect what a payment's nodes turn out to be."""

    texts: dict[str, list[Node]] = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)
    structured: list[Structured] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    informed: list[str] = field(default_factory=list)


def plan_payment(payment: Node) -> PaymentPlan:
    """Work out how payments of this shape are read.

    Facts: 1.1 of Norwegian use, ISO 20022 pain.001. A KID is the payment's own only where exactly one Strd holds it
    and nothing else but the payment's amount; every other Strd that is carried becomes a document.
    """
    findings = _Findings()
    _visit(payment, findings)
    _settle_account_scheme(payment, findings)
    amount = payment.find("Amt/InstdAmt")
    if amount is not None:
        findings.fixed["currency"] = amount.element.get("Ccy", "")
    as_documents = _plan(findings, amount=amount, own_kid=None)
    own_kid = _own_kid(findings, amount)
    return as_documents if own_kid is None else _plan(findings, amount=amount, own_kid=own_kid, otherwise=as_documents)


def _visit(node: Node, findings: _Findings) -> None:
    path = node.path
    if path in PAYMENT_TEXTS:
        findings.texts.setdefault(PAYMENT_TEXTS[path], []).append(node)
    elif path == "RmtInf/Strd":
        findings.structured.append(read_structured(node))
    elif path == "Cdtr/Id/OrgId/Othr":
        _read_creditor_id(node, findings)
    elif path in _CONTAINERS:
        for child in node.children:
            _visit(child, findings)
    elif path in PAYMENT_INFORMS:
        findings.informed.append(path)
    elif not path.startswith("CdtrAcct/Id/Othr/SchmeNm/"):
        findings.unsupported.append(path)


def _read_creditor_id(other: Node, findings: _Findings) -> None:
    scheme, number = other.find("SchmeNm/Prtry"), other.find("Id")
    if scheme is not None and scheme.text == "SUPPLIER" and number and "supplier_number" not in findings.texts:
        findings.texts["supplier_number"] = [number]
    else:
        findings.informed.append(other.path)


def _settle_account_scheme(payment: Node, findings: _Findings) -> None:
    if payment.find("CdtrAcct/Id/IBAN") is not None:
        findings.fixed["creditor_account_scheme"] = "IBAN"
        return
    other = payment.find("CdtrAcct/Id/Othr")
    if other is not None:
        findings.fixed["creditor_account_scheme"] = account_scheme(other)


def account_scheme(other: Node) -> str:
    """Return the scheme of an Acct/Id/Othr: `BBAN`, `none` where none is named, else `other`."""
    if other.find("SchmeNm") is None:
        return "none"
    code = other.find("SchmeNm/Cd")
    return "BBAN" if code is not None and code.text == "BBAN" else "other"


def _own_kid(findings: _Findings, amount: Node | None) -> Structured | None:
    if len(findings.structured) != 1 or amount is None:
        return None
    only = findings.structured[0]
    if only.kid is None or only.kind is not None or only.number is not None or only.date is not None:
        return None
    if only.amount is not None and (only.is_credit or only.currency != amount.element.get("Ccy")):
        return None
    return only


def _plan(
    findings: _Findings, *, amount: Node | None, own_kid: Structured | None, otherwise: PaymentPlan | None = None
) -> PaymentPlan:
    structured = findings.structured
    unsupported = _distinct([*findings.unsupported, *(path for one in structured for path in one.unsupported)])
    informed = _distinct([*findings.informed, *_repeated_reports(findings), *_informed(structured)])
    cells = {name: Cell(nodes=tuple(nodes), separator=_SEPARATORS.get(name, "\n")) for name, nodes in _texts(findings)}
    cells |= {name: Cell(fixed=text) for name, text in findings.fixed.items()}
    cells["structured_count"] = Cell(number=len(structured))
    cells["unstructured_count"] = Cell(number=len(findings.texts.get("message", [])))
    cells["unsupported"], cells["informed"] = _paths_cell(unsupported), _paths_cell(informed)
    if own_kid is not None and own_kid.kid is not None:
        cells["kid"] = Cell(nodes=(own_kid.kid,))
    end_to_end = findings.texts.get("end_to_end_id")
    return PaymentPlan(
        row=RowFormat([cells.get(column, NULL) for column in _ROW_COLUMNS]),
        documents=() if own_kid else _documents(structured),
        unsupported=unsupported,
        informed=informed,
        end_to_end_place=end_to_end[0].place if end_to_end else None,
        kid_amount=_amounts_to_compare(amount, own_kid),
        otherwise=otherwise,
    )


def _documents(structured: list[Structured]) -> tuple[tuple[int, RowFormat], ...]:
    return tuple((index, RowFormat(one.cells())) for index, one in enumerate(structured) if one.is_document)


def _texts(findings: _Findings) -> Iterable[tuple[str, list[Node]]]:
    for name, nodes in findings.texts.items():
        yield name, nodes[:1] if name == "regulatory_code" else nodes


def _repeated_reports(findings: _Findings) -> list[str]:
    return ["RgltryRptg/Dtls/Cd"] if len(findings.texts.get("regulatory_code", [])) > 1 else []


def _informed(structured: list[Structured]) -> list[str]:
    return [path for one in structured for path in one.informed]


def _amounts_to_compare(amount: Node | None, own_kid: Structured | None) -> tuple[int, int] | None:
    if amount is None or own_kid is None or own_kid.amount is None:
        return None
    if amount.place is None or own_kid.amount.place is None:
        return None
    return amount.place, own_kid.amount.place


def _paths_cell(paths: tuple[str, ...]) -> Cell:
    return Cell(fixed=" ".join(paths)) if paths else NULL


def _distinct(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(paths))


def _as_decimal(text: bytes) -> Decimal | None:
    try:
        return Decimal(text.decode().strip())
    except InvalidOperation:
        return None
