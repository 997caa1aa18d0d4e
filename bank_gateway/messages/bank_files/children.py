"""Looking up what an element holds, for the few elements that stand once in a message or an account."""

from collections.abc import Callable
from typing import TypeVar, cast

from lxml import etree

from bank_gateway.messages.bank_files.values import MOST_OF_AN_ID, BadValueError, check_length

Value = TypeVar("Value")


class Children:
    """Look up an element's descendants by paths of local names, refusing to choose between two."""

    def __init__(self, element: etree._Element, *, known: frozenset[str] | None = None) -> None:
        self._element = element
        self._namespace = etree.QName(element).namespace or ""
        for child in element if known is not None else ():
            name = etree.QName(child)
            if name.namespace != self._namespace or name.localname not in (known or ()):
                raise BadValueError("element_not_expected", name.localname)

    def elements(self, path: str) -> list[etree._Element]:
        """Return the elements at a path ("Acct/Id/IBAN")."""
        steps = "/".join(f"c:{step}" for step in path.split("/"))
        return cast("list[etree._Element]", self._element.xpath(steps, namespaces={"c": self._namespace}))

    def text(self, path: str) -> str | None:
        """Return the text at a path, None where there is none or it is blank; BadValueError where there are two."""
        found = self.elements(path)
        if len(found) > 1:
            raise BadValueError("element_repeated", path)
        if found and len(found[0]):
            raise BadValueError("element_not_expected", etree.QName(found[0][0]).localname)
        return (found[0].text or "").strip() or None if found else None

    def required(self, path: str) -> str:
        """Return the text at a path; BadValueError where there is none."""
        value = self.text(path)
        if value is None:
            raise BadValueError("element_missing", path)
        return value

    def required_id(self, path: str) -> str:
        """Return the id at a path; BadValueError where there is none or it is longer than ISO's ids are."""
        return check_length(self.required(path), most=MOST_OF_AN_ID, element=path)

    def read(self, path: str, reading: Callable[[str], Value]) -> Value | None:
        """Return what `reading` makes of the text at a path, None where there is none."""
        value = self.text(path)
        return None if value is None else reading(value)


def check_parent(element: etree._Element, name: str) -> etree._Element:
    """Return the element's parent, which must be of this name; BadValueError otherwise."""
    parent = element.getparent()
    if parent is None or etree.QName(parent).localname != name:
        raise BadValueError("element_not_expected", etree.QName(element).localname)
    return parent


def line_of(element: etree._Element) -> int:
    """Return the line an element begins on (0 if unknown): the stubs of lxml give its attribute no type."""
    return cast("int | None", element.sourceline) or 0
