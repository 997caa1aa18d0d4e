"""A deviation in plain words: what is known of it, what would settle it, and what each button means for the money.

The relay has words for its own kinds. Why an entry fits nothing, the room that knows says: it registers the texts
`deviation_known.CODE` and `deviation_settles.CODE` for each reason that it writes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from autopay_portal.core.display import show_account, show_money
from autopay_portal.core.errors import noop, register_texts, text_of
from bank_gateway.models import Deviation, DeviationKind
from bank_gateway.takers import EntryDecision

KNOWN, SETTLES, RELEASE, CLOSE = ("deviation_known.", "deviation_settles.", "deviation_release.", "deviation_close.")
_CLOSE = "close"
# Facts of a deviation that are amounts in minor units of its currency.
_AMOUNTS = ("total", "fee")

_TEXTS = {
    f"{KNOWN}unknown_account": noop(
        "The bank told of the account %(account)s, which has no agreement here. Nothing of it is booked."
    ),
    f"{SETTLES}unknown_account": noop(
        "An agreement on the account, confirmed by the bank. Then release what is held of it."
    ),
    f"{SETTLES}unknown_account_now_known": noop(
        "The account %(account)s has its agreement now: what is held of it can be released."
    ),
    f"{KNOWN}possible_repeat": noop(
        "Another file told of an entry on the account %(account)s that is equal in day, amount and references."
    ),
    f"{SETTLES}possible_repeat": noop(
        "The bank's statement: if it shows the amount as often as it was told, release; if once less, close."
    ),
    f"{KNOWN}repeated_notification": noop(
        "The bank sent this notification of the account %(account)s as a copy, and the original never came."
    ),
    f"{SETTLES}repeated_notification": noop(
        "If the original is lost, release the copy in its place; if it was booked by hand, close."
    ),
    f"{KNOWN}unknown_message": noop("The bank answered a file %(reference)s that we know nothing of."),
    f"{SETTLES}unknown_message": noop(
        "Find out at the bank who sent it. Release when the file is known here, as after a restore."
    ),
    f"{KNOWN}other_service": noop("A part of the file is for another service (%(reference)s). Nobody here reads it."),
    f"{SETTLES}other_service": noop("Give the file to whoever uses that service, then close."),
    f"{KNOWN}status_of_nobody": noop("A status names %(reference)s, which is no payment of the file that it answers."),
    f"{SETTLES}status_of_nobody": noop("Ask the bank which payment it means."),
    f"{KNOWN}debit_of_nobody": noop("The account %(account)s was debited, and nothing says for which of our payments."),
    f"{SETTLES}debit_of_nobody": noop("If it wasn't paid through AutoPay, book it from the statement and close."),
    f"{KNOWN}credit_of_nobody": noop("Money came to the account %(account)s, and no agreement for money in takes it."),
    f"{SETTLES}credit_of_nobody": noop(
        "An agreement for money in on the account: then release. Otherwise book it from the statement and close."
    ),
    RELEASE: noop(
        "Release: it is tried again, and booked if it fits now. If not, nothing changes and you are told why."
    ),
    f"{RELEASE}unknown_account": noop("Release: what is held is booked under the account's agreement."),
    f"{RELEASE}possible_repeat": noop("Release: it is no repeat, and is booked as an entry of its own."),
    f"{RELEASE}repeated_notification": noop("Release: the copy is booked in place of the original."),
    f"{RELEASE}{EntryDecision.FEE}": noop("Release as a fee: the payment is returned, and the bank's fee is %(fee)s."),
    f"{RELEASE}{EntryDecision.WITHOUT_PENDING}": noop(
        "Release without those that wait: every payment of the group but those pending at the bank is paid."
    ),
    f"{RELEASE}{EntryDecision.WITH_ENDED}": noop(
        "Release for the whole group: also its rejected and stopped payments are paid, with a red alarm."
    ),
    f"{RELEASE}{EntryDecision.UNPLACED}": noop(
        "Release without a customer: it is posted to the account for what nobody can place, or held there."
    ),
    CLOSE: noop("Close: nothing is booked, and the note says why."),
    f"{CLOSE}amount": noop(
        "Close: nothing is booked. %(amount)s on the account %(account)s never comes to the books from here."
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to release, by the decision that goes with it ("" for none), and what it means."""

    decision: str
    meaning: str

    @property
    def name(self) -> str:
        """Return what it is called: the meaning up to its colon."""
        return self.meaning.partition(":")[0]

    @property
    def does(self) -> str:
        """Return what it does: the rest, as a sentence of its own."""
        text = self.meaning.partition(":")[2].strip()
        return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Words:
    """A deviation in the reader's words. No choices: it can only be closed."""

    known: str
    settles: str
    choices: tuple[Choice, ...]
    close: Choice

    def of(self, decision: str) -> Choice | None:
        """Return the choice of a decision; None for one that isn't offered."""
        return next((each for each in (*self.choices, self.close) if each.decision == decision), None)


def words_of(deviation: Deviation, *, releasable: bool, known_accounts: Collection[str] = ()) -> Words:
    """Return what a person reads before he decides, in the active language.

    `known_accounts`: accounts that have an agreement now, of those that had none when the bank told of them.
    """
    params = _params(deviation)
    subject = _subject(deviation)
    settles = subject
    if deviation.kind == DeviationKind.UNKNOWN_ACCOUNT and deviation.account in known_accounts:
        settles = "unknown_account_now_known"
    return Words(
        known=text_of(KNOWN + subject, params),
        settles=text_of(SETTLES + settles, params),
        choices=_choices(deviation, params) if releasable else (),
        close=Choice(_CLOSE, text_of(CLOSE if deviation.amount is None else f"{CLOSE}amount", params)),
    )


def why(deviation: Deviation) -> str:
    """Return why a deviation fits nothing, in the active language."""
    return text_of(KNOWN + _subject(deviation), _params(deviation))


def _subject(deviation: Deviation) -> str:
    if deviation.kind != DeviationKind.UNCLAIMED:
        return str(deviation.kind)
    # One that was kept before reasons were.
    return deviation.reason or ("credit_of_nobody" if deviation.direction == "CRDT" else "debit_of_nobody")


def _choices(deviation: Deviation, params: Mapping[str, Any]) -> tuple[Choice, ...]:
    own = f"{RELEASE}{deviation.kind}"
    plain = Choice("", text_of(own if own in _TEXTS else RELEASE, params))
    decided = tuple(
        Choice(decision, text_of(f"{RELEASE}{decision}", params)) for decision in deviation.details.get("decisions", ())
    )
    return (plain, *decided)


def _params(deviation: Deviation) -> dict[str, Any]:
    facts = deviation.details
    amounts = {
        name: show_money(int(facts[name]), deviation.currency) for name in _AMOUNTS if facts.get(name) is not None
    }
    amount = show_money(deviation.amount, deviation.currency) if deviation.amount is not None else ""
    return {
        **facts, **amounts,
        "amount": amount, "account": show_account(deviation.account), "reference": deviation.reference,
    }  # fmt: skip


def register() -> None:
    """Make these texts known to the edge."""
    register_texts(_TEXTS)
