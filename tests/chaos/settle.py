"""After the storm: the faults are lifted, the clock runs, people do what people would, until nothing waits."""

import time
from collections import Counter

from tests.chaos.house import House
from tests.chaos.people import People
from tests.chaos.plan import Plan
from tests.chaos.work import Fate

_PORTAL_BUSY = {
    "files on their way": """SELECT name, state, attempt FROM bank_gateway_outgoingfile
                             WHERE state IN ('queued', 'uploading', 'renaming')""",
    "files to apply": "SELECT name FROM bank_gateway_incomingfile WHERE state = 'stored'",
    "remittances with a next step": "SELECT message_id FROM remittance_remittance WHERE next_step_at IS NOT NULL",
}
_PORTAL_OPEN = {
    "payments not final": """SELECT r.message_id, p.status, count(*) FROM remittance_payment p
                             JOIN remittance_remittance r ON r.id = p.remittance_id
                             WHERE p.status NOT IN ('paid', 'returned', 'cancelled', 'stopped', 'rejected_by_bank',
                                                    'rejected_by_autopay') GROUP BY 1, 2""",
    "files in doubt": "SELECT name FROM bank_gateway_outgoingfile WHERE state = 'in_doubt'",
    "doubts": "SELECT kind, folder_shows FROM bank_gateway_doubt WHERE ended_at IS NULL",
    "pauses": "SELECT scope, reason FROM bank_gateway_pause WHERE lifted_at IS NULL",
    "files unanswered": "SELECT name FROM bank_gateway_outgoingfile WHERE state = 'sent'",
    "files in quarantine": "SELECT name, errors::text FROM bank_gateway_incomingfile WHERE state = 'quarantined'",
    "deviations": "SELECT kind, reference, account, amount FROM bank_gateway_deviation WHERE state = 'open'",
    "alarms": "SELECT severity, code, params::text FROM companies_alarm WHERE cleared_at IS NULL",
}
# So many cut-offs are some days: what hasn't moved by then doesn't.
_MOST_CUTOFFS = 60
# How long a round waits for the portal to have done all that can be done at this hour of the banks' clock.
_QUIET_SECONDS = 40.0
_RECEIPTS_SECONDS = 10.0
_HALF_A_DAY = 43_200.0


class Settling:
    """The end of one run."""

    def __init__(self, house: House, plan: Plan, people: People) -> None:
        self._house, self._plan = house, plan
        self._people = people
        self._cutoffs = 0
        self._returned: set[str] = set()
        self._left: list[str] = []

    def run(self, *, seconds: float) -> list[str]:
        """Lift all faults and let time pass until nothing waits; return what still waits after `seconds`."""
        if any(step.kind == "switch_faults" for step in self._plan.steps):
            for bank in self._house.banks.values():
                bank.put_faults([])
        for step in self._plan.steps:
            if step.kind == "pause":
                self._lift_tomorrow(str(step.about))
        deadline = time.monotonic() + seconds
        while True:
            self._house.wait(self._is_quiet, seconds=_QUIET_SECONDS, what="the portal is quiet")
            acted = self._people.act()
            self._give_back()
            self._left = self.open()
            if not self._left and not acted:
                return []
            if time.monotonic() > deadline or self._cutoffs > _MOST_CUTOFFS:
                return self._left
            if not acted:
                self._let_time_pass()

    def open(self) -> list[str]:
        """Return what isn't over, here and at the banks."""
        here = [f"{what}: {row}" for what, query in _PORTAL_OPEN.items() for row in self._house.rows(query)]
        return [*here, *self.busy(), *self._house.truth.waiting()]

    def busy(self) -> list[str]:
        """Return what somebody is at work on, or should be."""
        here = [f"{what}: {row}" for what, query in _PORTAL_BUSY.items() for row in self._house.rows(query)]
        return [*here, *(f"not taken: {name}" for name in self._house.truth.lying_about())]

    def _lift_tomorrow(self, bank: str) -> None:
        """Let what waits for a bank go the day after, when the day of its payments has passed."""
        today = self._house.banks[bank].now().astimezone().date()
        while self._house.banks[bank].now().astimezone().date() == today:
            self._house.banks[bank].advance_by(seconds=_HALF_A_DAY)
        self._people.lift(bank)

    def _is_quiet(self) -> bool:
        return not self.busy()

    def _let_time_pass(self) -> None:
        """Let the banks give the receipts they owe; if they owe none, have the next cut-off."""
        bank = self._house.banks["dnb"]
        waits = Counter(line.partition(":")[0] for line in self._house.truth.waiting())
        if waits["receipts to give"]:
            bank.advance_by(seconds=_RECEIPTS_SECONDS)
        elif self._only_alarms():
            time.sleep(0.5)
        else:
            self._cutoffs += 1
            bank.advance_to(min(each.next_cutoff() for each in self._house.banks.values()))

    def _only_alarms(self) -> bool:
        """Return whether all that is left ends by itself at the portal's own pace."""
        return all(line.startswith("alarms:") for line in self._left)

    def _give_back(self) -> None:
        """Let payments that were executed come back, those that are to."""
        for order in self._plan.orders:
            for payment in order.payments:
                name = payment.end_to_end_id
                if payment.fate is not Fate.RETURNED or name in self._returned or not self._is_paid(name):
                    continue
                answer = self._house.banks[order.bank].ask_for("return", {"end_to_end_id": name})
                self._house.note(f"return {name}: {answer.status_code}")
                self._returned.add(name)

    def _is_paid(self, end_to_end_id: str) -> bool:
        return bool(
            self._house.rows(
                "SELECT 1 FROM remittance_payment WHERE end_to_end_id = %s AND status = 'paid'", end_to_end_id
            )
        )
