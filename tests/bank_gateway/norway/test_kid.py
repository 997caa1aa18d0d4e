import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_gateway.norway.kid import is_valid_kid, mod10_check_digit, mod11_check_digit, passes_mod10, passes_mod11

VECTORS = json.loads((Path(__file__).parents[2] / "samples" / "kid_vectors.json").read_text())

bodies = st.text("0123456789", min_size=1, max_size=24)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['kid']}")
def test_published_vectors_pass_exactly_the_moduli_they_should(vector: dict[str, str | bool]) -> None:
    kid = str(vector["kid"])
    assert passes_mod10(kid) is vector["mod10"]
    assert passes_mod11(kid) is vector["mod11"]
    assert is_valid_kid(kid) is (vector["mod10"] or vector["mod11"])


@given(bodies)
def test_a_made_check_digit_passes_and_every_other_fails(body: str) -> None:
    for make, passes in ((mod10_check_digit, passes_mod10), (mod11_check_digit, passes_mod11)):
        right = make(body)
        assert [last for last in "0123456789-" if passes(body + last)] == [right]


@given(bodies, st.integers(min_value=0), st.integers(1, 9))
def test_one_changed_digit_is_noticed_by_mod11_in_its_first_ten_places(body: str, place: int, shift: int) -> None:
    kid = body + mod11_check_digit(body)
    index = len(body) - 1 - place % min(len(body), 10)
    wrong = body[:index] + str((int(body[index]) + shift) % 10) + body[index + 1 :]
    assert not passes_mod11(wrong + kid[-1])


@pytest.mark.parametrize(
    "kid",
    ["", "0", "-", "1-6", "6--", " 6-", "12344 ", "12344\n", "1234٤", "0" * 26, "12.344", "６-"],
)
def test_what_has_not_the_form_of_a_kid_is_none(kid: str) -> None:
    assert not is_valid_kid(kid)


def test_a_kid_may_have_two_to_twenty_five_characters() -> None:
    assert is_valid_kid("00")
    assert is_valid_kid("0" * 25)


@pytest.mark.parametrize("make", [mod10_check_digit, mod11_check_digit])
@pytest.mark.parametrize("digits", ["", "1-", "٤", "a"])
def test_a_check_digit_is_made_from_digits_only(make: object, digits: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match="digits"):
        make(digits)
