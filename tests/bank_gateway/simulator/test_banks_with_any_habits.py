"""A bank with any habits starts, answers every order as its habits say, and executes what it took once."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import pytest

from bank_gateway.simulator.profiles import BankHabits, DuplicateKind, GroupStatus, Naming, PastDate
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, Info, Tx
from tests.bank_gateway.simulator.other_banks import BANKS, LONG, PROGRAM, SHORT
from tests.bank_gateway.simulator.schemas import check_schema, message_of, values
from tests.bank_gateway.simulator.three_banks import BankCustomer, open_at, start

OTHER = "12345678911"
# One in fault, one to the same creditor, one to another; one of yesterday; one that no money is left for.
ORDER = [
    Info([Tx("E-FAULT", kid="0010018"), Tx("E-SAME"), Tx("E-OTHER", account=OTHER)], reference="P-1"),
    Info([Tx("E-PAST", account=OTHER)], reference="P-2", day="2026-11-23"),
    Info([Tx("E-DEAR", account=OTHER, amount="99999.00")], reference="P-3"),
]


@dataclass(frozen=True)
class Day:
    """What came of a day at one bank, read once."""

    habits: BankHabits
    receipts: list[bytes]
    debits: list[bytes]
    executed: Counter[str]
    balance: Decimal
    taken: list[str]
    left: list[str]

    def answers_to(self, message_id: str) -> list[bytes]:
        """Return the receipts on one order."""
        return [each for each in self.receipts if values(each, "OrgnlMsgId") == [message_id]]

    @property
    def technical(self) -> list[bytes]:
        """Return the receipts that say that an order was taken."""
        return [each for each in self.receipts if "ACTC" in values(each, "GrpSts") + values(each, "PmtInfSts")]


def look_back(customer: BankCustomer) -> Day:
    simulator, bank = customer.simulator, customer.habits.id
    simulator.bank = bank
    files = simulator.get(f"banks/{bank}/files?limit=500")["results"]
    receipts, debits = customer.receipts(), customer.debits()
    for each in receipts + debits:
        check_schema(each)
    return Day(
        habits=customer.habits,
        receipts=receipts,
        debits=debits,
        executed=Counter(customer.executed()),
        balance=Decimal(simulator.balances()[OUR_ACCOUNT]),
        taken=sorted(row["name"] for row in files if row["direction"] == "in"),
        left=customer.login.names("to_bank"),
    )


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Day]:
    """A day at every bank at once: an order, the same once more five minutes later, and a file that nobody can read."""
    simulator = start(tmp_path_factory.mktemp("any"), next(iter(BANKS)), program=PROGRAM, banks=",".join(BANKS))
    customers = {bank: open_at(simulator, habits) for bank, habits in BANKS.items()}
    for customer in customers.values():
        customer.send("M-1", ORDER)
        customer.login.upload("garbage.xml", b"<Document>")
    simulator.advance(seconds=300)
    for customer in customers.values():
        customer.login.upload("again.xml", customer.order("M-1", ORDER))
    simulator.advance(to="2026-11-26T00:00:00+01:00")
    days = {bank: look_back(customer) for bank, customer in customers.items()}
    assert simulator.stop() == 0
    return days


def executed_by(habits: BankHabits) -> list[str]:
    """Return what a bank executes of one copy of the order."""
    return [
        *(["E-SAME"] if not habits.fault_takes_creditor else []),
        "E-OTHER",
        *(["E-PAST"] if habits.past_date is not PastDate.REJECTED else []),
    ]


def copies(habits: BankHabits) -> int:
    """Return how often a bank executes an order that comes twice, five minutes apart."""
    return 2 if habits.duplicates.kind is DuplicateKind.NONE or habits.duplicates.window == SHORT else 1


@pytest.mark.parametrize("bank", list(BANKS))
def test_it_executes_and_books_what_it_took_as_often_as_it_took_it(days: dict[str, Day], bank: str) -> None:
    day, habits = days[bank], BANKS[bank]

    wanted = Counter({name: copies(habits) for name in executed_by(habits)})

    assert day.executed == wanted
    paid = 100 * sum(wanted.values())
    assert day.balance == 10_000 - paid
    assert sum(Decimal(amount) for each in day.debits for amount in values(each, "Ntry/Amt")) == paid
    named = Counter(name for each in day.debits for name in values(each, "Refs/EndToEndId"))
    assert named == (wanted if habits.lump_details else Counter())


@pytest.mark.parametrize("bank", list(BANKS))
def test_it_answers_every_file_as_its_habits_say(days: dict[str, Day], bank: str) -> None:
    day, habits = days[bank], BANKS[bank]
    answers, (garbage,) = day.answers_to("M-1"), day.answers_to("NOTPROVIDED")

    assert values(garbage, "GrpSts") == ["RJCT"]
    assert message_of(garbage) == habits.answers[habits.fallback_order].status_report
    assert {message_of(each) for each in answers} == {habits.answers[habits.fallback_order].status_report}
    refused = [each for each in answers if values(each, "Rsn/Cd")[:1] in (["AM05"], ["NARR"]) and is_whole(each)]
    kinds = {DuplicateKind.CODE: ["AM05"], DuplicateKind.NARRATIVE: ["NARR"]}
    told = kinds.get(habits.duplicates.kind) if copies(habits) == 1 else None
    assert [values(each, "Rsn/Cd") for each in refused] == ([told] if told else [])
    assert len(day.technical) == copies(habits)
    said_above = {bool(values(each, "GrpSts")) for each in day.technical}
    assert said_above == {habits.group_status is not GroupStatus.REJECT_ONLY}


def is_whole(receipt: bytes) -> bool:
    """Tell whether a receipt is about the file and no part of it."""
    return values(receipt, "OrgnlPmtInfId") == []


@pytest.mark.parametrize("bank", list(BANKS))
def test_it_tells_of_every_payment_that_it_refused(days: dict[str, Day], bank: str) -> None:
    """By its own status or by that of the level above it, in whichever receipt."""
    day, habits = days[bank], BANKS[bank]
    refused = [
        "E-FAULT",
        *(["E-SAME"] if habits.fault_takes_creditor else []),
        *(["E-PAST"] if habits.past_date is PastDate.REJECTED else []),
        "E-DEAR",
    ]

    told = {name for each in day.receipts if not is_whole(each) for name in refused_in(each)}

    assert told == set(refused)


GROUPS = {info.reference: [payment.end_to_end_id for payment in info.payments] for info in ORDER}


def refused_in(receipt: bytes) -> set[str]:
    """Return the payments that a receipt rejects: by name, or by their PmtInf."""
    found = set()
    for piece in receipt.split(b"<OrgnlPmtInfAndSts>")[1:]:
        inside = b"<a>" + piece.partition(b"</OrgnlPmtInfAndSts>")[0] + b"</a>"
        named = dict(zip(values(inside, "OrgnlEndToEndId"), values(inside, "TxSts"), strict=True))
        found |= {name for name, status in named.items() if status == "RJCT"}
        if values(inside, "PmtInfSts") == ["RJCT"]:
            found |= set(GROUPS[values(inside, "OrgnlPmtInfId")[0]]) - {
                name for name, status in named.items() if status != "RJCT"
            }
    return found


@pytest.mark.parametrize("bank", list(BANKS))
def test_it_tells_what_its_habits_tell_beside_that(days: dict[str, Day], bank: str) -> None:
    day, habits = days[bank], BANKS[bank]

    words = Counter(word for each in day.receipts for word in {*values(each, "PmtInfSts"), *values(each, "TxSts")})

    assert (words["PDNG"] > 0) == habits.tells_waiting_for_funds
    assert (words["ACSC"] > 0) == habits.tells_settled
    assert (words["ACWC"] > 0) == (habits.past_date is PastDate.MOVED and habits.naming is not Naming.REJECTS_ONLY)


def test_silent_duplicate_control_says_nothing_of_the_copy_and_forgets_it_after_its_window(
    days: dict[str, Day],
) -> None:
    silent = [bank for bank, habits in BANKS.items() if habits.duplicates.kind is DuplicateKind.SILENT]
    windows = {BANKS[bank].duplicates.window for bank in silent}
    assert windows == {None, LONG, SHORT}

    for day in map(days.__getitem__, silent):
        assert day.taken == ["M-1.xml", "again.xml", "garbage.xml"]
        assert day.left == []
        assert len(day.technical) == copies(day.habits)
        assert set(day.executed.values()) == {copies(day.habits)}
