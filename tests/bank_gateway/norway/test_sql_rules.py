"""The check digits in SQL are those in Python, over numbers right and wrong, long and short."""

import random

import pytest
from django.db import connection

from bank_gateway.norway.accounts import account_check_digit, account_of_iban, iban_of, is_valid_account
from bank_gateway.norway.kid import mod10_check_digit, mod11_check_digit, passes_mod10, passes_mod11

COUNT = 5_000


def numbers(length: range, alphabet: str = "0123456789") -> list[str]:
    source = random.Random(20261124)
    return ["".join(source.choices(alphabet, k=source.choice(length))) for _ in range(COUNT)]


def answers(function: str, texts: list[str]) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(text) FROM unnest(%s::text[]) WITH ORDINALITY AS t (text, place) ORDER BY place",
            [texts],
        )
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def kids() -> list[str]:
    bodies = numbers(range(1, 26))
    right = [body + mod10_check_digit(body) for body in bodies[:2000]]
    right += [body + mod11_check_digit(body) for body in bodies[2000:4000]]
    odd = ["", "1", "-", "1-", "12-4", "1 2", "¹²", "١٢", "12345678901234567890123456", "00", "0", "6-"]
    return bodies + right + odd


@pytest.mark.parametrize(("function", "rule"), [("norway_kid_mod10", passes_mod10), ("norway_kid_mod11", passes_mod11)])
def test_a_kid_passes_in_both_or_in_neither(db: None, kids: list[str], function: str, rule: object) -> None:
    assert callable(rule)

    assert answers(function, kids) == [rule(kid) for kid in kids]


def test_a_kid_is_right_when_it_passes_either(db: None, kids: list[str]) -> None:
    assert answers("norway_kid_ok", kids) == [passes_mod10(kid) or passes_mod11(kid) for kid in kids]


def test_an_account_is_valid_in_both_or_in_neither(db: None) -> None:
    bodies = numbers(range(10, 11))
    right = [body + digit for body in bodies if (digit := account_check_digit(body)) is not None]
    texts = numbers(range(9, 13)) + right + ["", "1234.56.78903", "١٢٣٤٥٦٧٨٩٠٣"]

    assert answers("norway_account_ok", texts) == [is_valid_account(text) for text in texts]


def test_an_iban_gives_the_same_account_in_both(db: None) -> None:
    bodies = numbers(range(10, 11))
    accounts = [body + digit for body in bodies if (digit := account_check_digit(body)) is not None]
    ibans = [iban_of(account) for account in accounts]
    wrong = [iban[:2] + f"{int(iban[2:4]) % 97 + 1:02d}" + iban[4:] for iban in ibans]

    assert answers("norway_account_of", ibans) == accounts
    found = answers("norway_account_of", wrong)
    assert [account for account in found if account] == [a for i in wrong if (a := account_of_iban(i))]
