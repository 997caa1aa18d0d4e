"""The text of a bank's XML file in blocks, as far as it is plain: cut where its reader says, line by line counted."""

import codecs
import re
from typing import BinaryIO

from bank_gateway.messages.bank_files.fields import Row
from bank_gateway.messages.bank_files.row_plans import NotPlainError, RowPlans

BLOCK = 1 << 18
# Characters that may wait: an element of a bank is some hundred, what stands between units some thousand.
MOST_HELD = 1 << 21
# What libxml2 refuses, and what no text may hold besides (values.FORBIDDEN_CONTROL, the C1 range apart).
_FORBIDDEN = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})
_C1_CONTROLS = re.compile(b"\xc2[\x80-\x9f]")
_NO_CHARACTERS = re.compile(b"\xef\xbf[\xbe\xbf]")
_BLANKS = " \t\n"
# What may stand before the document besides its type: it's left to the parser.
_BEFORE_DOCUMENT = re.compile(r"(?:<\?.*?\?>|<!--.*?-->|\s+)*", re.DOTALL)


class Blocks:
    """The file's text as it comes, with the line that the next character stands on."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._text = self._decoded(head.removeprefix(codecs.BOM_UTF8), first=True)
        self._at = 0
        self.line = 1

    def take_before_document(self) -> str:
        """Take what stands before the document, of a file of which nothing has been taken yet."""
        begins = _BEFORE_DOCUMENT.match(self._text)
        return self._take(begins.end() if begins else 0)

    def take_until(self, mark: str) -> str | None:
        """Take what stands before a mark; None where no such mark comes any more, then nothing is taken."""
        while (found := self._text.find(mark, self._at)) < 0:
            if len(self._text) - self._at > MOST_HELD:
                raise NotPlainError("nothing but what stands outside units")
            if not self._read_on():
                return None
        return self._take(found)

    def take_until_either(self, marks: re.Pattern[str]) -> tuple[str, str]:
        """Take what stands before the nearest of some marks, and say which that is."""
        while (found := marks.search(self._text, self._at)) is None:
            self._need_more()
        return self._take(found.start()), found[0]

    def take_through(self, mark: str) -> str:
        """Take everything up to the end of a mark."""
        while (found := self._text.find(mark, self._at)) < 0:
            self._need_more()
        return self._take(found + len(mark))

    def at(self, mark: str) -> bool:
        """Tell whether a mark is the next text."""
        while len(self._text) - self._at < len(mark):
            self._need_more()
        return self._text.startswith(mark, self._at)

    def take_known(self, plans: RowPlans, rows: list[Row], lines: list[int], *, most: int) -> int:
        """Take the next elements, at most so many, as long as their shapes are known; return how many they were.

        Their rows and the lines that they begin on are added to `rows` and `lines`.
        """
        before = len(lines)
        self._at, self.line = plans.read_known(
            self._text, self._at, line=self.line, rows=rows, lines=lines, most=before + most
        )
        if len(lines) > before:
            self.take_blanks()
        return len(lines) - before

    def take_blanks(self) -> None:
        """Take the blanks and line ends that come next."""
        while True:
            at, text = self._at, self._text
            while at < len(text) and text[at] in _BLANKS:
                at += 1
            if at < len(text):
                self.line += text.count("\n", self._at, at)
                self._at = at
                return
            self._need_more()

    def rest(self) -> str:
        """Take everything that is left."""
        while self._read_on():
            pass
        return self._take(len(self._text))

    def _take(self, end: int) -> str:
        text = self._text[self._at : end]
        self._at = end
        self.line += text.count("\n")
        return text

    def _need_more(self) -> None:
        if len(self._text) - self._at > MOST_HELD:
            raise NotPlainError("an element too large to be plain")
        if not self._read_on():
            raise NotPlainError("cut off")

    def _read_on(self) -> bool:
        block = self._stream.read(BLOCK)
        # A line end of two characters isn't cut in two.
        while block.endswith(b"\r") and (more := self._stream.read(1)):
            block += more
        kept = self._text[self._at :]
        self._text = kept + self._decoded(block, first=False, before=kept[-1:])
        self._at = 0
        return bool(block)

    def _decoded(self, block: bytes, *, first: bool, before: str = "") -> str:
        if len(block.translate(None, _FORBIDDEN)) != len(block) or _holds_forbidden(block):
            raise NotPlainError("a control character")
        try:
            text = self._decoder.decode(block, final=not block)
        except UnicodeDecodeError:
            raise NotPlainError("not the encoding it says") from None
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        begins = _BEFORE_DOCUMENT.match(text) if first else None
        looked_at = text[begins.end() :] if begins else before + text
        if "\r" in text or "<!" in looked_at or "<?" in looked_at:
            raise NotPlainError("a line end, a comment, a section or an instruction")
        return text


def _holds_forbidden(block: bytes) -> bool:
    """Tell whether a block holds, in UTF-8, a control character of the C1 range, or what is no character."""
    return bool(
        (b"\xc2" in block and _C1_CONTROLS.search(block)) or (b"\xef" in block and _NO_CHARACTERS.search(block))
    )
