"""Write OCR giro: fixed records of 80 signs, ISO-8859-1, CRLF (Nets OCR giro manual, record descriptions)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

_WIDTH = 80
_SENDER = "00008080"
_CLEARING_CENTRE = "01"
_PIECE = 1000
# A reversal adds to the control sums and counts against the account (Nets OCR giro manual 2.5).
GIRO, DIRECT_REMITTANCE, TERMINAL_GIRO, REVERSAL = "10", "12", "13", "18"


@dataclass(frozen=True)
class Assignment:
    """One transmission with one assignment: one account, one lump on its statement."""

    transmission: int
    recipient: int
    agreement: int
    account: str
    booking_date: date
    lump: int


@dataclass(frozen=True, slots=True)
class OcrPayment:
    """One payment with a valid KID; amount in øre, above zero also where it is reversed.

    `debtor_account` is empty when the bank doesn't know it.
    """

    type: str
    amount: int
    kid: str
    debtor_account: str
    archive_reference: int


def write_transmission(assignment: Assignment, payments: Iterable[OcrPayment]) -> Iterator[bytes]:
    """Yield a transmission; all its payments share one `løpenummer`, which makes them one line on the statement."""
    day = assignment.booking_date.strftime("%d%m%y")
    yield _line(f"NY000010{_SENDER}{assignment.transmission:07d}{assignment.recipient:08d}")
    yield _line(f"NY090020{assignment.agreement:09d}{assignment.transmission:07d}{assignment.account}")
    count = total = 0
    piece: list[bytes] = []
    for payment in payments:
        count += 1
        total += payment.amount
        piece.extend(_payment(assignment, day, count, payment))
        if len(piece) >= _PIECE:
            yield b"".join(piece)
            piece.clear()
    yield b"".join(piece)
    yield _line(f"NY090088{count:08d}{2 * count + 2:08d}{total:017d}{day}{day}{day}")
    yield _line(f"NY000089{count:08d}{2 * count + 4:08d}{total:017d}{day}")


def _payment(assignment: Assignment, day: str, number: int, payment: OcrPayment) -> tuple[bytes, bytes]:
    """Return a payment's two records (beløpspost 1 and 2)."""
    mark = f"NY09{payment.type}"
    reference = payment.archive_reference
    return (
        _line(
            f"{mark}30{number:07d}{day}{_CLEARING_CENTRE}{day[:2]}1{assignment.lump:05d}0"
            f"{payment.amount:017d}{payment.kid:>25}"
        ),
        _line(
            f"{mark}31{number:07d}{reference % 10**10:010d}{reference % 10**9:09d}{'':0<7}{day}"
            f"{payment.debtor_account:0>11}"
        ),
    )


def _line(record: str) -> bytes:
    """Return a record filled with zeros to its width, as bytes."""
    return record.ljust(_WIDTH, "0").encode("latin-1") + b"\r\n"
