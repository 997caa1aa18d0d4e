"""Without the right to see salary the API tells count and sum: no line, no name, no id, not in the feed either."""

import json
from typing import Any
from uuid import UUID

import pytest

from companies.services import grant_salary_access
from remittance.services.advance import advance_remittance
from tests.companies.builders import SETUP

from .builders import CREDITOR_ACCOUNT, Sender, order, payment

NAME = "Kanari – Lønnsmottaker"


@pytest.fixture
def paid(sender: Sender) -> dict[str, Any]:
    """Two salaries and a supplier's payment; the second salary looks like the first."""
    creditor = {"name": NAME, "account": CREDITOR_ACCOUNT}
    salaries = [
        payment(n, kid=None, category="salary", end_to_end_id=f"LONN-OLA-{n}", amount="31337.00", creditor=creditor)
        for n in (1, 2)
    ]
    answer = sender.send_json(order(*salaries, payment(3)))
    assert answer.status_code == 201, answer.json()
    advance_remittance(remittance_id=UUID(answer.json()["id"]))
    return dict(answer.json())


def everything(sender: Sender, remittance: str) -> str:
    paths = (
        "messages?after=0", "remittances", f"remittances/{remittance}", f"remittances/{remittance}/payments",
        "payments", "payments?amount=31337.00", f"payments?account={CREDITOR_ACCOUNT}&amount=31337.00",
        "payments?end_to_end_id=LONN-OLA-1",
    )  # fmt: skip
    return "\n".join(json.dumps(sender.erp.get(path).json(), ensure_ascii=False) for path in paths)


def test_without_the_right_no_salary_is_named_anywhere(sender: Sender, paid: dict[str, Any]) -> None:
    told = everything(sender, paid["id"])

    assert "LONN-OLA" not in told
    assert "Kanari" not in told
    assert "31337" not in told
    assert "INV-3" in told
    document = sender.erp.get(f"remittances/{paid['id']}").json()
    assert document["duplicates_suspected"] == []
    assert {warning["end_to_end_id"] for warning in document["warnings"]} == {None}


def test_the_feed_says_how_many_salaries_and_their_sum(sender: Sender, paid: dict[str, Any]) -> None:
    results = sender.erp.get("messages?after=0").json()["results"]

    (message,) = [m["data"] for m in results if m["kind"] == "payment_status" and "salary" in m["data"]]
    assert message["salary"] == {"count": 2, "amount": "62674.00", "currency": "NOK"}
    assert (message["payments"], message["status"]) == ([], "awaiting_approval")


def test_with_the_right_the_feed_names_each(sender: Sender, paid: dict[str, Any]) -> None:
    grant_salary_access(user=sender.erp.user, company=sender.company, actor=SETUP)

    results = sender.erp.get("messages?after=0").json()["results"]
    named = [p["end_to_end_id"] for m in results if m["kind"] == "payment_status" for p in m["data"]["payments"]]
    assert sorted(named) == ["INV-3", "LONN-OLA-1", "LONN-OLA-2"]
    assert "LONN-OLA-1" in everything(sender, paid["id"])


@pytest.mark.parametrize(
    "path",
    [
        "payments?end_to_end_id=%00", "payments?account=%00", "payments?amount=%00", "payments?created_after=%00",
        "payments?amount=99999999999999999999999999", "remittances?agreement=%00", "incoming-payments?kid=%00",
        "incoming-payments?account=%00", "payments?created_after=0001-01-01T00:00:00%2B14:00",
    ],
)  # fmt: skip
def test_a_filter_that_no_text_can_hold_is_an_answer_and_no_failure(sender: Sender, path: str) -> None:
    answer = sender.erp.get(path)

    assert answer.status_code in {200, 400}, answer.json()
    assert answer.status_code == 400 or answer.json()["results"] == []
