"""Orders as trees, and every way XML lets one write them: prefixes, CDATA, references, comments, instructions."""

from dataclasses import dataclass, field
from random import Random
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = {number: f"urn:iso:std:iso:20022:tech:xsd:pain.001.001.{number}" for number in ("03", "09")}


@dataclass
class Tree:
    """Hold an element to write: a text or children, never both."""

    name: str
    text: str = ""
    children: list["Tree"] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)

    def __truediv__(self, name: str) -> "Tree":
        """Return the first child of this name."""
        return next(child for child in self.children if child.name == name)


def tree(name: str, *content: "Tree | str | None", **attributes: str) -> Tree:
    """Return an element; None among the children is left out."""
    texts = [part for part in content if isinstance(part, str)]
    children = [part for part in content if isinstance(part, Tree)]
    return Tree(name=name, text="".join(texts), children=children, attributes=attributes)


def account(number: str, scheme: str | None = "BBAN") -> Tree:
    """Return an Id of an account."""
    if scheme == "IBAN":
        return tree("Id", tree("IBAN", number))
    named = None if scheme is None else tree("SchmeNm", tree("Cd", scheme))
    return tree("Id", tree("Othr", tree("Id", number), named))


def payment(end_to_end_id: str = "E-1", *more: Tree, amount: str = "100.00", currency: str = "NOK") -> Tree:
    """Return a payment whose elements, in the schema's order, are these and `more`."""
    return tree(
        "CdtTrfTxInf",
        tree("PmtId", tree("InstrId", "1"), tree("EndToEndId", end_to_end_id)),
        tree("Amt", tree("InstdAmt", amount, Ccy=currency)),
        *more,
    )


def creditor(name: str = "Strøm & Nett AS", *more: Tree) -> Tree:
    """Return a creditor."""
    return tree("Cdtr", tree("Nm", name), *more)


def creditor_account(number: str = "86011117947", scheme: str | None = "BBAN") -> Tree:
    """Return a creditor's account."""
    return tree("CdtrAcct", account(number, scheme))


def kid(reference: str, amount: Tree | None = None, code: str = "SCOR") -> Tree:
    """Return a Strd with a reference and perhaps an amount."""
    paid = None if amount is None else tree("RfrdDocAmt", amount)
    kind = tree("Tp", tree("CdOrPrtry", tree("Cd", code)))
    return tree("Strd", paid, tree("CdtrRefInf", kind, tree("Ref", reference)))


def invoice(number: str, amount: str, *, day: str | None = None) -> Tree:
    """Return a Strd of an invoice."""
    return _document("CINV", number, tree("RmtdAmt", amount, Ccy="NOK"), day)


def credit_note(number: str, amount: str, *, day: str | None = None) -> Tree:
    """Return a Strd of a credit note."""
    return _document("CREN", number, tree("CdtNoteAmt", amount, Ccy="NOK"), day)


def _document(code: str, number: str, amount: Tree, day: str | None) -> Tree:
    kind = tree("Tp", tree("CdOrPrtry", tree("Cd", code)))
    dated = None if day is None else tree("RltdDt", day)
    return tree("Strd", tree("RfrdDocInf", kind, tree("Nb", number), dated), tree("RfrdDocAmt", amount))


def group(*payments: Tree, version: str = "09", number: int = 1, extra: tuple[Tree, ...] = ()) -> Tree:
    """Return a group; `extra` stands after the debtor's bank."""
    day = tree("ReqdExctnDt", "2026-11-25") if version == "03" else tree("ReqdExctnDt", tree("Dt", "2026-11-25"))
    return tree(
        "PmtInf",
        tree("PmtInfId", f"P-{number}"),
        tree("PmtMtd", "TRF"),
        day,
        tree("Dbtr", tree("Nm", "Fjord AS")),
        tree("DbtrAcct", account("12345678903")),
        tree("DbtrAgt", tree("FinInstnId")),
        *extra,
        *payments,
    )


def order(*groups: Tree, header: tuple[Tree, ...] = ()) -> Tree:
    """Return a whole order; `header` stands before the initiating party."""
    return tree(
        "Document",
        tree(
            "CstmrCdtTrfInitn",
            tree(
                "GrpHdr",
                tree("MsgId", "M-1"),
                tree("CreDtTm", "2026-11-24T08:00:00"),
                tree("NbOfTxs", str(sum(len(one.children) for one in groups))),
                *header,
                tree("InitgPty", tree("Nm", "Fjord AS")),
            ),
            *groups,
        ),
    )


def plainly(document: Tree, *, version: str = "09") -> bytes:
    """Write an order as most programs do: a default namespace, one line an element."""
    return Plain(version).write(document)


class Plain:
    """Write a tree simply, keeping the lines on which payments and documents begin."""

    def __init__(self, version: str) -> None:
        self.namespace = NAMESPACES[version]
        self.lines: dict[str, list[int]] = {}
        self._parts: list[str] = []
        self._line = 1

    def write(self, document: Tree) -> bytes:
        """Return the file, UTF-8."""
        self._emit('<?xml version="1.0" encoding="UTF-8"?>\n')
        self._element(document, top=True)
        return "".join(self._parts).encode()

    def _emit(self, text: str) -> None:
        self._parts.append(text)
        self._line += text.count("\n")

    def _element(self, element: Tree, *, top: bool = False) -> None:
        self._emit(self._start_tag(element, top=top))
        self.lines.setdefault(element.name, []).append(self._line)
        if element.text:
            self._text(element.text)
        for child in element.children:
            self._space()
            self._element(child)
        if element.children:
            self._space()
        self._emit(self._end_tag(element))

    def _start_tag(self, element: Tree, *, top: bool) -> str:
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in element.attributes.items())
        return f"<{element.name}{self._declaration(top=top)}{attributes}>"

    def _declaration(self, *, top: bool) -> str:
        return f' xmlns="{self.namespace}"' if top else ""

    def _end_tag(self, element: Tree) -> str:
        return f"</{element.name}>"

    def _space(self) -> None:
        self._emit("\n")

    def _text(self, text: str) -> None:
        self._emit(escape(text, {"\r": "&#13;"}))


class Wild(Plain):
    """Write a tree as no sane program would, but as XML allows."""

    def __init__(self, version: str, random: Random) -> None:
        super().__init__(version)
        self._random = random
        self._prefixes: list[str] = []

    def _start_tag(self, element: Tree, *, top: bool) -> str:
        prefix = self._prefixes[-1] if self._prefixes else ""
        declared = ""
        if top or self._random.random() < 0.05:
            prefix = self._random.choice(["", "p:", "q:", "Document:", "CdtTrfTxInf:"])
            name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
            declared = f" {name}='{self.namespace}'"
        self._prefixes.append(prefix)
        space = self._random.choice(["", "", "", " ", "\n", "\t\n "])
        attributes = "".join(f"\n {name} = {quoteattr(value)}" for name, value in element.attributes.items())
        return f"<{prefix}{element.name}{declared}{attributes}{space}>"

    def _end_tag(self, element: Tree) -> str:
        space = self._random.choice(["", "", "\n"])
        return f"</{self._prefixes.pop()}{element.name}{space}>"

    def _space(self) -> None:
        for _ in range(self._random.randint(0, 2)):
            self._emit(self._random.choice(["\n", " ", "\t", "\r\n", *self._asides()]))

    def _asides(self) -> list[str]:
        return ["<!-- <Nm>no</Nm>\n & -->", "<?go <CdtTrfTxInf>\n?>", "<!---->"]

    def _text(self, text: str) -> None:
        while text:
            size = self._random.randint(1, len(text)) if self._random.random() < 0.3 else len(text)
            piece, text = text[:size], text[size:]
            self._emit(self._spelt(piece))
            if text:
                self._emit(self._random.choice(self._asides()))

    def _spelt(self, piece: str) -> str:
        way = self._random.random()
        if way < 0.2 and "]]>" not in piece and "\r" not in piece:
            return f"<![CDATA[{piece}]]>"
        if way < 0.3:
            return "".join(f"&#{ord(one)};" if self._random.random() < 0.5 else f"&#x{ord(one):X};" for one in piece)
        return escape(piece, {"\r": "&#13;", '"': self._random.choice(['"', "&quot;"])})
