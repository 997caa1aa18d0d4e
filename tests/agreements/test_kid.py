"""KIDs against an agreement's definitions."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.kid import KidMatch, KidRule, fault_of, match_kid, rule_of


@dataclass
class Row:
    """A definition as its table has it."""

    length: int
    modulus: str
    customer_from: int | None = None
    customer_to: int | None = None
    invoice_from: int | None = None
    invoice_to: int | None = None


SEVEN = Row(7, "mod10", 1, 4, 5, 6)
TWELVE = Row(12, "mod11", 1, 6, 7, 11)


def mod10(digits: str) -> str:
    """Work the check digit out in a way of its own: Luhn, as on a payment card."""
    total = sum(sum(divmod(int(digit) * (1 + (place % 2 == 0)), 10)) for place, digit in enumerate(reversed(digits)))
    return str((10 - total % 10) % 10)


def test_the_definition_of_the_kids_length_decides_and_its_positions_name_customer_and_invoice() -> None:
    kid = "001001" + mod10("001001")
    assert kid == "0010017"  # the contract's own example
    assert match_kid(definitions=[TWELVE, SEVEN], kid=kid) == KidMatch(valid=True, customer="0010", invoice="01")


def test_a_kid_with_the_check_digit_of_the_other_modulus_is_not_valid() -> None:
    # Weights 2..7 from the right over 00100000001: 1*2 + 1*4 (ninth from the right: 4) = 6, so 11 - 6 = 5.
    assert match_kid(definitions=[TWELVE], kid="001000000015").valid
    assert not match_kid(definitions=[Row(12, "mod10")], kid="001000000015").valid
    assert not match_kid(definitions=[Row(7, "mod11", 1, 4, 5, 6)], kid="0010017").valid


@pytest.mark.parametrize("kid", ["", "0010018", "00100170", "001001", "001001٧", "0010017 ", "-010017"])
def test_what_no_definition_fits_is_invalid_and_names_nobody(kid: str) -> None:
    assert match_kid(definitions=[SEVEN, TWELVE], kid=kid) == KidMatch(valid=False, customer=None, invoice=None)


def test_without_definitions_either_modulus_will_do_and_nobody_is_named() -> None:
    for kid in ("0010017", "001000000015"):
        assert match_kid(definitions=[], kid=kid) == KidMatch(valid=True, customer=None, invoice=None)
    assert not match_kid(definitions=[], kid="0010018").valid


def test_a_definition_without_positions_checks_but_names_nobody() -> None:
    assert match_kid(definitions=[Row(7, "mod10")], kid="0010017") == KidMatch(valid=True, customer=None, invoice=None)


@given(st.text("0123456789", min_size=6, max_size=6), st.integers(0, 9))
def test_exactly_one_check_digit_of_ten_is_right(digits: str, other: int) -> None:
    right = mod10(digits)
    assert match_kid(definitions=[SEVEN], kid=digits + right).valid
    assert match_kid(definitions=[SEVEN], kid=f"{digits}{other}").valid == (str(other) == right)


def test_a_row_reads_back_as_its_rule() -> None:
    assert rule_of(SEVEN) == KidRule(length=7, modulus="mod10", customer=(1, 4), invoice=(5, 6))
    assert rule_of(Row(5, "mod11")) == KidRule(length=5, modulus="mod11")


@pytest.mark.parametrize(
    "rule",
    [
        KidRule(length=1, modulus="mod10"),
        KidRule(length=26, modulus="mod10"),
        KidRule(length=7, modulus="mod10", customer=(0, 4)),
        KidRule(length=7, modulus="mod10", customer=(5, 4)),
        KidRule(length=7, modulus="mod10", invoice=(5, 7)),
    ],
)
def test_a_rule_of_impossible_length_or_positions_has_a_fault(rule: KidRule) -> None:
    assert fault_of(rule)


def test_a_possible_rule_has_none() -> None:
    assert fault_of(KidRule(length=7, modulus="mod10", customer=(1, 4), invoice=(5, 6))) is None
