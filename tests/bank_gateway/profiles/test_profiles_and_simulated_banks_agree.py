"""The portal's profile of a bank and the simulated bank's own habits, held against each other fact by fact.

They are written twice, by hand, so that a wrong in one is found. Every field of both stands here: compared, or named
as one side's own affair, so that a fact that is added to one can't be forgotten.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from bank_gateway.profiles import BankProfile, NonBankDayRule, bank_ids, get_profile
from bank_gateway.profiles import DuplicateKind as Portal
from bank_gateway.profiles.bank_profile import GroupStatus, PastDate, ReceiptNames, RefusalReach
from bank_gateway.simulator import profiles as banks
from bank_gateway.simulator.profiles import BANKS, BankHabits

ISO = {"supplier": "SUPP", "salary": "SALA", "pension": "PENS", "tax": "TAXS", "intercompany": "INTC"}
# Where the optional elements of a profile stand in an order, as the simulated bank names them below PmtInf.
ELEMENTS = {
    "group_count": ("NbOfTxs",),
    "group_sum": ("CtrlSum",),
    "charge_bearer": ("ChrgBr", "CdtTrfTxInf/ChrgBr"),
    "batch_booking": ("BtchBookg",),
    "instruction_id": ("CdtTrfTxInf/PmtId/InstrId",),
    "creditor_country": ("CdtTrfTxInf/Cdtr/PstlAdr/Ctry",),
}
DUPLICATES = {
    Portal.MESSAGE_ID: banks.DuplicateKind.CODE,
    Portal.MESSAGE_ID_NARRATIVE: banks.DuplicateKind.NARRATIVE,
    Portal.MESSAGE_ID_SILENT: banks.DuplicateKind.SILENT,
    Portal.NONE: banks.DuplicateKind.NONE,
}
GROUP_STATUS = {
    GroupStatus.ALWAYS: banks.GroupStatus.ALWAYS,
    GroupStatus.REJECTS_ONLY: banks.GroupStatus.REJECT_ONLY,
    GroupStatus.TECHNICAL_ONLY: banks.GroupStatus.TECHNICAL_ONLY,
}
NAMES = {
    ReceiptNames.REJECTS_IN_PART: banks.Naming.REJECTS_IN_PART,
    ReceiptNames.EVERY_PAYMENT: banks.Naming.EVERY_PAYMENT,
    ReceiptNames.REJECTS_ONLY: banks.Naming.REJECTS_ONLY,
}
PAST_DATE = {
    PastDate.MOVED: banks.PastDate.MOVED,
    PastDate.MOVED_IN_SILENCE: banks.PastDate.MOVED_SILENTLY,
    PastDate.REJECTED: banks.PastDate.REJECTED,
}


def order_version(profile: BankProfile) -> str:
    return f"pain.001.001.{profile.pain001_version}"


def answers(profile: BankProfile, habits: BankHabits) -> tuple[Any, Any]:
    pair = habits.answers[order_version(profile)]
    said = (f"pain.002.001.{profile.pain002_version}", f"camt.054.001.{profile.camt054_version}")
    return said, (pair.status_report, pair.notification)


def moved_before(profile: BankProfile, habits: BankHabits) -> tuple[Any, Any]:
    before = {category for category in ISO if profile.day_rule(category) is NonBankDayRule.PREVIOUS}
    return {ISO[category] for category in before}, set(habits.paid_before_closed_days)


def refused(profile: BankProfile, habits: BankHabits) -> tuple[Any, Any]:
    left_out = {
        element
        for name, elements in ELEMENTS.items()
        for element in elements
        if not getattr(profile.sent, name)
    }  # fmt: skip
    return left_out, set(habits.refused_elements)


# A fact, the fields of both that state it, and how the two are said alike: what the portal has, what the bank has.
Compare = Callable[[BankProfile, BankHabits], tuple[Any, Any]]
FACTS: tuple[tuple[tuple[str, ...], tuple[str, ...], Compare], ...] = (
    (("bank_id",), ("id",), lambda p, h: (p.bank_id, h.id)),
    (("name",), ("name",), lambda p, h: (p.name, h.name)),
    (("bic",), ("bic",), lambda p, h: (p.bic, h.bic)),
    (("pain001_version",), ("fallback_order",), lambda p, h: (order_version(p), h.fallback_order)),
    (("pain002_version", "camt054_version"), ("answers",), answers),
    (
        ("camt054_version",),
        ("credit_notification",),
        lambda p, h: (f"camt.054.001.{p.camt054_version}", h.credit_notification),
    ),
    (("organisation_ids",), ("initiating_ids",), lambda p, h: (tuple(map(str, p.organisation_ids)), h.initiating_ids)),
    (("sent",), ("refused_elements",), refused),
    (("cut_offs",), ("cutoffs",), lambda p, h: ({str(c.kind): c.executions for c in p.cut_offs}, dict(h.cutoffs))),
    (("non_bank_day",), ("paid_before_closed_days",), moved_before),
    (("days_ahead",), ("furthest_days",), lambda p, h: (p.days_ahead, h.furthest_days)),
    (("past_date",), ("past_date",), lambda p, h: (PAST_DATE[p.past_date], h.past_date)),
    (("duplicate_control",), ("duplicates",), lambda p, h: (DUPLICATES[p.duplicate_control.kind], h.duplicates.kind)),
    (("group_status",), ("group_status",), lambda p, h: (GROUP_STATUS[p.group_status], h.group_status)),
    (("receipt_names",), ("naming",), lambda p, h: (NAMES[p.receipt_names], h.naming)),
    (("tells_settled",), ("tells_settled",), lambda p, h: (p.tells_settled, h.tells_settled)),
    (
        ("tells_waiting_for_funds",),
        ("tells_waiting_for_funds",),
        lambda p, h: (p.tells_waiting_for_funds, h.tells_waiting_for_funds),
    ),
    (
        ("refusal_reach",),
        ("fault_takes_creditor",),
        lambda p, h: (p.refusal_reach is RefusalReach.CREDITOR_ACCOUNT, h.fault_takes_creditor),
    ),
    (("batch_booking",), ("batch_booking",), lambda p, h: (p.batch_booking, h.batch_booking)),
    (("lump_details",), ("lump_details",), lambda p, h: (p.lump_details, h.lump_details)),
)
# Facts that only one side has, and why.
PORTALS_OWN = {
    "short_name": "what people call the bank",
    "debtor_organisation_ids": "banks look at the initiating party only",
    "names": "longer names are cut on the way, which the simulated banks don't",
    "text": "a limit of ours, within the schema's",
    "character_encoding": "files are UTF-8 with characters of ISO-8859-1; the banks take all of UTF-8",
    "allowed_characters": "the same",
    "days_past": "a past date is moved by the portal before any bank sees it",
    "answer_time": "compared below: longer than the bank takes",
    "file_name": "banks know a file by its content",
    "account_ranges": "a question to who orders an agreement; a bank opens whichever account it has",
}
BANKS_OWN = {
    "file_mark": "names of the files it sends",
    "reference_mark": "the bank's own references",
    "oldest_days": "compared below: only a bank that moves dates has it",
    "technical_after": "compared below: earlier than the portal expects an answer",
    "business_after": "the same",
}


@pytest.fixture(params=bank_ids())
def both(request: pytest.FixtureRequest) -> tuple[BankProfile, BankHabits]:
    return get_profile(request.param), BANKS[request.param]


def test_both_know_the_same_banks() -> None:
    assert set(bank_ids()) == set(BANKS)


def test_no_fact_of_either_is_forgotten() -> None:
    portals = {name for names, _, _ in FACTS for name in names} | set(PORTALS_OWN)
    banks_own = {name for _, names, _ in FACTS for name in names} | set(BANKS_OWN)

    assert portals == {field.name for field in dataclasses.fields(BankProfile)}
    assert banks_own == {field.name for field in dataclasses.fields(BankHabits)}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: "+".join(fact[0]))
def test_they_agree_on_every_fact_that_both_state(both: tuple[BankProfile, BankHabits], fact: Any) -> None:
    portal, bank = fact[2](*both)

    assert portal == bank


def test_the_bank_knows_a_file_at_least_as_long_as_its_window_says(both: tuple[BankProfile, BankHabits]) -> None:
    """A window that the portal trusts for longer than the bank remembers would let a copy pay again."""
    stated, kept = both[0].duplicate_control.window, both[1].duplicates.window

    if stated is not None and kept is not None:
        assert stated <= kept


def test_a_first_answer_is_expected_later_than_the_bank_gives_it(both: tuple[BankProfile, BankHabits]) -> None:
    profile, habits = both

    assert habits.technical_after < habits.business_after < profile.answer_time


def test_a_bank_that_moves_past_dates_moves_all_that_the_portal_may_send(both: tuple[BankProfile, BankHabits]) -> None:
    profile, habits = both

    if profile.past_date is not PastDate.REJECTED:
        assert habits.oldest_days >= profile.days_past


def test_every_kind_of_habit_has_its_counterpart() -> None:
    for names, theirs in (
        (DUPLICATES, banks.DuplicateKind),
        (GROUP_STATUS, banks.GroupStatus),
        (NAMES, banks.Naming),
        (PAST_DATE, banks.PastDate),
    ):
        assert set(names.values()) == set(theirs)
        assert set(names) == set(type(next(iter(names))))
