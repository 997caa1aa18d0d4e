"""A file's bytes before and while they are parsed: what is refused at sight, and how much may come at once."""

import re
from dataclasses import dataclass
from typing import BinaryIO, Final, TypedDict, cast

from lxml import etree

from bank_gateway.messages.errors import MessageError, MessageRefusedError
from bank_gateway.messages.pain001.versions import BY_NAMESPACE, Version

HEAD_BYTES: Final = 4096
MAX_PROLOG_BYTES: Final = 65_536
MAX_BYTES_BETWEEN_PAYMENTS: Final = 1_048_576
ALLOWED_ENCODINGS: Final = frozenset({"UTF-8", "ISO-8859-1"})

_UTF8_BOM = b"\xef\xbb\xbf"
_DECLARATION = re.compile(rb"<\?xml\s[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._:-]*)[\"']")
# UTF-16 and UTF-32 with and without a byte order mark, and EBCDIC (XML 1.0, appendix F).
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00", b"\x4c\x6f\xa7\x94")


class SafeParsing(TypedDict):
    """Name the parser settings every pass shares: nothing is fetched, expanded or allowed to be huge."""

    resolve_entities: bool
    no_network: bool
    load_dtd: bool
    huge_tree: bool
    remove_comments: bool
    remove_pis: bool


SAFE_PARSING: Final[SafeParsing] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


@dataclass(frozen=True)
class Head:
    """Hold the first bytes of a file and the version its root element names."""

    data: bytes
    version: Version


def refused(code: str, *, line: int | None = None, **params: str | int) -> MessageRefusedError:
    """Return the exception that refuses the whole file with this code."""
    return MessageRefusedError(MessageError(code, params=params, line=line))


def look_at_head(source: BinaryIO) -> Head:
    """Read up to the root element and refuse what shall never be parsed further.

    Raises MessageRefusedError: `encoding_not_allowed`, `not_well_formed`, `doctype_not_allowed`,
    `message_not_supported`.
    """
    head = _read_fully(source, HEAD_BYTES)
    _check_encoding(head)
    parser = etree.XMLPullParser(events=("start",), **SAFE_PARSING)
    fresh = head
    while True:
        root, failure = _first_element(parser, fresh)
        if root is not None:
            return Head(data=head, version=_check_root(root))
        if failure is not None:
            raise refused("not_well_formed", line=max(failure.lineno or 1, 1), detail=failure.msg or "")
        if len(head) > MAX_PROLOG_BYTES:
            raise refused("not_well_formed", line=1, detail="no root element within the first 64 KB")
        fresh = source.read(HEAD_BYTES)
        head += fresh


def sourceline(element: "etree._Element") -> int:
    """Return the line libxml2 kept for an element, 0 if none."""
    return cast("int | None", element.sourceline) or 0  # the stubs know another type


def _read_fully(source: BinaryIO, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := source.read(size - len(data))):
        data += piece
    return data


def _check_encoding(head: bytes) -> None:
    if head.startswith(_OTHER_ENCODINGS):
        raise refused("encoding_not_allowed", encoding="UTF-16")
    declared = _DECLARATION.match(head.removeprefix(_UTF8_BOM))
    if declared is not None and declared[1].decode().upper() not in ALLOWED_ENCODINGS:
        raise refused("encoding_not_allowed", encoding=declared[1].decode())


def _first_element(
    parser: "etree.XMLPullParser", fresh: bytes
) -> tuple["etree._Element | None", etree.XMLSyntaxError | None]:
    failure = None
    try:
        if fresh:
            parser.feed(fresh)
        else:
            parser.close()
    except etree.XMLSyntaxError as error:
        failure = error
    for _event, element in parser.read_events():
        return cast("etree._Element", element), None
    return None, failure


def _check_root(root: "etree._Element") -> Version:
    document = root.getroottree().docinfo
    if cast("object", document.internalDTD) is not None:
        raise refused("doctype_not_allowed")
    if (document.encoding or "UTF-8").upper() not in ALLOWED_ENCODINGS:
        raise refused("encoding_not_allowed", encoding=document.encoding or "")
    name = etree.QName(root)
    version = BY_NAMESPACE.get(name.namespace or "")
    if version is None or name.localname != "Document":
        raise refused("message_not_supported", line=sourceline(root), message=name.text)
    return version


class GuardedSource:
    """Hand the looked-at head and then the rest to a parser, and refuse too much of anything at once.

    Between two payments at most `MAX_BYTES_BETWEEN_PAYMENTS` may come: this bounds the size of every text, comment,
    attribute list and payment, and with it the parser's memory. Depth is bounded by libxml2 (256).
    """

    def __init__(self, *, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest
        self._since_progress = 0
        self._tail = b""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size`."""
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
        else:
            data = self._rest.read(size)
        self._since_progress += len(data)
        if self._since_progress > MAX_BYTES_BETWEEN_PAYMENTS:
            raise refused("element_too_large", limit=MAX_BYTES_BETWEEN_PAYMENTS)
        self._tail = data.rstrip() or self._tail
        return data

    def progress(self) -> None:
        """Take note that an element was finished and can be let go."""
        self._since_progress = 0

    def ends_in_markup(self) -> bool:
        """Tell whether the last byte that isn't white space closes a tag.

        A schema-checking parser swallows an unfinished comment behind the root element.
        """
        return self._tail.endswith(b">")
