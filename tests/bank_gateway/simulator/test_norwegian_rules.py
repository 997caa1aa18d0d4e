"""The simulated banks' rules are their own; here they are held against the portal's, which must say the same."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bank_gateway.norway import accounts as portal_accounts
from bank_gateway.norway import calendar as portal_calendar
from bank_gateway.norway import kid as portal_kid
from bank_gateway.profiles import get_profile
from bank_gateway.simulator.norwegian import accounts, calendar, kid
from bank_gateway.simulator.profiles import DNB

KIDS = st.text("0123456789", min_size=0, max_size=27) | st.from_regex(r"[0-9]{1,24}-", fullmatch=True)
ODD = st.text(max_size=27)
FIRST, LAST = date(1990, 1, 1), date(2099, 12, 31)


@given(KIDS | ODD)
def test_both_agree_on_what_a_kid_is(number: str) -> None:
    assert kid.is_kid(number) == portal_kid.is_valid_kid(number)
    assert kid.passes_mod10(number) == portal_kid.passes_mod10(number) or len(number) < 2
    assert kid.passes_mod11(number) == portal_kid.passes_mod11(number) or len(number) < 2


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


def test_the_simulated_bank_keeps_the_cutoffs_and_versions_the_portal_expects() -> None:
    profile = get_profile("dnb")

    assert {str(cut_off.kind): cut_off.executions for cut_off in profile.cut_offs} == dict(DNB.cutoffs)
    assert (DNB.bic, DNB.oldest_days, DNB.furthest_days) == (profile.bic, profile.days_past, profile.days_ahead)
    answers = DNB.answers[f"pain.001.001.{profile.pain001_version}"]
    assert answers.status_report.endswith(profile.pain002_version)
    assert answers.notification.endswith(profile.camt054_version)
    assert profile.answer_time >= DNB.business_after
