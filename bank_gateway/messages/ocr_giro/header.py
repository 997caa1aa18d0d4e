"""What an OCR giro file holds beside its payments."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OcrAssignment:
    """Describe one assignment: the payments of one agreement to one account.

    `id` is sender/transmission/assignment and the `notification_id` of its entries: the same again is a repeat.
    `control_sum` is the file's own sum in øre, to which reversals (types 18 and 20) add; `booked_sum` is what the
    account got, from which they subtract.
    """

    number: int
    id: str
    agreement_id: str
    assignment_number: str
    account: str
    transactions: int
    control_sum: int
    booked_sum: int
    first_date: str
    last_date: str
    line: int


@dataclass(frozen=True)
class OtherService:
    """Describe an assignment of another service in the same file (21 is AvtaleGiro), which nobody reads here.

    Its records are the lines from `first_line` to `last_line` of the file as it was kept.
    """

    service: str
    type: str
    first_line: int
    last_line: int
    transactions: int


@dataclass(frozen=True)
class OcrHeader:
    """Describe a transmission; `recipient` is the customer unit's id, `date` the end record's."""

    message_type: str
    sender: str
    transmission: str
    recipient: str
    date: str
    assignments: tuple[OcrAssignment, ...]
    other_services: tuple[OtherService, ...]
    entries: int
    transactions: int
    records: int
