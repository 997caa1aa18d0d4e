"""Characters that a Norwegian bank can't take, written otherwise where that loses nothing.

Banks take UTF-8 but only the characters of ISO-8859-1 (Nordea's and DNB's message guides). Word processors put
others into invoice texts all the time: typographic dashes, quotes and spaces, and letters decomposed into letter
and accent. The rest is refused, not guessed.
"""

import unicodedata

_TABLE = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
        "…": "...",
        "•": "-",
        "‹": "<",
        "›": ">",
        "⁄": "/",
    }
)

# The printable characters of ISO-8859-1, to which every order is held; a bank's profile may only have fewer.
LATIN1 = frozenset(chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100)) if code != 0xAD)


def transliterate(text: str) -> str:
    """Return `text` with letters composed (NFC) and typographic signs as ISO-8859-1 has them; the rest as it was."""
    return unicodedata.normalize("NFC", text).translate(_TABLE)


def is_latin1(text: str) -> bool:
    """Return whether every character of `text` is one of ISO-8859-1 that prints: a soft hyphen doesn't."""
    return all(ord(character) < 256 and character != "\u00ad" for character in text)
