"""The sandbox's catch-all: the mails that lie in `var/mail`, read as text. Nothing of a mail is ever shown as HTML."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

from autopay_portal.core.errors import NotFoundError

MOST_LISTED = 100
# Files of Django's backend: "20261124-081500-140123.log", one per run, mails apart by a line of dashes.
_NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]+\.log", re.ASCII)
_BETWEEN = b"\n" + b"-" * 79 + b"\n"
_LARGEST_FILE = 5 * 1024 * 1024
_LONGEST_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One mail as it lies in the catch-all: where it is, and what it says."""

    file: str
    place: int
    at: datetime | None
    to: str
    subject: str
    text: str


def list_mails() -> list[CaughtMail]:
    """Return the newest mails, the newest first."""
    found: list[CaughtMail] = []
    for file in _files():
        found.extend(reversed(list(_mails_in(file))))
        if len(found) >= MOST_LISTED:
            break
    return found[:MOST_LISTED]


def read_mail(*, file: str, place: int) -> CaughtMail:
    """Return one mail. Raises NotFoundError for a name that is no file of ours, or a place that has no mail."""
    path = _folder() / file
    if not _NAME.fullmatch(file) or not path.is_file() or path.is_symlink():
        raise NotFoundError()
    for mail in _mails_in(path):
        if mail.place == place:
            return mail
    raise NotFoundError()


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH)


def _files() -> list[Path]:
    """Return the mail files, the newest first: their names begin with the time, as the file system says the rest."""
    if not _folder().is_dir():
        return []
    files = [path for path in _folder().iterdir() if _NAME.fullmatch(path.name) and not path.is_symlink()]
    return sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)


def _mails_in(path: Path) -> Iterator[CaughtMail]:
    with path.open("rb") as opened:
        content = opened.read(_LARGEST_FILE)
    for place, raw in enumerate(content.split(_BETWEEN)):
        if raw.strip():
            yield _read(path.name, place, raw.lstrip(b"\n"))


def _read(file: str, place: int, raw: bytes) -> CaughtMail:
    message = message_from_bytes(raw, policy=policy.default)
    return CaughtMail(
        file=file,
        place=place,
        at=_at(message),
        to=str(message.get("To", ""))[:300],
        subject=str(message.get("Subject", ""))[:300],
        text=_text_of(message)[:_LONGEST_TEXT],
    )


def _text_of(message: EmailMessage) -> str:
    """Return the plain text of a mail; a mail that has none shows nothing of its HTML."""
    part = message.get_body(preferencelist=("plain",))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    return content.decode(part.get_content_charset("utf-8"), "replace")


def _at(message: EmailMessage) -> datetime | None:
    """Return when a mail was written; "-0000" means UTC without saying where (RFC 5322, 3.3)."""
    try:
        at = parsedate_to_datetime(str(message.get("Date", "")))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
