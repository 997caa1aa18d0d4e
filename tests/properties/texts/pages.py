"""Pages as a browser takes them apart."""

from dataclasses import dataclass

from django.test import Client
from lxml import etree, html


@dataclass(frozen=True)
class Page:
    """The elements of a page in order with the names of their attributes, and its text."""

    elements: tuple[tuple[str, tuple[str, ...]], ...]
    text: str

    def shows(self, text: str) -> bool:
        """Return whether the page shows a text; a browser folds blanks and line ends."""
        return _folded(text) in self.text


def open_page(client: Client, address: str) -> Page:
    """Open a page and return what it consists of."""
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    root = html.document_fromstring(answer.content.decode())
    elements = [each for each in root.iter() if isinstance(each.tag, str)]
    # What a browser can't show at all has no place in the comparison of what it shows.
    return Page(tuple((str(each.tag), tuple(sorted(map(str, each.attrib)))) for each in elements), _folded(_text(root)))


def _text(root: etree._Element) -> str:
    return "".join(str(piece) for piece in root.itertext())


def _folded(text: str) -> str:
    return " ".join(text.split())
