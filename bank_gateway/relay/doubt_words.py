"""What a doubt means, in words for operators: what would settle it by itself, and what each decision does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later

from autopay_portal.core.clocks import business_now
from autopay_portal.core.display import show_moment
from bank_gateway.models import DoubtKind, FolderShows
from bank_gateway.profiles import DuplicateKind, get_profile
from bank_gateway.relay.evidence import Facts, concluded_from, too_early

_CONTROL: Mapping[DuplicateKind, object] = {
    DuplicateKind.MESSAGE_ID: _later("It refuses a second copy with the same message id, with a code."),
    DuplicateKind.MESSAGE_ID_NARRATIVE: _later("It refuses a second copy with the same message id, in words only."),
    DuplicateKind.MESSAGE_ID_SILENT: _later("It takes no second copy with the same message id, and answers none."),
    DuplicateKind.NONE: _later("It has none that is known: a second copy is executed again."),
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a decision does, what happens to the money if it is wrong, and how bad that is (a tone)."""

    does: str
    if_wrong: str
    tone: str


@dataclass(frozen=True, slots=True)
class DoubtWords:
    """Everything about one doubt that is said in sentences."""

    bank: str
    control: str
    control_lasts: str
    settles: tuple[str, ...]
    at_bank: Meaning
    not_at_bank: Meaning
    # From when "the bank does not have it" can be decided; None when that is now.
    not_before: datetime | None


def words_about(facts: Facts) -> DoubtWords:
    """Return the sentences about a doubt in the active language."""
    early = too_early(facts.outgoing)
    return DoubtWords(
        bank=get_profile(facts.outgoing.connection.bank).name,
        control=str(_CONTROL[facts.rule.control.kind]),
        control_lasts=_control_lasts(facts),
        settles=tuple(_settles(facts)),
        at_bank=_at_bank(),
        not_at_bank=_same_file(facts) if facts.same_file else _new_file(facts),
        not_before=concluded_from(facts.outgoing) if early else None,
    )


def _control_lasts(facts: Facts) -> str:
    rule = facts.rule
    if rule.control.kind is DuplicateKind.NONE:
        return ""
    if not rule.same_bytes:
        return _("What was uploaded before had other bytes, so the same file can't go again.")
    if rule.known_until is None:
        return _("Nobody knows when it was uploaded first, so nobody knows for how long the bank would know it.")
    if business_now() < rule.known_until:
        return _("It would know one until %(moment)s.") % {"moment": show_moment(rule.known_until)}
    return _("It has known none since %(moment)s.") % {"moment": show_moment(rule.known_until)}


def _settles(facts: Facts) -> list[str]:
    """Return what would end the doubt without anybody's decision."""
    kind = facts.doubt.kind
    if kind == DoubtKind.COLLISION:
        return [_("A report in which the bank accepts or refuses the payments, or a debit of them.")]
    if kind != DoubtKind.DELIVERY:
        return [_("A later report that says one thing about each payment in doubt, or a debit of them.")]
    settles = [
        _("An answer from the bank about the file, or a debit of a payment in it: then the bank has it."),
        _("The file under its final name in the bank's folder: then the bank has it."),
    ]
    if facts.same_file:
        settles.append(_("Only the unfinished upload there, once the waits are over: then it is sent again by itself."))
    elif facts.doubt.folder_shows == FolderShows.PART:
        settles.append(
            _(
                "The unfinished upload shows that it never left. But the bank wouldn't know a second copy, so two "
                "operators decide."
            )
        )
    return settles


def _at_bank() -> Meaning:
    return Meaning(
        does=_("Nothing is sent. The payments stand as sent and wait for the bank's answer or debit."),
        if_wrong=_(
            "If that is wrong, they aren't paid, and an alarm says that the bank doesn't answer. Nothing is paid twice."
        ),
        tone="wants-you",
    )


def _same_file(facts: Facts) -> Meaning:
    until = show_moment(facts.rule.known_until) if facts.rule.known_until else ""
    return Meaning(
        does=_("The same file is sent again, unchanged and with the same message id."),
        if_wrong=_("If that is wrong, the bank knows the second copy until %(moment)s and executes it once.")
        % {"moment": until},
        tone="wants-you",
    )


def _new_file(facts: Facts) -> Meaning:
    bank = get_profile(facts.outgoing.connection.bank).name
    return Meaning(
        does=_("The payments in doubt go in a new file with a new message id. What was approved stays approved."),
        if_wrong=_("If that is wrong, %(bank)s executes both files: the payments are paid twice.") % {"bank": bank},
        tone="wrong",
    )
