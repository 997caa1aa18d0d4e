"""The list of faults: what it may hold, and what it shows."""

import json
from typing import Any

import pytest
import requests

from bank_gateway.simulator.faults import kinds
from tests.bank_gateway.simulator.three_banks import BankCustomer


def _put(customer: BankCustomer, body: Any) -> requests.Response:
    return requests.put(f"{customer.simulator.addresses['banks']['nordea']}/faults", json=body, timeout=30)


def test_the_list_shows_what_was_put_and_how_often_each_struck(standing_bank: BankCustomer) -> None:
    given = [{"fault": name, "probability": 0.25, "seed": 3} for name in kinds.ALL[:-1]]
    given.append({"fault": kinds.ALL[-1], "times": 2, "seed": 4, "seconds": 5})

    put = _put(standing_bank, given)
    shown = standing_bank.simulator.get("banks/nordea/faults")
    again = _put(standing_bank, [])

    counts = {"tried": 0, "hits": 0, "withheld": 0}
    expected = sorted(({"seconds": 20.0, **each, **counts} for each in given), key=lambda each: str(each["fault"]))
    assert put.status_code == 200
    assert put.json() == shown == expected
    assert again.json() == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, []),
        ("silence", []),
        ([1], ["0"]),
        ([{"fault": "earthquake", "times": 1}], ["0.fault"]),
        ([{"fault": ["silence"], "times": 1}], ["0.fault"]),
        ([{"fault": "silence"}], ["0.probability"]),
        ([{"fault": "silence", "times": 1, "probability": 1}], ["0.probability"]),
        ([{"fault": "silence", "probability": 1.01}], ["0.probability"]),
        ([{"fault": "silence", "probability": -0.1}], ["0.probability"]),
        ([{"fault": "silence", "probability": "0.5"}], ["0.probability"]),
        ([{"fault": "silence", "probability": True}], ["0.probability"]),
        ([{"fault": "silence", "probability": float("nan")}], ["0.probability"]),
        ([{"fault": "silence", "times": 0}], ["0.times"]),
        ([{"fault": "silence", "times": 1.5}], ["0.times"]),
        ([{"fault": "silence", "times": 1, "seed": "x"}], ["0.seed"]),
        ([{"fault": "silence", "times": 1, "seconds": 0}], ["0.seconds"]),
        ([{"fault": "silence", "times": 1, "chance": 1}], ["0.chance"]),
        ([{"fault": "silence", "times": 1}] * 2, ["1.fault"]),
        (
            [{"fault": "earthquake"}, {"fault": "silence", "times": 1}, {"fault": "slow_line", "probability": 2}],
            ["0.fault", "0.probability", "2.probability"],
        ),
    ],
)
def test_a_list_with_faults_of_its_own_is_refused_with_all_of_them(
    standing_bank: BankCustomer, body: Any, fields: list[str]
) -> None:
    _put(standing_bank, [{"fault": "answer_twice", "times": 1}])

    answer = requests.put(
        f"{standing_bank.simulator.addresses['banks']['nordea']}/faults",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        timeout=30,
    )

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == fields
    assert [each["fault"] for each in standing_bank.simulator.get("banks/nordea/faults")] == ["answer_twice"]
