"""The shape of an element: which tags it is made of, in order.

The payments of a file have few shapes. What a shape's texts mean is found out once, on the element itself; every
further payment of that shape is cut at its tags and its texts are picked by place. libxml2
has by then resolved prefixes, entities, CDATA, comments and processing instructions, so a cut is exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from bank_gateway.messages.pain001.source import refused, sourceline

MAX_DEPTH = 40
MAX_ATTRIBUTES = 16
MANY_LINES = 65_535  # libxml2 keeps an element's line in 16 bits

Pieces = Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Node:
    """Hold one element of a shape, with the place of its own text among the pieces (None: it is empty)."""

    path: str
    element: "etree._Element"
    place: int | None
    children: tuple["Node", ...]

    @property
    def name(self) -> str:
        """Return the last step of the path."""
        return self.path.rpartition("/")[2]

    @property
    def text(self) -> str:
        """Return the element's text in the example the shape was learnt from."""
        return self.element.text or ""

    def find(self, path: str) -> "Node | None":
        """Return the first element below at this relative path."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                return child.find(rest) if rest else child
        return None

    def walk(self) -> Iterator["Node"]:
        """Yield this element and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


def cut(inner: bytes) -> list[bytes]:
    """Cut serialised XML at its tags: texts at even places, tags at odd ones.

    libxml2 writes `<` and `>` in texts and attributes as references, so both only ever delimit tags.
    """
    return inner.replace(b">", b"<").split(b"<")


def shape_of(pieces: list[bytes]) -> bytes:
    """Return what two elements of one shape have in common: their tags, attributes included."""
    return b">".join(pieces[1::2])


def outline(element: "etree._Element", *, namespace: str, pieces: Pieces) -> Node:
    """Return the nodes of `element`, whose serialisation without its first tag was cut into `pieces`.

    Raises MessageRefusedError `element_too_large` past the bounds on depth and attributes.
    """
    node, tags = _outline(element, prefix=f"{{{namespace}}}", path="", tags=0, depth=0)
    if len(pieces) != 2 * tags + 1:
        raise RuntimeError("an element and its serialisation have different shapes")
    return node


def _outline(element: "etree._Element", *, prefix: str, path: str, tags: int, depth: int) -> tuple[Node, int]:
    if depth > MAX_DEPTH or len(element.attrib) > MAX_ATTRIBUTES:
        raise refused("element_too_large", line=line_of(element), limit=MAX_DEPTH)
    if element.text is None and len(element) == 0:
        return Node(path=path, element=element, place=None, children=()), tags
    place = 2 * tags
    children = []
    for child in element:
        step = str(child.tag).removeprefix(prefix)
        node, tags = _outline(
            child, prefix=prefix, path=f"{path}/{step}" if path else step, tags=tags + 1, depth=depth + 1
        )
        children.append(node)
    return Node(path=path, element=element, place=place, children=tuple(children)), tags + 1


def plain(text: bytes) -> bytes:
    """Return serialised text with its references resolved: those libxml2 writes in texts, no others."""
    if b"&" not in text:
        return text
    text = text.replace(b"&lt;", b"<").replace(b"&gt;", b">").replace(b"&#13;", b"\r")
    return text.replace(b"&amp;", b"&")


def line_of(element: "etree._Element") -> int:
    """Return the line on which an element's start tag ends, right past line 65,535 too.

    Beyond that libxml2 answers with the line at which the first text below ends, so its newlines are taken off. Only
    comments, instructions or tags of several lines before that text make it some lines wrong there.
    """
    line = sourceline(element)
    if line < MANY_LINES:
        return line
    while element.text is None and len(element):
        element = element[0]
    text = element.tail if element.text is None else element.text
    return line - (text or "").count("\n")
