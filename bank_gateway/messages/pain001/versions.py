"""The versions of pain.001 that are read and written, with their ISO schemas."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import cast

from lxml import etree


@dataclass(frozen=True)
class Version:
    """Name one version of pain.001 by the two digits that end its namespace."""

    number: str

    @property
    def message_name(self) -> str:
        """Return the name a bank repeats in OrgnlMsgNmId, `pain.001.001.03`."""
        return f"pain.001.001.{self.number}"

    @cached_property
    def namespace(self) -> str:
        """Return the namespace every element of this version stands in."""
        return f"urn:iso:std:iso:20022:tech:xsd:{self.message_name}"

    def tag(self, name: str) -> str:
        """Return an element's name as lxml writes it."""
        return f"{{{self.namespace}}}{name}"

    def holder(self, name: str) -> "etree._Element":
        """Return an empty element to gather others in: they are then serialised without prefixes."""
        namespaces = cast("dict[str, str]", {None: self.namespace})  # the stubs forget the default namespace
        return etree.Element(self.tag(name), nsmap=namespaces)


VERSIONS = {number: Version(number) for number in ("03", "09")}
BY_NAMESPACE = {version.namespace: version for version in VERSIONS.values()}


def load_schema(version: Version) -> etree.XMLSchema:
    """Compile the ISO schema of a version."""
    path = files("sepaxml") / "schemas" / f"{version.message_name}.xsd"
    return etree.XMLSchema(etree.fromstring(path.read_bytes()))


@lru_cache(maxsize=len(VERSIONS))
def schema_of(version: Version) -> etree.XMLSchema:
    """Return the ISO schema of a version for stream parsers, compiled once per process.

    Not for `validate()`: that keeps its errors on the schema object, where another thread would read them.
    """
    return load_schema(version)
