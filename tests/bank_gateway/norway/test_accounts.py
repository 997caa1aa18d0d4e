import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban as international
from stdnum.no import kontonr

from bank_gateway.norway.accounts import account_check_digit, account_of_iban, iban_of, is_valid_account

ten_digits = st.text("0123456789", min_size=10, max_size=10)


@pytest.mark.parametrize("account", ["12345678903", "86011117947"])
def test_known_accounts_are_valid(account: str) -> None:
    assert is_valid_account(account)


def test_the_published_iban_and_its_account_belong_together() -> None:
    assert iban_of("86011117947") == "NO9386011117947"
    assert account_of_iban("NO9386011117947") == "86011117947"


@given(ten_digits)
def test_exactly_one_last_digit_is_right_or_none_is_issued(first_ten: str) -> None:
    valid = [last for last in "0123456789" if is_valid_account(first_ten + last)]
    right = account_check_digit(first_ten)
    assert valid == ([] if right is None else [right])


@given(ten_digits)
def test_an_account_returns_from_its_iban_and_another_library_agrees(first_ten: str) -> None:
    last = account_check_digit(first_ten)
    if last is None:
        return
    account = first_ten + last
    iban = iban_of(account)
    assert account_of_iban(iban) == account
    assert international.is_valid(iban)
    if not account.startswith("0000"):
        assert kontonr.is_valid(account)


@pytest.mark.parametrize(
    "account",
    [
        "",
        "1234.56.78903",
        "1234 56 78903",
        "12345678904",
        "1234567890",
        "123456789030",
        "12345678903\n",
        "１2345678903",
    ],
)
def test_other_writings_are_not_accounts(account: str) -> None:
    assert not is_valid_account(account)
    with pytest.raises(ValueError, match="account"):
        iban_of(account)


def test_a_post_giro_number_behind_four_zeros_is_held_to_the_same_check() -> None:
    assert kontonr.is_valid("00001000009")
    assert not is_valid_account("00001000009")


@pytest.mark.parametrize(
    "iban",
    [
        "NO9386011117948",
        "NO9486011117947",
        "no9386011117947",
        "NO93 8601 1117 947",
        "SE9386011117947",
        "NO938601111794",
        "",
    ],
)
def test_other_ibans_hold_no_norwegian_account(iban: str) -> None:
    assert account_of_iban(iban) is None


@pytest.mark.parametrize("first_ten", ["", "123", "12345678 9", "123456789٤"])
def test_a_check_digit_is_made_from_ten_digits(first_ten: str) -> None:
    with pytest.raises(ValueError, match="ten"):
        account_check_digit(first_ten)
