"""The control API's own rules: who may call it, and how it answers what it doesn't have."""

import contextlib
import hashlib
import socket

import asyncssh
import pytest
import requests

from tests.bank_gateway.simulator.conftest import Customer
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, simple_order
from tests.bank_gateway.simulator.running import Simulator


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "bank.example"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_only_programs_of_this_machine_are_answered(standing: Simulator, headers: dict[str, str], status: int) -> None:
    answer = requests.get(standing.addresses["clock"], headers=headers, timeout=30)

    assert answer.status_code == status
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_its_own_origin_and_name_are_answered(standing: Simulator) -> None:
    port = standing.addresses["control"].rpartition(":")[2]
    headers = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}

    assert requests.get(standing.addresses["clock"], headers=headers, timeout=30).status_code == 200


def test_it_listens_on_loopback_only(standing: Simulator) -> None:
    port = int(standing.addresses["control"].rpartition(":")[2])
    others = {each[4][0] for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}

    for address in {str(other) for other in others if not str(other).startswith("127.")}:
        with pytest.raises(ConnectionRefusedError), socket.create_connection((address, port), timeout=5):
            pass


def test_a_path_that_nobody_knows_gets_a_json_error(standing: Simulator) -> None:
    answer = requests.get(f"{standing.addresses['control']}/nothing", timeout=30)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_file_put_by_hand_appears_byte_for_byte(customer: Customer) -> None:
    url = f"{customer.simulator.addresses['banks']['dnb']}/from_bank/REAL%20file.xml?account={OUR_ACCOUNT}"
    content = b"\xff\x00 not even XML"

    answer = requests.put(url, data=content, timeout=30)
    again = requests.put(url, data=content, timeout=30)

    assert answer.status_code == 201
    assert answer.json()["sha256"] == hashlib.sha256(content).hexdigest()
    assert customer.login.download("REAL file.xml") == content
    assert again.status_code == 409


@pytest.mark.parametrize("name", ["..%2F..%2Fa.xml", ".xml", "a.part", "a%00.xml", "a.exe", "a" * 250 + ".xml"])
def test_a_file_put_by_hand_needs_a_plain_name(standing_customer: Customer, name: str) -> None:
    url = f"{standing_customer.simulator.addresses['banks']['dnb']}/from_bank/{name}?account={OUR_ACCOUNT}"

    answer = requests.put(url, data=b"x", timeout=30)

    assert answer.status_code == 422
    assert standing_customer.login.names() == []


def test_a_file_for_an_account_nobody_has_is_refused(standing_customer: Customer) -> None:
    url = f"{standing_customer.simulator.addresses['banks']['dnb']}/from_bank/a.xml?account=86011117947"

    assert requests.put(url, data=b"x", timeout=30).status_code == 404


@pytest.mark.parametrize(("query", "words"), [("", "Ingen ekte bank"), ("?lang=en", "No real bank")])
def test_the_page_shows_banks_accounts_faults_and_files_and_says_they_are_simulated(
    customer: Customer, query: str, words: str
) -> None:
    faults = [{"fault": "drop_after_rename", "times": 1}]
    requests.put(f"{customer.simulator.addresses['banks']['dnb']}/faults", json=faults, timeout=30)
    with contextlib.suppress(OSError, asyncssh.Error):
        customer.login.upload("<b>order.xml", simple_order("M-1"))
    customer.simulator.advance(to="next_cutoff")

    page = requests.get(f"{customer.simulator.addresses['control']}/{query}", timeout=30)

    assert words in page.text
    assert OUR_ACCOUNT in page.text
    assert "9700.00" in page.text
    assert page.text.count("&lt;b&gt;order.xml") == 2, "among the files and in what the faults did"
    assert "<b>" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
