"""What each right lets one do, in one line, and how it is called: said beside every tick."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.models import SEE_SALARY, Role


@dataclass(frozen=True, slots=True)
class RightWords:
    """A right's name and its one line."""

    right: str
    name: Promise | str
    line: Promise | str


def _of(role: Role, line: Promise | str) -> RightWords:
    return RightWords(role.value, role.label, line)


RIGHT_WORDS: tuple[RightWords, ...] = (
    _of(Role.VIEWER, _("Sees payments, receipts and batches, but no salary. Changes nothing.")),
    _of(Role.UPLOADER, _("Sends payments from the ERP and cancels what the bank hasn't got.")),
    _of(
        Role.FILE_TRANSFER,
        _("The ERP's user: sends payments, fetches batches and answers, reports what is posted."),
    ),
    _of(Role.APPROVER, _("Approves payments, so that money leaves the account. Takes two administrators to give.")),
    _of(
        Role.AUTOPAY_ADMINISTRATOR,
        _("Sets up agreements, sees signing keys and puts payments on hold. Approves nothing."),
    ),
    RightWords(
        SEE_SALARY, _("Sees salary"), _("Sees names and amounts of salary payments, together with any of the roles.")
    ),
)


def words_of(right: str) -> RightWords:
    """Return how a right is called and what it lets one do. Raises KeyError."""
    return {words.right: words for words in RIGHT_WORDS}[right]
