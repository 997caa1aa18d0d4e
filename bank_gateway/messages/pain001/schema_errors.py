"""Find every schema error of an order with its place: the slow second look at a file the first one refused.

A schema-checking stream parser says neither where an error stands nor, reliably, that a file is well-formed. So this
pass parses without the schema and checks finished parts by themselves: payments some hundreds at a time inside an
otherwise valid order, each group's own elements with a stand-in for its payments, the header and whatever else with a
stand-in for the groups. Memory stays flat.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple, cast

from lxml import etree

from bank_gateway.messages.errors import MessageError, MessageRefusedError
from bank_gateway.messages.pain001.notes import MAX_LISTED, group_xpath, payment_xpath
from bank_gateway.messages.pain001.shapes import line_of
from bank_gateway.messages.pain001.source import SAFE_PARSING, GuardedSource, look_at_head, refused
from bank_gateway.messages.pain001.stand_ins import stand_in_group, stand_in_order, stand_in_payment
from bank_gateway.messages.pain001.versions import Version, load_schema

PAYMENTS_AT_ONCE: Final = 250

_NAMESPACE_IN_TEXT = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:[^}]*\}")


@dataclass(frozen=True, slots=True)
class SchemaErrors:
    """Hold the errors of a file in the order of their lines, the first 1,000 of `count`."""

    errors: tuple[MessageError, ...]
    count: int


def find_schema_errors(source: BinaryIO) -> SchemaErrors:
    """Find all schema errors of an order, read from its first byte.

    Codes: `schema_invalid` (parameters `element`, `detail`: the validator's words, English), or alone one of those
    `OrderReader` refuses a file with, `not_well_formed` with its line among them. A valid file has no errors.
    """
    try:
        head = look_at_head(source)
        return _Search(head.version, GuardedSource(head=head.data, rest=source)).run()
    except MessageRefusedError as refusal:
        return SchemaErrors(errors=(refusal.error,), count=1)


def _form_fault(events: "etree.iterparse[tuple[str, etree._Element]]", error: etree.XMLSyntaxError) -> Exception:
    """Return the refusal of a file that isn't well-formed, from this parser's own log.

    The exception's own log is the thread's: it may speak of another customer's file.
    """
    entries = list(cast("Iterable[etree._LogEntry]", events.error_log))
    line, detail = (entries[-1].line, entries[-1].message) if entries else (error.lineno, error.msg)
    return refused("not_well_formed", line=max(line or 1, 1), detail=detail or "")


class _Place(NamedTuple):
    """Hold where an element that was moved or replaced stands in the file."""

    xpath: str
    line: int


class _Payment(NamedTuple):
    element: "etree._Element"
    number: int  # in its group
    place: _Place


class _Findings:
    """Check small orders and keep what is wrong in them, named by its place in the file."""

    def __init__(self, version: Version) -> None:
        self._version = version
        # Compiled anew: the errors of a check stand on the schema object, which threads must not share.
        self._schema = load_schema(version)
        self._kept: list[tuple[int, int, MessageError]] = []
        self._count = 0

    def check(self, order: "etree._Element", *, bases: Mapping["etree._Element", _Place]) -> None:
        """Check one order; `bases` gives the places of the elements that came from the file or stand for one."""
        if self._schema.validate(order):
            return
        for error in cast("Iterable[etree._LogEntry]", self._schema.error_log):  # the stubs forget that it iterates
            self._count += 1
            self._keep(_located(order, error.path), error.message, bases)
        if len(self._kept) > 2 * MAX_LISTED:
            self._shorten()

    def result(self) -> SchemaErrors:
        """Return what was found, in the order of the file's lines."""
        self._shorten()
        return SchemaErrors(errors=tuple(error for *_, error in self._kept), count=self._count)

    def _shorten(self) -> None:
        self._kept = sorted(self._kept, key=lambda kept: kept[:2])[:MAX_LISTED]

    def _keep(self, element: "etree._Element", message: str, bases: Mapping["etree._Element", _Place]) -> None:
        line = bases[element].line if element in bases else line_of(element)
        error = MessageError(
            "schema_invalid",
            params={"element": etree.QName(element).localname, "detail": _NAMESPACE_IN_TEXT.sub("", message)},
            line=line,
            xpath=_xpath(element, bases),
            end_to_end_id=_end_to_end_id(element, self._version),
        )
        self._kept.append((line, self._count, error))


def _located(order: "etree._Element", path: str | None) -> "etree._Element":
    found = order.getroottree().xpath(path) if path else []
    return cast("etree._Element", found[0]) if isinstance(found, list) and found else order


def _xpath(element: "etree._Element", bases: Mapping["etree._Element", _Place]) -> str:
    steps: list[str] = []
    current: etree._Element | None = element
    while current is not None and current not in bases:
        steps.append(_step(current))
        current = current.getparent()
    base = "" if current is None else bases[current].xpath
    return "/".join([base, *reversed(steps)])


def _step(element: "etree._Element") -> str:
    name = etree.QName(element).localname
    above = element.getparent()
    alike = [] if above is None else list(above.iterchildren(element.tag))
    return f"{name}[{alike.index(element) + 1}]" if len(alike) > 1 else name


def _end_to_end_id(element: "etree._Element", version: Version) -> str | None:
    for place in (element, *element.iterancestors()):
        if place.tag == version.tag("CdtTrfTxInf"):
            return place.findtext(f"{version.tag('PmtId')}/{version.tag('EndToEndId')}")
    return None


class _Search:
    """Walk through a file once, letting go of what was checked."""

    def __init__(self, version: Version, source: GuardedSource) -> None:
        self._findings = _Findings(version)
        self._version = version
        self._source = source
        self._above: etree._Element | None = None
        self._group_no = 0
        self._payment_no = 0  # in its group
        self._payments: list[_Payment] = []
        # libxml2 may still write behind what was finished last, so that is checked when the next has come.
        self._newest_payment: _Payment | None = None
        self._newest_group: tuple[etree._Element, int] | None = None
        self._stand_ins: dict[etree._Element, _Place] = {}  # of the first group, and of one payment a group
        self._complete = False

    def run(self) -> SchemaErrors:
        """Return the errors; raises MessageRefusedError where the file can't be read to its end."""
        events = self._events()
        try:
            for _event, element in events:
                self._source.progress()
                self._take(element)
        except etree.XMLSyntaxError as error:
            raise _form_fault(events, error) from None
        if not self._complete:
            raise refused("not_well_formed", detail="the file ends before the document does")
        return self._findings.result()

    def _events(self) -> "etree.iterparse[tuple[str, etree._Element]]":
        tags = [self._version.tag(name) for name in ("CdtTrfTxInf", "PmtInf", "GrpHdr", "Document")]
        return etree.iterparse(self._source, events=("end",), tag=tags, **SAFE_PARSING)

    def _take(self, element: "etree._Element") -> None:
        above = [etree.QName(ancestor).localname for ancestor in element.iterancestors()]
        name = etree.QName(element).localname
        if name == "CdtTrfTxInf" and above == ["PmtInf", "CstmrCdtTrfInitn", "Document"]:
            self._take_payment(element)
        elif name == "PmtInf" and above == ["CstmrCdtTrfInitn", "Document"]:
            self._take_group(element)
        elif not above:
            self._complete = True
            self._finish(element)

    def _take_payment(self, payment: "etree._Element") -> None:
        self._enter_group(payment.getparent())
        self._payment_no += 1
        self._move_payment()
        xpath = payment_xpath(group_no=self._group_no, number=self._payment_no)
        self._newest_payment = _Payment(payment, self._payment_no, _Place(xpath, line_of(payment)))
        if len(self._payments) >= PAYMENTS_AT_ONCE:
            self._check_payments()

    def _enter_group(self, group: "etree._Element | None") -> None:
        if group is not self._above:
            self._above = group
            self._group_no += 1
            self._payment_no = 0

    def _move_payment(self) -> None:
        newest, self._newest_payment = self._newest_payment, None
        if newest is None:
            return
        self._payments.append(newest)
        above = newest.element.getparent()
        if above is None:
            return
        if newest.number == 1:
            # Something stays where the first payment stood, so that what is misplaced around it is found.
            self._replace(newest.element, stand_in_payment(self._version), newest.place)
        else:
            above.remove(newest.element)

    def _replace(self, element: "etree._Element", stand_in: "etree._Element", place: _Place) -> None:
        above = element.getparent()
        if above is not None:
            above.replace(element, stand_in)
            self._stand_ins[stand_in] = place

    def _take_group(self, group: "etree._Element") -> None:
        self._enter_group(group)
        self._move_payment()
        self._check_payments()
        self._move_group()
        self._newest_group = (group, self._group_no)

    def _move_group(self) -> None:
        newest, self._newest_group = self._newest_group, None
        if newest is None:
            return
        group, number = newest
        place = _Place(group_xpath(group_no=number), line_of(group))
        if number == 1:
            self._replace(group, stand_in_group(self._version), place)
        elif (above := group.getparent()) is not None:
            above.remove(group)
        order = stand_in_order(self._version)
        order[0][1] = group
        self._findings.check(order, bases={**self._stand_ins, group: place})
        self._stand_ins = {one: its for one, its in self._stand_ins.items() if one.getparent() is not group}

    def _check_payments(self) -> None:
        payments, self._payments = self._payments, []
        if not payments:
            return
        order = stand_in_order(self._version)
        group = order[0][1]
        for payment in payments:
            group.append(payment.element)
        self._findings.check(order, bases={payment.element: payment.place for payment in payments})

    def _finish(self, document: "etree._Element") -> None:
        self._move_payment()
        self._check_payments()
        self._move_group()
        self._findings.check(document, bases=self._stand_ins)
