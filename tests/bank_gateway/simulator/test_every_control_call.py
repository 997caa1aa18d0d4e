"""Every call of the control API answers what it can't do with JSON that says what is wrong, and never with a fault."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
import requests

from bank_gateway.simulator.control.routes import all_routes
from tests.bank_gateway.simulator.conftest import Customer, open_customer
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, OUR_ORG
from tests.bank_gateway.simulator.running import Simulator

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Call:
    """A call: its path as the routes write it, and a body with a value for each field that it knows."""

    method: str
    path: str
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def url(self, simulator: Simulator, bank: str = "dnb") -> str:
        """Return the address; a file's name and its account stand where the call wants them."""
        path = self.path.replace("{bank}", bank).replace("{name}", "SIM-x.xml")
        account = f"?account={OUR_ACCOUNT}" if "{name}" in self.path else ""
        return f"{simulator.addresses['control']}{path}{account}"

    def send(self, simulator: Simulator, content: bytes, *, bank: str = "dnb") -> requests.Response:
        """Send a body as JSON."""
        return requests.request(self.method, self.url(simulator, bank), data=content, headers=JSON, timeout=30)


NAMED = {"end_to_end_id": "E-1", "message_id": "M-1", "reason": "AC04", "text": "Konto avsluttet"}
CALLS = (
    Call("GET", "/"),
    Call("GET", "/faults.js"),
    Call("GET", "/clock"),
    Call("POST", "/clock/advance", {"to": "next_cutoff", "bank": "dnb"}),
    Call("POST", "/clock/advance", {"to": "2026-11-24T09:00:00+01:00"}),
    Call("POST", "/clock/advance", {"seconds": 1}),
    Call("POST", "/clock/rate", {"rate": 1}),
    Call(
        "POST",
        "/banks/{bank}/agreements",
        {
            "org_number": OUR_ORG, "account": OUR_ACCOUNT, "direction": "incoming", "customer_id": OUR_ORG,
            "division": "0001", "kid": [{"length": 7, "modulus": "mod10", "customer": [1, 4], "invoice": [5, 6]}],
            "notify": "ocr", "balance": "1.00", "signers": 0, "public_key": "",
        },
    ),
    Call(
        "POST",
        "/banks/{bank}/incoming",
        {
            "account": OUR_ACCOUNT, "amount": "1.00", "kid": "0010017", "message": "", "debtor_name": "Ola",
            "debtor_account": "86011117947", "count": 1, "at": "next_cutoff",
        },
    ),
    Call("PUT", "/banks/{bank}/from_bank/{name}"),
    Call("GET", "/banks/{bank}/accounts"),
    Call("GET", "/banks/{bank}/executions"),
    Call("GET", "/banks/{bank}/files"),
    Call("POST", "/banks/{bank}/approve", {"message_id": "M-1", "end_to_end_id": "E-1"}),
    Call("POST", "/banks/{bank}/cancel", NAMED),
    Call("POST", "/banks/{bank}/reject", NAMED),
    Call("POST", "/banks/{bank}/return", {**NAMED, "fee": "5.00"}),
    Call("GET", "/banks/{bank}/faults"),
    Call("PUT", "/banks/{bank}/faults", [{"fault": "silence", "times": 1, "seed": 1, "seconds": 1}]),
    Call("GET", "/banks/{bank}/faults/hits"),
)  # fmt: skip
WITH_BANK = [call for call in CALLS if "{bank}" in call.path]
WITH_JSON = [call for call in CALLS if call.body is not None]
PAGED = [call for call in CALLS if call.path.endswith(("executions", "files", "hits"))]
# What a field may be sent as by somebody who is wrong or wishes ill.
RUBBISH: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**400, "", " ", "x" * 10_000, "\ud800", "\x00", "a\nb", "'; DROP TABLE login; --",
    "<b>", "../x", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "１２３", [], [1], [None],
    [[]], {}, {"a": 1},
)  # fmt: skip
# JSON has no words for them, and parsers take them nevertheless.
NO_NUMBERS = (b"NaN", b"Infinity", b"-Infinity", b"1e999")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Customer]:
    running = Simulator(tmp_path_factory.mktemp("calls"))
    running.start()
    yield open_customer(running)
    running.stop()


def refused(answer: requests.Response, *statuses: int) -> Any:
    """Return a refusal's JSON; it has a code and says in words what is wrong."""
    assert answer.status_code in statuses, (answer.status_code, answer.text[:500])
    said = answer.json()
    assert said["code"]
    assert said["detail"]
    return said


def test_no_call_is_left_out() -> None:
    unused = cast("Any", None)
    built = {(route.method, route.path) for route in all_routes(unused, logins=unused, sftp={})}

    assert {(call.method, call.path) for call in CALLS} == built


@pytest.mark.parametrize("call", WITH_BANK, ids=str)
def test_an_unknown_bank_is_said_before_anything_else(bank: Customer, call: Call) -> None:
    for content in (b"{", b"{}", json.dumps(call.body).encode()):
        answer = call.send(bank.simulator, content, bank="nowhere")

        assert refused(answer, 404)["code"] == "bank_unknown"


@pytest.mark.parametrize("call", WITH_JSON, ids=str)
def test_what_is_no_json_is_refused(bank: Customer, call: Call) -> None:
    for content in (b"", b"{", b'{"a": 1, "a": 2}', b"\xff", b"[" * 50_000, b"'x'"):
        assert refused(call.send(bank.simulator, content), 400)["code"] == "not_json"


@pytest.mark.parametrize("call", WITH_JSON, ids=str)
def test_json_must_say_that_it_is_json(bank: Customer, call: Call) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        headers = {"Content-Type": kind}
        content = json.dumps(call.body).encode()
        answer = requests.request(call.method, call.url(bank.simulator), data=content, headers=headers, timeout=30)

        assert refused(answer, 415)["code"] == "json_wanted"


@pytest.mark.parametrize("call", WITH_JSON, ids=str)
def test_a_body_of_another_shape_is_refused(bank: Customer, call: Call) -> None:
    shapes: tuple[Any, ...] = ([], [[]], {}, 1, "x", None, True)
    for body in shapes:
        if not (body == [] and call.path.endswith("/faults")):
            refused(call.send(bank.simulator, json.dumps(body).encode()), 400, 422)


@pytest.mark.parametrize("call", WITH_JSON, ids=str)
def test_a_body_that_is_too_large_is_refused(bank: Customer, call: Call) -> None:
    answer = call.send(bank.simulator, b" " * 1_100_000 + json.dumps(call.body).encode())

    assert refused(answer, 413)["code"] == "too_large"


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_another_method_is_refused_with_those_that_there_are(bank: Customer, call: Call) -> None:
    answer = requests.request("DELETE", call.url(bank.simulator), timeout=30)

    assert refused(answer, 405)["code"] == "method_not_allowed"
    assert call.method in answer.headers["Allow"]


@pytest.mark.parametrize("call", WITH_JSON, ids=str)
def test_a_field_that_nobody_knows_is_named(bank: Customer, call: Call) -> None:
    strange = {"ammount": "1.00"}
    body = [{**call.body[0], **strange}] if isinstance(call.body, list) else {**call.body, **strange}

    said = refused(call.send(bank.simulator, json.dumps(body).encode()), 422)

    assert [error["field"].rpartition(".")[2] for error in said["errors"]] == ["ammount"]
    assert "ammount" in said["detail"]


@pytest.mark.parametrize("call", PAGED, ids=str)
def test_a_question_that_nobody_knows_is_named(bank: Customer, call: Call) -> None:
    said = refused(requests.get(f"{call.url(bank.simulator)}?endtoendid=E-1", timeout=30), 422)

    assert "endtoendid" in said["detail"]


@pytest.mark.parametrize("call", PAGED, ids=str)
@pytest.mark.parametrize("query", ["limit=many", "limit=0", "limit=-1", "limit=1.5", "before=-1", f"before={2**63}"])
def test_a_page_that_cannot_be_is_refused(bank: Customer, call: Call, query: str) -> None:
    answer = requests.get(f"{call.url(bank.simulator)}?{query}", timeout=30)

    assert refused(answer, 422)["code"] == "page_invalid"


@pytest.mark.parametrize("query", ["end_to_end_id=%ED%A0%80", "end_to_end_id=%00", "message_id=%FF", "message_id=%27"])
def test_ids_that_nobody_has_find_nothing(bank: Customer, query: str) -> None:
    answer = requests.get(f"{bank.simulator.addresses['banks']['dnb']}/executions?{query}", timeout=30)

    assert (answer.status_code, answer.json()) == (200, {"results": [], "next": None})


@pytest.mark.parametrize("account", ["", "%ED%A0%80", "%00", "%27", "external"])
def test_a_file_for_an_account_that_cannot_be_is_refused(bank: Customer, account: str) -> None:
    url = f"{bank.simulator.addresses['banks']['dnb']}/from_bank/SIM-y.xml?account={account}"

    assert refused(requests.put(url, data=b"x", timeout=30), 404)["code"] == "account_unknown"


@pytest.mark.parametrize("call", WITH_JSON, ids=str)
def test_rubbish_in_any_field_is_refused_or_taken_and_never_a_fault(bank: Customer, call: Call) -> None:
    item = call.body[0] if isinstance(call.body, list) else call.body
    for name in item:
        others = {key: value for key, value in item.items() if key != name}
        values = [json.dumps(value).encode() for value in RUBBISH] + list(NO_NUMBERS)
        for value in values:
            content = json.dumps(others).encode()[:-1] + b', "' * bool(others) + b'"' * (not others)
            content += name.encode() + b'": ' + value + b"}"
            answer = call.send(bank.simulator, b"[" + content + b"]" if isinstance(call.body, list) else content)
            assert answer.status_code < 500, (content[:300], answer.text)
            if answer.status_code >= 400:
                refused(answer, answer.status_code)

    assert bank.simulator.get("clock")["rate"] is not None
