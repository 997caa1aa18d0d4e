"""The machine: whatever an ERP, people, the relay, the banks and the clock may do, in any order."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from companies.models import User

from . import drawn, truths
from .bank import Fate
from .drawn import pick
from .model import File, Model, Payment, Remittance
from .model_of_bookings import read
from .model_of_reports import hear
from .spoken import Booking, Notice, Notification, Report, Said
from .world import ACCOUNTS, BANKS, START, Place, World
from .written import read_order, write_notice, write_report

_IN_DOUBT = {Fate.ANSWER_LOST, Fate.ANSWER_LOST_LYING, Fate.PART_LEFT, Fate.NOTHING_LEFT, Fate.DIES_RENAMED,
             Fate.DIES_BEFORE_RENAME}  # fmt: skip
# The same bytes go again only to a bank that would know a second copy (docs/money.md 2.6).
_KNOWS_COPIES = {"dnb"}
_PART_LIES = {Fate.PART_LEFT, Fate.DIES_BEFORE_RENAME}


class Payments(RuleBasedStateMachine):
    """Three companies' payments, from the order to the books. `places` and `folder` are set by the test."""

    places: ClassVar[tuple[Place, ...]]
    operators: ClassVar[tuple[User, ...]]
    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.places, self.operators, self.folder)
        self.model = Model(ACCOUNTS)
        self.number = itertools.count(1)
        self.now = START
        self.fates: dict[File, Fate] = {}
        self.notified: list[tuple[int, Notification]] = []

    def teardown(self) -> None:
        try:
            truths.check_audit()
        finally:
            self.world.close()

    # --- orders and people ---

    @initialize(data=st.data())
    def one_order_at_the_bank(self, data: st.DataObject) -> None:
        """Begin where it gets interesting."""
        self.an_order_comes(data, company=0, works=True)
        if self.model.files:
            self.a_file_is_sent(data, fate=Fate.ARRIVES)

    @rule(data=st.data(), company=st.integers(0, 2), works=st.booleans())
    def an_order_comes(self, data: st.DataObject, company: int, works: bool) -> None:
        number = next(self.number)
        known = [each for one in self.model.remittances if one.company == company for each in one.payments]
        plain = [each for each in known if not each.lines]
        payments = drawn.payments(data.draw, known=plain, number=number, today=self.now.date())
        answer = self.world.send(
            company,
            {
                "message_id": f"R-{number}",
                "debtor_account": ACCOUNTS[company],
                "payments": [payment.fields for payment in payments],
            },
        )
        assert answer.status_code == 201, answer.json()
        self.model.receive(Remittance(answer.json()["id"], company, [one.payment for one in payments], company))
        if works:
            self.the_workers_work()

    @rule()
    def the_workers_work(self) -> None:
        self.world.work()
        for remittance in self.model.remittances:
            self.model.settle(remittance)
            if remittance.uncovered:
                self._learn_file(remittance)

    def _learn_file(self, remittance: Remittance) -> None:
        """Read the newest file as the bank would: it must hold the approved payments and nothing else."""
        message_id, ordered = read_order(self.world.files_of(remittance.id)[-1])
        by_id = {payment.end_to_end_id: payment for payment in remittance.uncovered}
        assert {(one.end_to_end_id, one.amount) for one in ordered} == {
            (key, payment.amount) for key, payment in by_id.items()
        }
        assert len(ordered) == len(by_id)
        assert message_id not in {file.message_id for file in self.model.files}
        groups: dict[str, list[Payment]] = {}
        for one in ordered:
            groups.setdefault(one.group, []).append(by_id[one.end_to_end_id])
        ids = {by_id[one.end_to_end_id]: one.instruction_id for one in ordered}
        remittance.files.append(File(message_id, remittance, groups, ids))

    def _one(self, data: st.DataObject, *, waiting: bool) -> Remittance:
        """Draw a remittance; mostly one that waits for people, if that is asked for."""
        found = [one for one in self.model.remittances if one.state == "awaiting_approval"]
        usual = found if waiting and found and data.draw(st.integers(0, 3)) else self.model.remittances
        return pick(data.draw, usual)

    @precondition(lambda self: self.model.remittances)
    @rule(data=st.data(), people=st.lists(st.integers(0, 2), min_size=1, max_size=3))
    def people_decide(self, data: st.DataObject, people: list[int]) -> None:
        """Let one after the other, perhaps the same again, decide about one remittance."""
        remittance = self._one(data, waiting=True)
        for person in people:
            how = data.draw(st.sampled_from(("approve", "approve", "approve", "stale", "refuse", "release")))
            self._decide(remittance, person, how)

    def _decide(self, remittance: Remittance, person: int, how: str) -> None:
        """Approve what was seen, or on a page that is old; refuse; or release what looks like a duplicate."""
        decide: dict[str, Callable[[], bool]] = {
            "approve": lambda: self.model.approve(remittance, person),
            "stale": lambda: False,
            "refuse": lambda: self.model.refuse(remittance),
            "release": lambda: self.model.release_held(remittance),
        }
        refusal = self.world.decide(how, remittance.company, person, remittance.id)
        assert (refusal == "") == decide[how](), refusal

    @precondition(lambda self: self.model.remittances)
    @rule(data=st.data(), whole=st.booleans())
    def the_erp_cancels(self, data: st.DataObject, whole: bool) -> None:
        remittance = self._one(data, waiting=False)
        if whole:
            chosen, path = remittance.payments, f"remittances/{remittance.id}"
        else:
            place = data.draw(st.integers(0, len(remittance.payments) - 1))
            chosen = [remittance.payments[place]]
            path = f"payments/{self.world.payment_id(remittance.id, chosen[0].end_to_end_id)}"
        status = self.world.cancel(remittance.company, path)
        if not whole and chosen[0].is_salary:
            # Who doesn't see a single salary can't cancel it either.
            assert status == 404
        else:
            assert status == (200 if self.model.cancel(remittance, chosen) else 409)

    # --- the relay ---

    @precondition(lambda self: any(file.place == "waiting" for file in self.model.files))
    @rule(data=st.data(), fate=st.sampled_from((Fate.ARRIVES, Fate.ARRIVES, Fate.ARRIVES, *Fate)))
    def a_file_is_sent(self, data: st.DataObject, fate: Fate) -> None:
        file = pick(data.draw, [file for file in self.model.files if file.place == "waiting"])
        self.world.relay(file.message_id, fate)
        if fate is Fate.LINE_DOWN:
            return
        file.deliveries += 1
        self.fates[file] = fate
        if fate in _IN_DOUBT:
            self.model.doubted(file)
        else:
            self.model.delivered(file)

    @precondition(lambda self: any(file.place == "in_doubt" for file in self.model.files))
    @rule(data=st.data(), waited=st.booleans())
    def somebody_looks_at_the_bank(self, data: st.DataObject, waited: bool) -> None:
        file = pick(data.draw, [file for file in self.model.files if file.place == "in_doubt"])
        self.world.look(file.message_id, waited=waited)
        if self.fates[file] is Fate.ANSWER_LOST_LYING:
            self.model.delivered(file)
        elif waited and self.fates[file] in _PART_LIES and BANKS[file.remittance.company] in _KNOWS_COPIES:
            self.model.never_left(file)

    @precondition(lambda self: any(file.is_doubted for file in self.model.files))
    @rule(data=st.data(), verdict=st.sampled_from(("at_bank", "not_at_bank")))
    def two_operators_decide(self, data: st.DataObject, verdict: str) -> None:
        """Settle a doubt on the bank's words, which may be wrong."""
        file = pick(data.draw, [file for file in self.model.files if file.is_doubted])
        lies_there = file.place == "in_doubt" and self.fates[file] is Fate.ANSWER_LOST_LYING
        assert self.world.settle(file.message_id, verdict) != lies_there
        if lies_there:
            self.model.delivered(file)
        elif verdict == "at_bank":
            self.model.decided_at_bank(file)
        else:
            self.model.decided_missing(file, knows_copies=BANKS[file.remittance.company] in _KNOWS_COPIES)

    @precondition(lambda self: any(file.refused for file in self.model.files))
    @rule(data=st.data())
    def somebody_sends_a_refused_file_again(self, data: st.DataObject) -> None:
        file = pick(data.draw, self.model.files)
        refusal = self.world.send_again(file.remittance.company, file.message_id)
        assert (refusal == "") == self.model.send_again(file), refusal

    @rule(hours=st.sampled_from((1, 30, 200)))
    def time_passes(self, hours: int) -> None:
        """Nothing moves by time alone, and least of all what is in doubt."""
        self.now += timedelta(hours=hours)
        self.world.pass_time(timedelta(hours=hours))

    # --- what the bank says ---

    @precondition(lambda self: self.model.files)
    @rule(data=st.data())
    def the_bank_reports(self, data: st.DataObject) -> None:
        file = pick(data.draw, self.model.files)
        self._report(file.remittance.company, drawn.report(data.draw, file, number=next(self.number), now=self.now))

    def _report(self, company: int, report: Report) -> None:
        self.now += timedelta(minutes=1)
        assert self.world.receive(company, write_report(report)).state == "applied"
        hear(self.model, report)

    # --- what the bank books ---

    def _booked_files(self, company: int) -> list[File]:
        return [
            file
            for file in self.model.files
            if file.remittance.company == company and not file.given_up and file.deliveries
        ]

    @precondition(lambda self: any(file.place == "at_bank" for file in self.model.files))
    @rule(data=st.data(), version=st.sampled_from(("02", "08")))
    def the_bank_notifies(self, data: st.DataObject, version: str) -> None:
        """Notify of entries on the accounts of one or two companies at the same bank, or on one that nobody knows."""
        companies = data.draw(st.sampled_from(((0,), (1,), (2,), (0, 1))))
        number = next(self.number)
        notifications = [
            Notification(f"N{number}-{company}", ACCOUNTS[company], tuple(bookings))
            for company in companies
            if (bookings := drawn.bookings(data.draw, self._booked_files(company), number=number * 10 + company))
        ]
        if notifications and data.draw(st.integers(0, 5)) == 0:
            strange = Notification(f"N{number}-X", "15030000215", (Booking(100, f"X{number}", direction="CRDT"),))
            notifications.append(strange)
        if notifications:
            self._notify(companies[0], Notice(f"C{number}", notifications, version))

    @precondition(lambda self: self.notified)
    @rule(data=st.data(), how=st.sampled_from(("again", "copy", "under another id", "twice under another id")))
    def the_bank_notifies_again(self, data: st.DataObject, how: str) -> None:
        company, one = pick(data.draw, self.notified)
        number = next(self.number)
        again = Notification(one.id if how == "again" else f"N{number}", one.account, one.bookings, how == "copy")
        if how == "twice under another id":
            again = Notification(f"N{number}", one.account, one.bookings * 2)
        self._notify(company, Notice(f"C{number}", [again]))

    @rule(data=st.data(), company=st.integers(0, 2))
    def the_bank_says_what_cannot_be(self, data: st.DataObject, company: int) -> None:
        """Answer a file that nobody sent, or book one payment twice in one file."""
        files = [file for file in self.model.files if file.place == "at_bank"]
        number = next(self.number)
        if not files or data.draw(st.booleans()):
            self._report(company, Report(f"S-{number}", "APUNKNOWN", self.now, Said("ACTC")))
            return
        file = pick(data.draw, files)
        payment = pick(data.draw, file.payments)
        twice = [drawn.detailed(file, [payment], f"B{number}{each}") for each in "ab"]
        company = file.remittance.company
        self._notify(company, Notice(f"C{number}", [Notification(f"N{number}", ACCOUNTS[company], tuple(twice))]))

    def _notify(self, company: int, notice: Notice) -> None:
        file = self.world.receive(company, write_notice(notice))
        assert file.state == "applied", file.errors
        read(self.model, notice)
        self.notified += [(company, one) for one in notice.notifications if not one.is_copy]

    # --- what must hold ---

    @invariant()
    def the_product_is_as_the_rules_say(self) -> None:
        truths.check_all(self.model, self.places)
