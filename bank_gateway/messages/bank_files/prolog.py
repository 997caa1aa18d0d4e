"""The first bytes of an XML file: its encoding, its root, and that no DOCTYPE stands before it."""

import codecs
import re
from dataclasses import dataclass
from typing import Any, cast

from lxml import etree

from bank_gateway.messages.errors import MessageError, UnreadableBankFile

# The root must begin within this many bytes.
PROLOG_BYTES = 64 * 1024
_FED_AT_A_TIME = 64

_DECLARATION = re.compile(rb"<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(rb"""\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_BEFORE_ROOT = re.compile(rb"(?:\s+|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_READ_ENCODINGS = {"utf-8", "iso-8859-1"}
_MESSAGE_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:([a-z]{4}\.[0-9]{3}\.[0-9]{3}\.[0-9]{2})")


@dataclass(frozen=True)
class XmlRoot:
    """Name a file's root element and, if it is an ISO 20022 document, its message type."""

    namespace: str
    name: str

    @property
    def message_type(self) -> str | None:
        matched = _MESSAGE_NAMESPACE.fullmatch(self.namespace)
        return matched[1] if matched and self.name == "Document" else None


def examine_prolog(head: bytes) -> XmlRoot:
    """Look at a file's first PROLOG_BYTES bytes and name its root.

    Raises UnreadableBankFile for an encoding other than UTF-8 (with or without a byte order mark) and ISO-8859-1,
    for a DOCTYPE, and where no root element begins.
    """
    if not head:
        raise _unreadable("file_empty")
    content = head.removeprefix(codecs.BOM_UTF8)
    _check_encoding(content, marked=head.startswith(codecs.BOM_UTF8))
    match = _BEFORE_ROOT.match(content)
    begins = match.end() if match else 0
    if content[begins : begins + 9].upper() == b"<!DOCTYPE":
        raise _unreadable("doctype_not_allowed", line=content.count(b"\n", 0, begins) + 1)
    return _root_of(head)


def _check_encoding(content: bytes, *, marked: bool) -> None:
    """Refuse any encoding but the two; a byte order mark of UTF-16 or a NUL betrays one that isn't declared."""
    if b"\0" in content[:4] or content.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        raise _unreadable("encoding_not_supported", encoding="UTF-16")
    encoding = declared_encoding(content)
    if encoding not in _READ_ENCODINGS or (marked and encoding != "utf-8"):
        raise _unreadable("encoding_not_supported", encoding=encoding)


def declared_encoding(content: bytes) -> str:
    """Return the encoding that an XML declaration names, in small letters; UTF-8 where none does."""
    declaration = _DECLARATION.match(content.removeprefix(codecs.BOM_UTF8))
    declared = _ENCODING.search(declaration[0]) if declaration else None
    return declared[1].lower().decode("ascii") if declared else "utf-8"


def _root_of(head: bytes) -> XmlRoot:
    """Parse up to the root's start tag, and not a byte group further: what is wrong behind it is for the reader."""
    parser = etree.XMLPullParser(
        events=("start",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        for place in range(0, len(head), _FED_AT_A_TIME):
            parser.feed(head[place : place + _FED_AT_A_TIME])
            for _event, found in parser.read_events():
                return _described(cast("etree._Element", found))
    except etree.XMLSyntaxError as error:
        raise _unreadable("not_well_formed", line=error.lineno) from None
    raise _unreadable("not_well_formed", line=1)


def _described(root: etree._Element) -> XmlRoot:
    if cast("Any", root.getroottree().docinfo).doctype:
        raise _unreadable("doctype_not_allowed")
    name = etree.QName(root)
    return XmlRoot(namespace=name.namespace or "", name=name.localname)


def _unreadable(code: str, *, line: int | None = None, **params: str) -> UnreadableBankFile:
    return UnreadableBankFile([MessageError(code, params=params, line=line)])
