"""What the money rules (docs/money.md) make of every payment, in plain Python and without the product's own tables.

The machine does the same to the product and to this model, and compares them after each step. Where the rules leave
something open, the choice taken stands here in words.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .spoken import Booking

# What a bank's word makes of a payment (docs/money.md 1). A word that isn't here changes nothing and raises an alarm.
MEANING = {
    "RCVD": "received_by_bank",
    "ACTC": "received_by_bank",
    "ACCP": "accepted",
    "ACWC": "accepted",
    "ACSP": "accepted",
    "ACSC": "accepted",
    "ACCC": "accepted",
    "PDNG": "pending",
    "BLCK": "pending",
    "CANC": "stopped",
    "RJCT": "rejected_by_bank",
}
SETTLED = {"ACSC", "ACCC"}
DUPLICATE = {"AM05", "DU01", "DUPL"}

UNSENT = {"received", "awaiting_approval", "approved"}
AT_BANK = {"sent", "received_by_bank", "accepted", "pending", "in_doubt"}
ALIVE = {"received_by_bank", "accepted", "pending"}
REJECTED = {"rejected_by_autopay", "rejected_by_bank"}
FINAL = REJECTED | {"paid", "cancelled", "stopped", "returned"}
# What a remittance shows while one of its payments isn't final: the least advanced.
SHOWN = (
    ("received", "received"),
    ("awaiting_approval", "awaiting_approval"),
    ("approved", "approved"),
    ("sent", "sent"),
    ("received_by_bank", "received_by_bank"),
    ("accepted", "received_by_bank"),
    ("pending", "received_by_bank"),
)


@dataclass(eq=False)
class Payment:
    """One payment: amounts in øre. `lines`: amounts by ledger document, credit notes negative; empty for one line."""

    end_to_end_id: str
    amount: int
    radar: tuple[str, int, str]
    is_salary: bool = False
    lines: tuple[int, ...] = ()
    state: str = "received"
    # When the bank made the report that set the state.
    said_at: datetime | None = None
    settled: bool = False
    # When the bank last spoke of it as alive.
    alive_at: datetime | None = None

    def __repr__(self) -> str:
        return f"{self.end_to_end_id}: {self.amount} {self.state}"


@dataclass(eq=False)
class File:
    """One generation of a remittance as the bank gets it: payments by PmtInfId, and where it lies."""

    message_id: str
    remittance: "Remittance" = field(repr=False)
    groups: dict[str, list[Payment]] = field(repr=False)
    instruction_ids: dict[Payment, str] = field(repr=False)
    # waiting, in_doubt, at_bank, withdrawn
    place: str = "waiting"
    # How often its delivery was tried: above one, the bank may have two copies.
    deliveries: int = 0
    # Whether the bank has refused it whole, not as a second copy.
    refused: bool = False
    # What goes into a newer file instead.
    given_up: set[Payment] = field(default_factory=set, repr=False)

    @property
    def payments(self) -> list[Payment]:
        """Return all its payments."""
        return [payment for group in self.groups.values() for payment in group]

    @property
    def carried(self) -> list[Payment]:
        """Return the payments that it is still about."""
        return [payment for payment in self.payments if payment not in self.given_up]

    @property
    def is_doubted(self) -> bool:
        """Return whether nobody knows if it reached the bank, or what the bank does with some of it."""
        return self.place == "in_doubt" or any(payment.state == "in_doubt" for payment in self.carried)


@dataclass(eq=False)
class Remittance:
    """One order of a company and what became of it. `company` counts from 0."""

    id: str
    company: int
    payments: list[Payment]
    approvals_required: int
    is_held: bool = False
    approved_by: set[int] = field(default_factory=set)
    files: list[File] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Return what the remittance shows, which follows from its payments (docs/money.md 1)."""
        states = {payment.state for payment in self.payments}
        if "in_doubt" in states:
            return "in_doubt"
        for state, shown in SHOWN:
            if state in states:
                return shown
        paid, rejected = bool(states & {"paid", "returned"}), bool(states & REJECTED)
        if not paid and not rejected:
            return "cancelled"
        if rejected:
            return "partly_rejected" if paid else "rejected"
        return "completed"

    def files_with(self, payments: Iterable[Payment]) -> list[File]:
        """Return the files that still carry any of these payments."""
        wanted = set(payments)
        return [file for file in self.files if file.place != "withdrawn" and wanted & set(file.carried)]

    @property
    def uncovered(self) -> list[Payment]:
        """Return the approved payments that no file carries."""
        approved = [payment for payment in self.payments if payment.state == "approved"]
        return [payment for payment in approved if not self.files_with([payment])]


Line = tuple[str, int, int, str | None]
"""Account, debit, credit, end-to-end id."""


class Model:
    """All remittances, what the books must hold, and which alarms must have been raised."""

    def __init__(self, accounts: Sequence[str]) -> None:
        self.accounts = accounts
        self.remittances: list[Remittance] = []
        self.vouchers: Counter[tuple[int, tuple[Line, ...]]] = Counter()
        # (code of the alarm, id of what it is about or "" where only the code is known).
        self.alarms: set[tuple[str, str]] = set()
        self.notifications: set[tuple[str, str]] = set()
        self.entries: set[tuple[str, Booking]] = set()

    @property
    def files(self) -> list[File]:
        """Return every file that was made, oldest first."""
        return [file for remittance in self.remittances for file in remittance.files]

    # --- our own side ---

    def receive(self, remittance: Remittance) -> None:
        """Take an order; where nobody needs to approve it, one that looks like a duplicate is held."""
        known = {
            payment.radar
            for earlier in self.remittances
            if earlier.company == remittance.company
            for payment in earlier.payments
            if payment.state not in REJECTED | {"cancelled", "stopped", "returned"}
        }
        radars = [payment.radar for payment in remittance.payments]
        suspected = bool(known & set(radars)) or len(set(radars)) < len(radars)
        remittance.is_held = suspected and not remittance.approvals_required
        self.remittances.append(remittance)

    def settle(self, remittance: Remittance) -> None:
        """Let a received remittance wait for approval, or be approved."""
        waits = remittance.approvals_required or remittance.is_held
        move(remittance.payments, "awaiting_approval" if waits else "approved", {"received"})

    def approve(self, remittance: Remittance, person: int) -> bool:
        """Count a person's approval once, and return whether it was taken."""
        if not self._awaits(remittance) or remittance.is_held or person in remittance.approved_by:
            return False
        remittance.approved_by.add(person)
        if len(remittance.approved_by) == remittance.approvals_required:
            move(remittance.payments, "approved", {"awaiting_approval"})
        return True

    def release_held(self, remittance: Remittance) -> bool:
        """Let go what was held as a duplicate."""
        if not self._awaits(remittance) or not remittance.is_held:
            return False
        move(remittance.payments, "approved", {"awaiting_approval"})
        return True

    def refuse(self, remittance: Remittance) -> bool:
        """Reject what waits for approval."""
        if not self._awaits(remittance):
            return False
        move(remittance.payments, "rejected_by_autopay", {"awaiting_approval"})
        return True

    def _awaits(self, remittance: Remittance) -> bool:
        return remittance.state == "awaiting_approval"

    def cancel(self, remittance: Remittance, payments: Iterable[Payment]) -> bool:
        """Cancel what the bank doesn't have; a file that waits and was never delivered is withdrawn for it."""
        unsent = [payment for payment in payments if payment.state in UNSENT]
        files = remittance.files_with(unsent)
        if not unsent or any(file.place != "waiting" or file.deliveries for file in files):
            return False
        for file in files:
            file.place = "withdrawn"
        move(unsent, "cancelled", UNSENT)
        return True

    # --- the relay ---

    def delivered(self, file: File) -> None:
        """Note that the file lies at the bank, by the bank's own answer or by evidence."""
        file.place = "at_bank"
        move(file.carried, "sent", {"approved", "in_doubt"})

    def doubted(self, file: File) -> None:
        """Note that nobody knows whether the bank has the file."""
        file.place = "in_doubt"
        move(file.carried, "in_doubt", {"approved"})
        self.alarms.add(("outgoing_in_doubt", file.message_id))

    def never_left(self, file: File) -> None:
        """Note the proof that the file never left: the same file waits again."""
        file.place = "waiting"
        move(file.carried, "approved", {"in_doubt"})

    # --- two operators, and what goes again (docs/money.md 2.4, 2.7) ---

    def decided_at_bank(self, file: File) -> None:
        """Take two operators' word that the bank has it."""
        if file.place == "in_doubt":
            file.place = "at_bank"
        move(file.carried, "sent", {"in_doubt"})

    def decided_missing(self, file: File, *, knows_copies: bool) -> None:
        """Take two operators' word that the bank doesn't have it.

        The same file goes again where only its delivery was in doubt and the bank would know a second copy.
        """
        if file.place == "in_doubt" and knows_copies:
            self.never_left(file)
            return
        if file.place == "in_doubt":
            file.place = "withdrawn"
        self._give_up(file, "in_doubt")

    def send_again(self, file: File) -> bool:
        """Let the payments of a refused file go in a new one, unless any of it was executed or shows life."""
        dead = all(
            payment.state == "rejected_by_bank"
            and not payment.settled
            and not (payment.alive_at and payment.said_at and payment.alive_at > payment.said_at)
            for payment in file.carried
        )
        if not file.refused or not file.carried or not dead:
            return False
        self._give_up(file, "rejected_by_bank")
        return True

    def _give_up(self, file: File, state: str) -> None:
        given_up = [payment for payment in file.carried if payment.state == state]
        file.given_up |= set(given_up)
        move(given_up, "approved", {state})

    def shows_life(self, file: File) -> None:
        """Bring back what a file gave up, as far as it hasn't begun to leave in a newer one; a red alarm."""
        if not file.given_up:
            return
        self.alarms.add(("replaced_file_lives", file.remittance.id))
        newer = file.remittance.files[file.remittance.files.index(file) + 1 :]
        for each in newer:
            if file.given_up & set(each.carried) and each.place == "waiting" and not each.deliveries:
                each.place = "withdrawn"
        back = {payment for payment in file.given_up if not file.remittance.files_with([payment])}
        file.given_up -= back
        move(back, "in_doubt", {"approved"})

    def remittance_of(self, payment: Payment) -> Remittance:
        """Return the remittance that a payment stands in."""
        return next(remittance for remittance in self.remittances if payment in remittance.payments)


def move(payments: Iterable[Payment], state: str, only: set[str]) -> None:
    """Move those of the payments that stand in `only`."""
    for payment in payments:
        if payment.state in only:
            payment.state = state
