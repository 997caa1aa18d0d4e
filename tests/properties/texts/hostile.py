"""Texts that mean something to one of those that they pass: SQL, COPY, CSV, XML, formats, templates, terminals."""

import unicodedata

from hypothesis import strategies as st

PIECES = (
    "\t", "\n", "\r", "\r\n", "\\N", "\\.", "\\", "\\n", "\\t", "'", '"', '""', "''", "`", "´", ",", ";", ",;", "|",
    "\x7f", "\x85", "\x9f", "\xa0", "\xad", "\u200b", "\u2028", "\u202e", "\ufeff", "a\u030a", "o\u0301",
    "e\u0301\u0323", "שלום", "مرحبا", "😀", "\U0001f468\u200d\U0001f467", "\U0010ffff", "\ufffd", "<![CDATA[", "]]>",
    "&amp;", "&lt;", "&#10;", "&", "<", ">", "</Nm>", "<!--", "-->", "<?x?>", "%s", "%(x)s", "%", "{}", "{0}", "{x}",
    "$$", "$1", "${x}", "--", "/*", "*/", "'; DROP TABLE x; --", "<script>alert(1)</script>", "{{ x }}", "{% x %}",
    "../", "null", "NULL", "None", "true", "0", "-1", "=1+1", "+1", "-1+1", "@x", "–", "“x”", "…", "Ærlig Østafjells Å",
    "ß", "€", "¤", "ﬁ", "NOTPROVIDED",
)  # fmt: skip
XML_CHARACTERS = st.characters(
    exclude_categories=["Cs"], exclude_characters=[*map(chr, range(0x20)), "\ufffe", "\uffff"]
)


def texts(most: int) -> st.SearchStrategy[str]:
    """Return texts of 1 to `most` characters, all of which XML 1.0 can hold."""
    piece = st.one_of(
        st.sampled_from(PIECES),
        st.text(XML_CHARACTERS, min_size=1, max_size=6),
        st.text("abcæøåÄéß -/?:().,'+&<>\"", min_size=1, max_size=12),
        st.sampled_from((" ", "  ", " " * 34)),
    )
    joined = st.lists(piece, min_size=1, max_size=5).map("".join)
    long = st.sampled_from(("x", "Æ", "'", " x", "\\")).map(lambda one: (one * most)[:most])
    return st.one_of(joined, joined, joined, long).map(lambda text: text[:most])


# What a bank can't take and loses nothing by, by the table in docs/money.md 5.
_REWRITTEN = {
    "-": "‐‑‒–—―−•", "'": "‘’‚‛′", '"': "“”„‟″",
    " ": "\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f",
    "": "\u00ad\u200b\u200c\u200d\u2060\ufeff", "...": "…", "<": "‹", ">": "›", "/": "⁄",
}  # fmt: skip
_TABLE = {ord(one): written for written, ones in _REWRITTEN.items() for one in ones}


def rewritten(text: str) -> str:
    """Return a text as the documents say that it's rewritten for a bank."""
    return unicodedata.normalize("NFC", text).translate(_TABLE)
