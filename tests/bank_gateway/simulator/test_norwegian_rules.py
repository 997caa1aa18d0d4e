"""The simulated banks' rules are their own; here they are held against the portal's, which must say the same."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_gateway.norway import accounts as portal_accounts
from bank_gateway.norway import calendar as portal_calendar
from bank_gateway.norway import kid as portal_kid
from bank_gateway.profiles import NonBankDayRule, bank_ids, get_profile
from bank_gateway.simulator.norwegian import accounts, calendar, kid
from bank_gateway.simulator.profiles import BANKS

KIDS = st.text("0123456789", min_size=0, max_size=27) | st.from_regex(r"[0-9]{1,24}-", fullmatch=True)
ODD = st.text(max_size=27)
FIRST, LAST = date(1990, 1, 1), date(2099, 12, 31)


@given(KIDS | ODD)
def test_both_agree_on_what_a_kid_is(number: str) -> None:
    assert kid.is_kid(number) == portal_kid.is_valid_kid(number)
    if kid.SHORTEST <= len(number) <= kid.LONGEST:  # the portal's check digits count for KIDs only
        assert kid.passes_mod10(number) == portal_kid.passes_mod10(number)
        assert kid.passes_mod11(number) == portal_kid.passes_mod11(number)


@given(st.text("0123456789", min_size=1, max_size=24))
def test_a_kid_made_by_the_portal_passes_at_the_bank(digits: str) -> None:
    assert kid.is_kid(digits + portal_kid.mod10_check_digit(digits))
    assert kid.is_kid(digits + portal_kid.mod11_check_digit(digits))


@given(st.text("0123456789", min_size=10, max_size=12) | ODD)
def test_both_agree_on_account_numbers(number: str) -> None:
    assert accounts.is_account(number) == portal_accounts.is_valid_account(number)


@given(st.text("0123456789", min_size=10, max_size=10), st.integers(0, 99))
def test_both_agree_on_ibans(first_ten: str, check: int) -> None:
    digit = portal_accounts.account_check_digit(first_ten) or "0"
    account = first_ten + digit
    assert accounts.account_of(f"NO{check:02d}{account}") == portal_accounts.account_of_iban(f"NO{check:02d}{account}")
    if accounts.is_account(account):
        assert accounts.account_of(portal_accounts.iban_of(account)) == account


def test_both_agree_on_every_bank_day_of_a_century() -> None:
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days)]

    assert [day for day in days if calendar.is_bank_day(day) != portal_calendar.is_bank_day(day)] == []


@given(st.dates(FIRST, LAST))
def test_both_agree_on_the_next_and_the_previous_bank_day(day: date) -> None:
    assert calendar.bank_day_on_or_after(day) == portal_calendar.next_bank_day(day)
    assert calendar.bank_day_on_or_before(day) == portal_calendar.previous_bank_day(day)


@pytest.mark.parametrize("bank", bank_ids())
def test_the_simulated_bank_keeps_the_cutoffs_and_versions_the_portal_expects(bank: str) -> None:
    profile, habits = get_profile(bank), BANKS[bank]

    assert {str(cut_off.kind): cut_off.executions for cut_off in profile.cut_offs} == dict(habits.cutoffs)
    assert (profile.name, profile.bic, profile.days_ahead) == (habits.name, habits.bic, habits.furthest_days)
    assert habits.fallback_order == f"pain.001.001.{profile.pain001_version}"
    assert tuple(map(str, profile.organisation_ids)) == habits.initiating_ids
    answers = habits.answers[habits.fallback_order]
    assert answers.status_report.endswith(profile.pain002_version)
    assert answers.notification.endswith(profile.camt054_version)
    assert profile.batch_booking == habits.batch_booking
    assert profile.answer_time >= habits.business_after


@pytest.mark.parametrize("bank", bank_ids())
def test_the_portal_sends_no_element_that_the_simulated_bank_refuses(bank: str) -> None:
    sent, refused = get_profile(bank).sent, BANKS[bank].refused_elements
    may = {"NbOfTxs": sent.group_count, "CtrlSum": sent.group_sum, "ChrgBr": sent.charge_bearer}

    assert [name for name, is_sent in may.items() if is_sent and name in refused] == []


@pytest.mark.parametrize("bank", bank_ids())
def test_both_move_a_date_that_is_no_bank_day_alike(bank: str) -> None:
    before = BANKS[bank].paid_before_closed_days
    codes = {"supplier": "SUPP", "salary": "SALA", "pension": "PENS", "tax": "TAXS", "intercompany": "INTC"}

    for category, code in codes.items():
        assert (get_profile(bank).day_rule(category) == NonBankDayRule.PREVIOUS) == (code in before), category
