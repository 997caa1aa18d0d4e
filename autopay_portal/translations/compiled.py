"""Write a catalogue as gettext's binary .mo file (GNU gettext manual, "The Format of GNU MO Files")."""

import os
import struct
from pathlib import Path

from autopay_portal.translations.catalogue import ROOT, Catalogue, Key, catalogue_files, read_catalogue

_MAGIC = 0x950412DE
_HEADER = (
    "Language: {language}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
)


def compile_language(language: str, *, into: Path = ROOT / "locale") -> bool:
    """Write the language's .mo below `into` if it differs from what is there; return whether it was written.

    Whole or not at all. Raises OSError where the folder can't be written.
    """
    catalogue = read_catalogue(catalogue_files(language))
    if not catalogue:
        return False
    target = into / language / "LC_MESSAGES" / "django.mo"
    content = to_mo(catalogue, language=language)
    if target.is_file() and target.read_bytes() == content:
        return False
    _write(target, content)
    return True


def _write(target: Path, content: bytes) -> None:
    missing = [folder for folder in (target.parent.parent, target.parent) if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    partial.write_bytes(content)
    # The supervisor's umask is closed; these hold no secret and belong to the source tree.
    for folder in missing:
        folder.chmod(0o755)
    partial.chmod(0o644)
    partial.replace(target)


def to_mo(catalogue: Catalogue, *, language: str) -> bytes:
    """Return the bytes of the .mo file: header, table of originals, table of translations, then the texts."""
    pairs = {_original(key): "\0".join(texts).encode() for key, texts in catalogue.items()}
    pairs[b""] = _HEADER.format(language=language).encode()
    ordered = sorted(pairs.items())
    tables = 28
    texts_at = tables + 16 * len(ordered)
    originals, translations, body = b"", b"", b""
    for columns in (0, 1):
        for pair in ordered:
            text = pair[columns]
            place = struct.pack("<II", len(text), texts_at + len(body))
            originals, translations = (
                (originals + place, translations) if columns == 0 else (originals, translations + place)
            )
            body += text + b"\0"
    head = struct.pack("<IIIIIII", _MAGIC, 0, len(ordered), tables, tables + 8 * len(ordered), 0, texts_at)
    return head + originals + translations + body


def _original(key: Key) -> bytes:
    context = f"{key.context}\x04" if key.context else ""
    plural = f"\0{key.plural}" if key.plural else ""
    return f"{context}{key.text}{plural}".encode()
