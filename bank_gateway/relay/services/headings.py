"""What the readers' headers say, in one shape for reports, notifications and OCR giro."""

from dataclasses import dataclass
from datetime import datetime

from autopay_portal.core.clocks import OSLO
from bank_gateway.messages.camt054.header import Notification, NotificationHeader
from bank_gateway.messages.ocr_giro.header import OcrAssignment, OcrHeader


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification of a file: the same `id` for account and `period` again is a repeat."""

    number: int
    id: str
    account: str
    period: str
    is_copy: bool


@dataclass(frozen=True, slots=True)
class OtherPart:
    """A part of a file that no reader takes, by service and place."""

    service: str
    first_line: int


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a file's entries."""

    message_id: str
    created_at: datetime | None
    notices: tuple[Notice, ...]
    others: tuple[OtherPart, ...]


def heading_of(header: NotificationHeader | OcrHeader) -> Heading:
    """Return the heading of a camt.054 or an OCR giro file."""
    if isinstance(header, OcrHeader):
        return Heading(
            message_id=f"{header.sender}/{header.transmission}",
            created_at=None,
            notices=tuple(_notice_of_assignment(assignment) for assignment in header.assignments),
            others=tuple(OtherPart(other.service, other.first_line) for other in header.other_services),
        )
    return Heading(
        message_id=header.message_id,
        created_at=moment_of(header.created_at),
        notices=tuple(_notice_of_notification(notification, header.page) for notification in header.notifications),
        others=(),
    )


def _notice_of_assignment(assignment: OcrAssignment) -> Notice:
    # A transmission's number comes round again after years: the days tell them apart.
    period = f"{assignment.first_date}/{assignment.last_date}"
    return Notice(assignment.number, assignment.id, assignment.account, period, is_copy=False)


def _notice_of_notification(notification: Notification, page: int | None) -> Notice:
    # The pages of one notification share its id and are no repeats of each other.
    period = f"{notification.period_from or ''}/{notification.period_to or ''}/{page or ''}"
    is_copy = notification.copy_indicator is not None
    return Notice(notification.number, notification.id, notification.account, period, is_copy=is_copy)


def moment_of(text: str) -> datetime:
    """Return a bank's ISO time with its zone; one without an offset is Norwegian time."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=OSLO)
