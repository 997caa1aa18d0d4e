"""Read the .po files of one language into one catalogue."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_LINE = re.compile(r'(?P<keyword>msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)?\s*(?P<text>".*")\s*')


@dataclass(frozen=True)
class Key:
    """What a text is looked up by: context, English text, English plural."""

    context: str
    text: str
    plural: str = ""


Catalogue = dict[Key, tuple[str, ...]]


class CatalogueError(Exception):
    """A .po file can't be read; the text names file and line."""


def catalogue_files(language: str) -> list[Path]:
    """Return the files that together hold a language: its own, then the rooms' fragments by name."""
    main = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
    fragments = sorted((ROOT / "locale" / "fragments").glob("*.po")) if language == "nb" else []
    return [path for path in [main, *fragments] if path.is_file()]


def read_catalogue(files: Iterable[Path]) -> Catalogue:
    """Return the texts of `files` by key; the first file that has a text wins. Untranslated ones are left out."""
    catalogue: Catalogue = {}
    for path in files:
        for key, texts in read_entries(path):
            if key.text and all(texts):
                catalogue.setdefault(key, texts)
    return catalogue


def read_entries(path: Path) -> Iterator[tuple[Key, tuple[str, ...]]]:
    """Yield every entry of a .po file. Raises CatalogueError."""
    entry: dict[str, str] = {}
    keyword = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or not (match["keyword"] or keyword):
            raise CatalogueError(f"{path}, line {number}: not understood: {line.strip()[:60]}")
        if match["keyword"]:
            if _starts_entry(match["keyword"], entry):
                yield _entry(entry)
                entry = {}
            keyword = match["keyword"]
        entry[keyword] = entry.get(keyword, "") + str(ast.literal_eval(match["text"]))
    if entry:
        yield _entry(entry)


def _starts_entry(keyword: str, entry: dict[str, str]) -> bool:
    return keyword in {"msgctxt", "msgid"} and any(name.startswith("msgstr") for name in entry)


def _entry(entry: dict[str, str]) -> tuple[Key, tuple[str, ...]]:
    key = Key(entry.get("msgctxt", ""), entry.get("msgid", ""), entry.get("msgid_plural", ""))
    return key, tuple(text for name, text in sorted(entry.items()) if name.startswith("msgstr"))
