"""Which reader a bank's file wants, told from its first bytes and never from its name."""

from typing import BinaryIO

from bank_gateway.messages.bank_files.prolog import PROLOG_BYTES, examine_prolog
from bank_gateway.messages.bank_files.staging import BankFileReader
from bank_gateway.messages.camt054.reader import NotificationReader
from bank_gateway.messages.errors import MessageError, UnreadableBankFile
from bank_gateway.messages.ocr_giro.reader import OcrGiroReader
from bank_gateway.messages.pain002.reader import StatusReportReader

# So many first bytes are enough to recognise any file.
HEAD_BYTES = PROLOG_BYTES
OCR_GIRO = "ocr_giro"
_OCR_STARTS = (b"NY000010", b"\xef\xbb\xbfNY000010")


def recognise(*, head: bytes) -> str | None:
    """Name what a file is by its first HEAD_BYTES bytes: "pain.002.001.03", "camt.054.001.08", "ocr_giro" ...

    None for what is none of these: an unknown format, an encoding or a DOCTYPE that is refused. Any ISO 20022
    message is named, also one that no reader takes.
    """
    if head.startswith(_OCR_STARTS):
        return OCR_GIRO
    try:
        return examine_prolog(head).message_type
    except UnreadableBankFile:
        return None


def open_reader(*, message_type: str, stream: BinaryIO, skim: bool = False) -> BankFileReader:
    """Return the reader of a message type over a file opened at its first byte.

    With `skim` an XML file is read several times as fast if it is written plainly; for any other the reader raises
    NotPlainError, perhaps late, and the file must be read again without. Raises UnreadableBankFile
    (`message_not_supported`) for a type that nobody reads.
    """
    if message_type == OCR_GIRO:
        return OcrGiroReader(stream)
    if message_type.startswith("pain.002.001."):
        return StatusReportReader(stream, skim=skim)
    if message_type in NotificationReader.VERSIONS:
        return NotificationReader(stream, skim=skim)
    raise UnreadableBankFile([MessageError("message_not_supported", params={"message": message_type})])
