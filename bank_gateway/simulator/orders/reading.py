"""Read a pain.001.001.03 or .09 strictly, in one pass, with memory that doesn't grow with the file.

The ISO schema is checked while libxml2 streams; the fields of an element come out by one compiled XPath each that
joins them with a sign no bank message holds. A field that smuggles the sign in changes the count and is refused.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import sepaxml
from lxml import etree

from bank_gateway.simulator import amounts, instants
from bank_gateway.simulator.norwegian import accounts
from bank_gateway.simulator.orders.model import Instruction, OrderHeader, OrderRefused, Transfer

VERSIONS = ("pain.001.001.03", "pain.001.001.09")
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
JOIN = "\ue0f7"
_ENCODINGS = ("UTF-8", "ISO-8859-1", "LATIN1")
_DAY_LENGTH = 10
_LOOK = 4096

_HEADER = (
    "d:MsgId", "d:CreDtTm", "d:NbOfTxs", "d:CtrlSum",
    "d:InitgPty/d:Id/d:OrgId/d:Othr[d:SchmeNm/d:Cd='CUST']/d:Id",
    "d:InitgPty/d:Id/d:OrgId/d:Othr[d:SchmeNm/d:Cd='BANK']/d:Id",
)  # fmt: skip
_INSTRUCTION = (
    "d:PmtInfId", "d:PmtMtd", "d:BtchBookg", "d:NbOfTxs", "d:CtrlSum", "d:PmtTpInf/d:CtgyPurp/d:Cd",
    "d:PmtTpInf/d:SvcLvl/d:Cd", "d:ReqdExctnDt", "d:DbtrAcct/d:Id/d:IBAN", "d:DbtrAcct/d:Id/d:Othr/d:Id", "d:Dbtr/d:Nm",
)  # fmt: skip
_TRANSFER = (
    "d:PmtId/d:InstrId", "d:PmtId/d:EndToEndId", "d:Amt/d:InstdAmt", "d:Amt/d:InstdAmt/@Ccy", "d:Cdtr/d:Nm",
    "d:CdtrAcct/d:Id/d:IBAN", "d:CdtrAcct/d:Id/d:Othr/d:Id", "count(d:RmtInf/d:Strd)", "count(d:RmtInf/d:Ustrd)",
    "d:RmtInf/d:Ustrd", "d:RmtInf/d:Strd/d:CdtrRefInf[d:Tp/d:CdOrPrtry/d:Cd='SCOR']/d:Ref",
    "d:RmtInf/d:Strd/d:RfrdDocInf/d:Nb",
)  # fmt: skip
_REFERENCES = "d:RmtInf/d:Strd/d:CdtrRefInf"
_DOCUMENTS = "d:RmtInf/d:Strd/d:RfrdDocInf/d:Nb"
_FREE_TEXTS = "d:RmtInf/d:Ustrd"
_IN_TRANSFER = "CdtTrfTxInf/"

Fields = Callable[[etree._Element], list[str]]
Part = OrderHeader | Instruction | Transfer


@lru_cache(maxsize=2)
def schema_of(version: str) -> etree.XMLSchema:
    """Load the ISO schema of a version from the package that ships it."""
    path = Path(sepaxml.__file__).parent / "schemas" / f"{version}.xsd"
    return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(no_network=True)))


def read_order(path: Path, *, refused: Sequence[str] = ()) -> Iterator[Part]:
    """Yield an order's header, then each PmtInf's head followed by its transfers, in the file's order.

    Raises OrderRefused when it isn't well-formed, holds a DOCTYPE, breaks its schema, or holds one of the `refused`
    elements (paths below PmtInf); the schema's verdict comes last, so nothing that was yielded counts until the
    iterator ends.
    """
    version = version_of(path)
    parser = etree.iterparse(
        str(path), events=("start", "end"), schema=schema_of(version), no_network=True, huge_tree=False,
        tag=[f"{{{NAMESPACE}{version}}}{name}" for name in ("GrpHdr", "PmtInf", "CdtTrfTxInf")],
    )  # fmt: skip
    try:
        yield from _Walk(version, refused=refused).parts(parser)
    except etree.XMLSyntaxError as error:
        raise _unreadable(parser, error) from error


def schema_refusal(path: Path) -> OrderRefused | None:
    """Return what the schema says against an order that was refused for something else before its end was read."""
    version = version_of(path)
    parser = etree.iterparse(str(path), events=("end",), schema=schema_of(version), no_network=True, huge_tree=False)
    try:
        for _, element in parser:
            element.clear()
    except etree.XMLSyntaxError as error:
        return _unreadable(parser, error)
    return None


def version_of(path: Path) -> str:
    """Return the message's version by its namespace.

    Raises OrderRefused for a DOCTYPE, another encoding than UTF-8 or ISO-8859-1, or another message.
    """
    _check_encoding(path)
    parser = etree.iterparse(str(path), events=("start",), no_network=True)
    try:
        root = next(iter(parser))[1]
    except etree.XMLSyntaxError as error:
        raise OrderRefused("FF01", f"Not well-formed: {error.msg}") from error
    except StopIteration as error:
        raise OrderRefused("FF01", "The file is empty") from error
    shape = root.getroottree().docinfo
    if shape.doctype or shape.internalDTD is not None:
        raise OrderRefused("FF01", "DOCTYPE is not allowed")
    name = etree.QName(root)
    version = (name.namespace or "").removeprefix(NAMESPACE)
    if name.localname != "Document" or version not in VERSIONS:
        raise OrderRefused("FF01", f"{version or name.localname} is not a payment order this bank takes")
    return version


def _check_encoding(path: Path) -> None:
    """Refuse a file that isn't UTF-8 or ISO-8859-1, by its first bytes and by what it declares."""
    with path.open("rb") as source:
        beginning = source.read(_LOOK).removeprefix(b"\xef\xbb\xbf")
    declared = re.match(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"']*)", beginning)
    encoding = declared[1].decode("latin-1") if declared else "UTF-8"
    if b"\0" in beginning or encoding.upper() not in _ENCODINGS:
        raise OrderRefused("FF01", f"Encoding {encoding} is not allowed")


def guess_message_id(path: Path) -> str:
    """Return the MsgId that stands at the beginning of a file nobody can read, empty when none does."""
    with path.open("rb") as source:
        found = re.search(rb"<(?:[\w.-]+:)?MsgId>\s*([ -;=-~]{1,35}?)\s*<", source.read(_LOOK))
    return found[1].decode("ascii") if found else ""


class _Walk:
    """One walk through an order: turns finished elements into parts and lets go of them."""

    def __init__(self, version: str, *, refused: Sequence[str]) -> None:
        names = {"d": NAMESPACE + version}
        self._refused_heads = [each for each in refused if not each.startswith(_IN_TRANSFER)]
        self._refused_parts = [each.removeprefix(_IN_TRANSFER) for each in refused if each.startswith(_IN_TRANSFER)]
        self._version = version
        self._header = _fields(_HEADER, names)
        self._instruction = _fields(_INSTRUCTION, names)
        self._transfer = _fields(_TRANSFER, names)
        self._names = names
        self._finished: etree._Element | None = None
        self._head_told = False

    def parts(self, parser: "etree.iterparse[tuple[str, etree._Element]]") -> Iterator[Part]:
        """Yield the parts of an order as its elements end."""
        for moment, element in parser:
            name = element.tag.rpartition("}")[2]
            if moment == "start":
                self._head_told = self._head_told and name != "PmtInf"
            elif name == "CdtTrfTxInf":
                yield from self._transfer_parts(element)
            elif name == "GrpHdr":
                yield self._read_header(element)
            else:
                self._let_go(element)

    def _transfer_parts(self, element: etree._Element) -> Iterator[Part]:
        """Yield a transfer, and before the first of a PmtInf the PmtInf's head."""
        if not self._head_told:
            self._head_told = True
            yield self._read_instruction(element.getparent())
        yield self._read_transfer(element)
        self._let_go(element)

    def _let_go(self, element: etree._Element) -> None:
        """Free the element finished before this one; the newest stays, for the parser may still touch it."""
        if self._finished is not None and (parent := self._finished.getparent()) is not None:
            parent.remove(self._finished)
        self._finished = element

    def _read_header(self, element: etree._Element) -> OrderHeader:
        """Read GrpHdr."""
        message_id, created, count, control_sum, customer_id, division = self._header(element)
        if not count.isdigit():
            raise OrderRefused("FF01", "NbOfTxs is not a number")
        return OrderHeader(self._version, message_id, created, int(count), control_sum, customer_id, division)

    def _read_instruction(self, element: etree._Element | None) -> Instruction:
        """Read the head of a PmtInf."""
        if element is None:
            raise OrderRefused("FF01", "CdtTrfTxInf stands outside a PmtInf")
        self._demand_without(element, self._refused_heads)
        reference, method, batch, count, total, category, level, day, iban, bban, name = self._instruction(element)
        account = accounts.account_of(iban) if iban else bban
        return Instruction(
            reference, method, batch, count, total, category, level, _day_of(day), account or iban, name
        )  # fmt: skip

    def _read_transfer(self, element: etree._Element) -> Transfer:
        """Read one CdtTrfTxInf."""
        self._demand_without(element, self._refused_parts)
        fields = self._transfer(element)
        instruction_id, end_to_end_id, amount, currency, name, iban, bban, structured, free, text, kid, document = (
            fields
        )
        kids: tuple[str, ...] = (kid,) if kid else ()
        text = text or document
        if structured not in ("0", "1") or free not in ("0", "1"):
            kids, text = self._read_all_remittance_texts(element)
        account = accounts.account_of(iban) if iban else bban if accounts.is_account(bban) else None
        return Transfer(
            instruction_id, end_to_end_id, _value_of(amount), currency, name, account, iban or bban, kids, text,
            mixed="0" not in (structured, free),
        )  # fmt: skip

    def _demand_without(self, element: etree._Element, refused: Sequence[str]) -> None:
        """Refuse an element that this bank doesn't take although the schema has it."""
        for name in refused:
            if element.find(f"d:{name}", namespaces=self._names) is not None:
                raise OrderRefused("FF01", f"{name} is not allowed in domestic payments")

    def _read_all_remittance_texts(self, element: etree._Element) -> tuple[tuple[str, ...], str]:
        """Read the KIDs and texts of a payment that has several."""
        found = element.iterfind(_REFERENCES, namespaces=self._names)
        kids = [
            each.findtext("d:Ref", "", namespaces=self._names)
            for each in found
            if each.findtext("d:Tp/d:CdOrPrtry/d:Cd", "", namespaces=self._names) == "SCOR"
        ]
        texts = self._texts(element, _FREE_TEXTS) or self._texts(element, _DOCUMENTS)
        return tuple(filter(None, kids)), "\n".join(texts)

    def _texts(self, element: etree._Element, path: str) -> list[str]:
        """Return the text of every element on a path."""
        return ["".join(map(str, each.itertext())) for each in element.iterfind(path, namespaces=self._names)]


def _fields(paths: tuple[str, ...], names: dict[str, str]) -> Fields:
    """Return a function that reads the string values of some paths of an element in one call into libxml2."""
    joined = f",'{JOIN}',".join(f"string({path})" for path in paths)
    evaluate = etree.XPath(f"concat({joined})", namespaces=names, smart_strings=False)
    wanted = len(paths)

    def read(element: etree._Element) -> list[str]:
        values = str(evaluate(element)).split(JOIN)
        if len(values) != wanted:
            raise OrderRefused("FF01", "A private-use character stands in a text")
        return values

    return read


def _value_of(text: str) -> int:
    """Read an amount in units of 0.00001."""
    try:
        return amounts.scaled(text)
    except ValueError as error:
        raise OrderRefused("AM12", str(error)) from error


def _day_of(text: str) -> str:
    """Return the Norwegian day of ReqdExctnDt, which may be a date, a date with a zone, or a date and time."""
    text = text.strip()
    try:
        if "T" in text:
            at = datetime.fromisoformat(text)
            return (instants.bank_date(at) if at.tzinfo else at.date()).isoformat()
        return datetime.fromisoformat(text[:_DAY_LENGTH]).date().isoformat()
    except ValueError as error:
        raise OrderRefused("DT01", f"{text} is not a date") from error


def _unreadable(parser: "etree.iterparse[tuple[str, etree._Element]]", error: etree.XMLSyntaxError) -> OrderRefused:
    """Return the refusal for a file libxml2 gave up on, in the words of this parser's own log."""
    log = list(parser.error_log)
    words = log[0].message if log else re.sub(r"^line \d+: b'(.*)'$", r"\1", str(error.msg))
    line = log[0].line if log and log[0].line else error.lineno
    words = re.sub(r"\{[^}]*\}", "", str(words))
    return OrderRefused("FF01", f"Line {line}: {words}" if line else words)
