"""OCR giro files written from plain values by the manual's positions, apart from the reader's own patterns."""

from dataclasses import dataclass, field


@dataclass
class Payment:
    amount: int = 10000
    kid: str = "0010017"
    type: str = "10"
    date: str = "231126"
    part_settlement: str = "1"
    serial: str = "00001"
    sign: str = "0"
    archive_reference: str = "000000001"
    debit_account: str = "86011117947"
    text: str | None = None

    @property
    def control(self) -> int:
        return -self.amount if self.sign == "-" else self.amount

    @property
    def booked(self) -> int:
        return -self.control if self.type in ("18", "20") else self.control


@dataclass
class Assignment:
    payments: list[Payment] = field(default_factory=lambda: [Payment()])
    agreement_id: str = "001234567"
    number: str = "0000001"
    account: str = "12345678903"


def lines_of(*assignments: Assignment) -> list[str]:
    """Write the records of a transmission."""
    lines = ["NY00001000008080000012300012345" + "0" * 49]
    for assignment in assignments:
        lines += _assignment(assignment)
    payments = [payment for assignment in assignments for payment in assignment.payments]
    total = abs(sum(payment.control for payment in payments))
    lines.append(f"NY000089{len(payments):08d}{len(lines) + 1:08d}{total:017d}231126" + "0" * 33)
    assert {len(line) for line in lines} == {80}
    return lines


def file_of(*assignments: Assignment, line_end: str = "\r\n") -> bytes:
    return (line_end.join(lines_of(*assignments)) + line_end).encode("iso-8859-1")


def _assignment(assignment: Assignment) -> list[str]:
    lines = [f"NY090020{assignment.agreement_id}{assignment.number}{assignment.account}" + "0" * 45]
    for number, one in enumerate(assignment.payments, start=1):
        start = f"NY09{one.type}"
        lines.append(
            f"{start}30{number:07d}{one.date}0123{one.part_settlement}{one.serial}{one.sign}{one.amount:017d}{one.kid:>25}000000"
        )
        lines.append(
            f"{start}31{number:07d}{number:010d}{one.archive_reference}{'0' * 7}{one.date}{one.debit_account}"
            + "0" * 22
        )
        if one.text is not None:
            lines.append(f"{start}32{number:07d}{one.text:<40}" + "0" * 25)
    dates = sorted((payment.date for payment in assignment.payments), key=lambda date: (date[4:], date[2:4], date[:2]))
    total = abs(sum(payment.control for payment in assignment.payments))
    lines.append(
        f"NY090088{len(assignment.payments):08d}{len(lines) + 1:08d}{total:017d}{dates[-1]}{dates[0]}{dates[-1]}"
        + "0" * 21
    )
    return lines
