"""Text as a file in ISO-8859-1 without quoting can carry it: nothing in it may end a field or a line."""

import re
import unicodedata

# What people type and Latin-1 lacks, where a plain spelling loses nothing.
_SPELLINGS = str.maketrans(
    {
        "–": "-", "—": "-", "‒": "-", "―": "-", "−": "-", "‐": "-", "‑": "-", "…": "...", "•": "*", "€": "EUR",
        "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "ŋ": "n", "Ŋ": "N", "ẞ": "SS",
        "™": "TM",
    }
)  # fmt: skip
_QUOTES = "\"'`´‘’‚‛“”„‟«»‹›"
# Separators, quotes, and everything that some reader takes for the end of a line or for nothing (C0, C1, U+2028...).
_REFUSED = re.compile(f"[;{_QUOTES}\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")
# Most texts: nothing to strip, spell or compose.
_PLAIN = re.compile(r"[0-9A-Za-zÀ-ÿ .,:/()&+_#*\-]*")


def latin1_field(text: str | None, most: int) -> str:
    """Return `text` for one field of at most `most` characters: stripped of `;`, quotes and line ends, in ISO-8859-1.

    Cut last, since a transliterated character may become several. What has no spelling in Latin-1 becomes `?`.
    """
    if not text:
        return ""
    if not _PLAIN.fullmatch(text):
        text = _spelled(text)
    return text[:most].strip()


def _spelled(text: str) -> str:
    composed = unicodedata.normalize("NFC", text).translate(_SPELLINGS)
    # A line end between two words is a space between them.
    spaced = re.sub(r"[\r\n\t\u2028\u2029\x85]+", " ", composed)
    kept = _REFUSED.sub("", spaced)
    if max(kept, default="") <= "ÿ":
        return kept
    return "".join(character if character <= "ÿ" else _base(character) for character in kept)


def _base(character: str) -> str:
    """Return a character's compatibility spelling without its marks, or `?`."""
    plain = "".join(
        part for part in unicodedata.normalize("NFKD", character) if part <= "ÿ" and not unicodedata.combining(part)
    )
    return _REFUSED.sub("", plain) or "?"
