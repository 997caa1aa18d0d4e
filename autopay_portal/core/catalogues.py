"""Build the translation catalogues from the rooms' fragments: `python -m autopay_portal.core.catalogues`.

Each room keeps its Norwegian texts in `locale/fragments/<room>.po`; they are merged into
`locale/nb/LC_MESSAGES/django.mo` at set-up. Written here because gettext's tools are not everywhere that Python
is. Imports no Django: it runs before the settings can be read. Formats: GNU gettext manual, 3 (PO) and 10.3 (MO).
"""

import ast
import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[2] / "locale"
# Bokmål and English have one plural form for 1 and one for the rest.
_HEADER = (
    "Language: {}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)
_KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)\s+(".*")\s*')
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


class CatalogueError(Exception):
    """A fragment that can't be read, or two that say different things."""


@dataclass
class Entry:
    """One text: its key as MO files write it, its translations by plural form, and where it stands."""

    place: str
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return context, text and plural, joined as in an MO file."""
        context = f"{self.parts['msgctxt']}\x04" if "msgctxt" in self.parts else ""
        plural = f"\0{self.parts['msgid_plural']}" if "msgid_plural" in self.parts else ""
        return f"{context}{self.parts['msgid']}{plural}"

    @property
    def translation(self) -> str:
        """Return the translation, plural forms joined as in an MO file."""
        forms = sorted(name for name in self.parts if name.startswith("msgstr"))
        return "\0".join(self.parts[name] for name in forms)


def read_po(path: Path) -> Iterator[Entry]:
    """Yield the entries of a PO file.

    Raises CatalogueError with file and line for what isn't PO, or an entry without a translation.
    """
    entry, keyword = Entry(f"{path.name}:1"), ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if match := _KEYWORD.fullmatch(text):
            begins = match[1] == "msgctxt" or (match[1] == "msgid" and keyword != "msgctxt")
            if begins and entry.parts:
                yield _checked(entry)
                entry = Entry(f"{path.name}:{number}")
            keyword = match[1]
            entry.parts[keyword] = _unquoted(match[2], path, number)
        elif text.startswith('"') and keyword:
            entry.parts[keyword] += _unquoted(text, path, number)
        else:
            raise CatalogueError(f"{path.name}:{number}: {text[:60]}")
    if entry.parts:
        yield _checked(entry)


def _unquoted(text: str, path: Path, number: int) -> str:
    try:
        return str(ast.literal_eval(text))
    except (SyntaxError, ValueError):
        raise CatalogueError(f"{path.name}:{number}: {text[:60]} is not a quoted text") from None


def _checked(entry: Entry) -> Entry:
    if "msgid" not in entry.parts or not all(entry.translation.split("\0")):
        raise CatalogueError(f"{entry.place}: {entry.parts.get('msgid', '')[:60]!r} has no translation")
    if entry.parts["msgid"] and set(_PLACEHOLDER.findall(entry.translation)) - set(_PLACEHOLDER.findall(entry.key)):
        raise CatalogueError(f"{entry.place}: the translation has a placeholder that the text hasn't")
    return entry


def merge(paths: list[Path]) -> dict[str, str]:
    """Return text to translation of all fragments.

    Raises CatalogueError when two translate one text differently: a word means one thing in the whole portal.
    """
    found: dict[str, Entry] = {}
    for path in sorted(paths):
        for entry in read_po(path):
            earlier = found.setdefault(entry.key, entry)
            if earlier.translation != entry.translation:
                raise CatalogueError(f"{entry.place} and {earlier.place} translate {entry.key[:60]!r} differently")
    return {key: entry.translation for key, entry in found.items() if key}


def write_mo(texts: dict[str, str], *, language: str, path: Path) -> None:
    """Write a machine-readable catalogue; a reader sees the old one or the new one, never half."""
    pairs = sorted((key.encode(), text.encode()) for key, text in {"": _HEADER.format(language), **texts}.items())
    count, start = len(pairs), 28
    at = start + 16 * count
    tables: list[list[int]] = [[], []]
    for column in (0, 1):
        for pair in pairs:
            tables[column] += [len(pair[column]), at]
            at += len(pair[column]) + 1
    head = struct.pack("<7I", 0x950412DE, 0, count, start, start + 8 * count, 0, start + 16 * count)
    body = b"".join(pair[column] + b"\0" for column in (0, 1) for pair in pairs)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".mo.new")
    fresh.write_bytes(head + struct.pack(f"<{4 * count}I", *tables[0], *tables[1]) + body)
    fresh.replace(path)


def build(locale: Path = LOCALE) -> int:
    """Build the catalogues of both languages and return how many Norwegian texts there are.

    English is the language of the source: its catalogue is empty, and is there so that Django offers it.
    """
    texts = merge(list((locale / "fragments").glob("*.po")))
    write_mo(texts, language="nb", path=locale / "nb" / "LC_MESSAGES" / "django.mo")
    write_mo({}, language="en", path=locale / "en" / "LC_MESSAGES" / "django.mo")
    return len(texts)


def main() -> int:
    """Build, and say what was built or what is wrong."""
    try:
        count = build()
    except CatalogueError as error:
        sys.stderr.write(f"Unable to build the catalogues: {error}\n")
        return 1
    sys.stdout.write(f"{count} texts in Norwegian\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
