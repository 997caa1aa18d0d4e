"""Read payment orders as streams: bytes in, rows of CSV out, the same memory for any number of payments."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

from lxml import etree

from bank_gateway.messages.errors import MessageError
from bank_gateway.messages.pain001.groups import Group, GroupPlan, Header, plan_group, read_header
from bank_gateway.messages.pain001.notes import ORDER_XPATH, Notes, group_xpath, payment_xpath
from bank_gateway.messages.pain001.payments import PaymentPlan, plan_payment
from bank_gateway.messages.pain001.plans import Plans
from bank_gateway.messages.pain001.shapes import MANY_LINES, Pieces, cut, line_of
from bank_gateway.messages.pain001.source import SAFE_PARSING, GuardedSource, look_at_head, refused, sourceline
from bank_gateway.messages.pain001.versions import Version, schema_of

PAYMENTS_PER_CHUNK: Final = 250

_PAYMENT = b"CdtTrfTxInf"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Hold the rows of some payments as CSV: columns PAYMENT_COLUMNS and DOCUMENT_COLUMNS, one row a payment."""

    payments_csv: bytes
    documents_csv: bytes
    count: int


_Finished = tuple["etree._Element", Group, int]


class _Events(Protocol):
    def __iter__(self) -> Iterator[tuple[str, "etree._Element"]]: ...


class _Batch:
    """Keep finished payments apart from the tree that is still growing."""

    def __init__(self, version: Version) -> None:
        self.holder = version.holder("PmtInf")
        self.origins: list[tuple[Group, int]] = []

    def take(self, finished: _Finished) -> None:
        payment, group, line = finished
        self.holder.append(payment)
        self.origins.append((group, line))

    def serialised(self) -> list[bytes]:
        """Return each payment's XML without its first tag."""
        count = len(self.origins)
        text = etree.tostring(self.holder, encoding="UTF-8")
        if text.count(_PAYMENT) == 2 * count:
            inner = text[: text.rindex(b"</")].split(b"<" + _PAYMENT + b">")[1:]
            if len(inner) == count:
                return inner
        # Attributes on a payment, or its name used inside one.
        return [
            etree.tostring(payment, encoding="UTF-8", with_tail=False).partition(b">")[2] for payment in self.holder
        ]


class OrderReader:
    """Read one pain.001.001.03 or .09.

    Iterate `chunks()` to its end; only then are `header`, `groups`, `count`, `unsupported` and `warnings` whole, and
    only then is it certain that the file is well-formed and valid: rows already taken must be thrown away where
    `MessageRefusedError` is raised. Its codes: `encoding_not_allowed`, `doctype_not_allowed`,
    `message_not_supported` (these from the constructor), `not_well_formed`, `schema_invalid`, `element_too_large`.
    After `schema_invalid` and `not_well_formed`, `find_schema_errors` on the same bytes names every place.
    """

    def __init__(self, source: BinaryIO) -> None:
        head = look_at_head(source)
        self.version = head.version
        self.groups: list[Group] = []
        self.count = 0
        self._header: Header | None = None
        self._notes = Notes()
        self._source = GuardedSource(head=head.data, rest=source)
        namespace = head.version.namespace
        self._payment_plans: Plans[PaymentPlan] = Plans(namespace=namespace, make=plan_payment)
        self._group_plans: Plans[GroupPlan] = Plans(namespace=namespace, make=plan_group)
        self._rendered = 0
        self._complete = False

    @property
    def header(self) -> Header:
        """Return the group header; there is none before the first chunk was read."""
        if self._header is None:
            raise RuntimeError("the group header has not been read")
        return self._header

    @property
    def unsupported(self) -> tuple[MessageError, ...]:
        """Return the elements that bear on a payment and aren't carried: the first 1,000, `element_not_supported`."""
        return tuple(self._notes.unsupported)

    @property
    def unsupported_count(self) -> int:
        """Return how many elements `unsupported` would hold if it held all."""
        return self._notes.unsupported_count

    @property
    def warnings(self) -> tuple[MessageError, ...]:
        """Return the kinds of elements that only inform and aren't carried, each once, `element_not_carried`.

        Parameters `element` (its path), `count`; line and XPath are of the first.
        """
        return self._notes.warnings()

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows of the file's payments, some hundreds at a time, in the file's order."""
        try:
            yield from self._chunks()
        except etree.XMLSyntaxError as error:
            raise self._refusal(error) from None
        if not self._complete or not self._source.ends_in_markup():
            raise refused("not_well_formed", detail="the file ends before the document does")

    def _refusal(self, error: etree.XMLSyntaxError) -> Exception:
        # A schema-checking parser says "no element found" for every fault of form.
        if (error.msg or "").startswith("Element "):
            return refused("schema_invalid", detail=error.msg or "")
        return refused("not_well_formed", detail=error.msg or "")

    def _events(self) -> _Events:
        tags = [self.version.tag(name) for name in ("CdtTrfTxInf", "PmtInf", "GrpHdr", "Document")]
        return etree.iterparse(  # type: ignore[no-any-return]
            self._source, events=("end",), tag=tags, schema=schema_of(self.version), **SAFE_PARSING
        )

    def _chunks(self) -> Iterator[Chunk]:
        payment_tag = self.version.tag("CdtTrfTxInf")
        batch = _Batch(self.version)
        newest: _Finished | None = None
        parent = None
        for _event, element in self._events():
            if element.tag != payment_tag:
                self._finish(element)
                continue
            above = element.getparent()
            if above is not parent:
                if above is None or not self._is_payment(element):
                    continue
                parent, group = above, self._open_group(above, element)
            # libxml2 may still write behind the newest finished payment, so it moves only when the next has come.
            if newest is not None:
                batch.take(newest)
            newest = (element, group, _line(element))
            self.count += 1
            self._source.progress()
            if len(batch.origins) >= PAYMENTS_PER_CHUNK:
                yield self._render(batch)
                batch = _Batch(self.version)
        if newest is not None:
            batch.take(newest)
            yield self._render(batch)

    def _is_payment(self, element: "etree._Element") -> bool:
        """Tell whether this is a payment of the order and not something of that name in supplementary data."""
        names = [ancestor.tag for ancestor in element.iterancestors()]
        return names == [self.version.tag(name) for name in ("PmtInf", "CstmrCdtTrfInitn", "Document")]

    def _open_group(self, parent: "etree._Element", first: "etree._Element") -> Group:
        head = self.version.holder("PmtInf")
        line = line_of(parent)
        for child in list(parent):
            if child is first:
                break
            head.append(child)
        pieces = cut(etree.tostring(head, encoding="UTF-8").partition(b">")[2])
        plan = self._group_plans.get(pieces) or self._group_plans.learn(pieces, head)
        group = plan.read(pieces, number=len(self.groups) + 1, line=line, first_position=self.count + 1)
        self.groups.append(group)
        base = group_xpath(group_no=group.number)
        self._notes.refuse(group.unsupported, base=base, line=line)
        self._notes.mention(group.informed, base=base, line=line)
        return group

    def _finish(self, element: "etree._Element") -> None:
        """Take in a finished element that is no payment, and let the group before it go."""
        parent = element.getparent()
        if parent is None:
            self._finish_document(element)
        elif parent.getparent() is element.getroottree().getroot():
            self._source.progress()
            if element.tag == self.version.tag("GrpHdr"):
                self._read_header(element)
            elif (before := element.getprevious()) is not None and before.tag == element.tag:
                parent.remove(before)

    def _read_header(self, element: "etree._Element") -> None:
        self._header = read_header(element, namespace=self.version.namespace)
        self._notes.mention(self._header.informed, base=f"{ORDER_XPATH}/GrpHdr", line=self._header.line)

    def _finish_document(self, document: "etree._Element") -> None:
        self._complete = True
        known = {self.version.tag("GrpHdr"), self.version.tag("PmtInf")}
        for child in document.iterchildren():
            for extra in child.iterchildren():
                if extra.tag not in known:
                    self._notes.refuse([etree.QName(extra).localname], base=ORDER_XPATH, line=line_of(extra))

    def _render(self, batch: _Batch) -> Chunk:
        rows: list[bytes] = []
        documents: list[bytes] = []
        for index, inner in enumerate(batch.serialised()):
            group, line = batch.origins[index]
            self._rendered += 1
            pieces = cut(inner)
            plan = self._payment_plans.get(pieces) or self._payment_plans.learn(pieces, batch.holder[index])
            if not plan.fits(pieces) and plan.otherwise is not None:
                plan = plan.otherwise
            rows.append(b"%d,%d,%d,%b\n" % (self._rendered, group.number, line, plan.row.render(pieces)))
            if plan.documents:
                documents += self._document_rows(plan, pieces, batch.holder[index])
            if plan.unsupported or plan.informed:
                self._note(plan, pieces, group, line)
        return Chunk(payments_csv=b"".join(rows), documents_csv=b"".join(documents), count=len(rows))

    def _document_rows(self, plan: PaymentPlan, pieces: Pieces, payment: "etree._Element") -> Iterator[bytes]:
        lines = [line_of(strd) for strd in payment.iter(self.version.tag("Strd"))]
        for number, (index, document) in enumerate(plan.documents, start=1):
            yield b"%d,%d,%b,%d\n" % (self._rendered, number, document.render(pieces), lines[index])

    def _note(self, plan: PaymentPlan, pieces: Pieces, group: Group, line: int) -> None:
        base = payment_xpath(group_no=group.number, number=self._rendered - group.first_position + 1)
        self._notes.refuse(plan.unsupported, base=base, line=line, end_to_end_id=plan.end_to_end_id(pieces))
        self._notes.mention(plan.informed, base=base, line=line)


def _line(payment: "etree._Element") -> int:
    line = sourceline(payment)
    return line if line < MANY_LINES else line_of(payment)
