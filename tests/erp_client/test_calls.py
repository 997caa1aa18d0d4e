"""What is tried again and what isn't, what is refused and what is damaged."""

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
import requests
from autopay_client import Client, DamagedError, Refused, Unreachable
from autopay_client.calls import Signer
from autopay_client.orders import order_of
from autopay_client.signing import digest_header

from .fake_portal import Answer, FakePortal, hang_up, problem

EMPTY_FEED = Answer(200, {"results": [], "last": 7})


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the waits that were asked for; none of them is waited."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


def client_of(portal: FakePortal) -> Client:
    return Client(portal=portal.origin, key_id="k-1", secret="s-1", user="kari@fjord.example", language="en")


def nonces(portal: FakePortal) -> set[str]:
    return {asked.headers["Signature-Input"].split('nonce="')[1].split('"')[0] for asked in portal.asked}


def test_a_lost_answer_to_a_get_is_asked_for_again_with_a_new_nonce(waits: list[float]) -> None:
    with FakePortal(hang_up(), hang_up(), EMPTY_FEED) as portal, client_of(portal) as client:
        assert client.messages()["last"] == 7

    assert len(nonces(portal)) == 3
    assert waits == [0.5, 2.0]


def test_it_is_given_up_after_four_tries(waits: list[float]) -> None:
    with FakePortal(hang_up()) as portal, client_of(portal) as client, pytest.raises(Unreachable):
        client.setup_check()

    assert len(portal.asked) == 4


def test_an_order_is_sent_again_whole_and_under_the_same_key(waits: list[float]) -> None:
    content = b"<Document>" + b"x" * 300_000
    received = Answer(201, {"id": "r-1"}, {"Idempotent-Replayed": "true"})
    with FakePortal(hang_up(), received) as portal, client_of(portal) as client:
        receipt = client.send(order_of(io.BytesIO(content)))

    assert receipt.received_before
    assert {asked.body for asked in portal.asked} == {content}
    assert {asked.headers["Idempotency-Key"] for asked in portal.asked} == {hashlib.sha256(content).hexdigest()}
    assert {asked.headers["Content-Length"] for asked in portal.asked} == {str(len(content))}
    assert all('"idempotency-key"' in asked.headers["Signature-Input"] for asked in portal.asked)


def test_a_lease_is_never_asked_for_twice(waits: list[float]) -> None:
    with FakePortal(hang_up()) as portal, client_of(portal) as client, pytest.raises(Unreachable):
        client.lease("b-1")

    assert len(portal.asked) == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.posted("b-1", lease_id="l-1"),
        lambda client: client.failed("b-1", lease_id="l-1", reason="Full"),
        lambda client: client.acknowledge(7),
    ],
)
def test_a_report_that_changes_nothing_the_second_time_is_made_again(
    waits: list[float], call: Callable[[Client], object]
) -> None:
    with FakePortal(hang_up(), Answer(200, {"acknowledged": 7})) as portal, client_of(portal) as client:
        call(client)

    assert len(portal.asked) == 2


def test_a_key_in_use_is_waited_for_as_long_as_the_server_asks(waits: list[float]) -> None:
    busy = problem(409, "in_progress")
    busy = Answer(busy.status, busy.content, {"Retry-After": "1"})
    with FakePortal(busy, busy, Answer(201, {"id": "r-1"})) as portal, client_of(portal) as client:
        client.send(order_of(io.BytesIO(b"<D/>")))

    assert waits == [1.0, 2.0]


def test_a_key_that_stays_in_use_is_given_up_in_the_end(waits: list[float]) -> None:
    busy = Answer(409, {"code": "in_progress"}, {"Retry-After": "1"})
    with FakePortal(busy) as portal, client_of(portal) as client, pytest.raises(Refused):
        client.send(order_of(io.BytesIO(b"<D/>")))

    assert 60 < sum(waits) < 180


def test_a_server_that_asks_for_a_long_wait_is_not_waited_for(waits: list[float]) -> None:
    with (
        FakePortal(Answer(429, {"code": "too_many_requests"}, {"Retry-After": "55"})) as portal,
        client_of(portal) as client,
        pytest.raises(Refused) as refused,
    ):
        client.setup_check()

    assert (refused.value.code, refused.value.retry_after, waits) == ("too_many_requests", 55.0, [])


@pytest.mark.parametrize(("status", "tries"), [(500, 1), (422, 1), (501, 1), (502, 4), (503, 4), (504, 4)])
def test_only_a_server_that_is_away_is_asked_again(waits: list[float], status: int, tries: int) -> None:
    with (
        FakePortal(Answer(status, b"<html>", {"Content-Type": "text/html"})) as portal,
        client_of(portal) as client,
        pytest.raises(Refused) as refused,
    ):
        client.setup_check()

    assert (refused.value.status, refused.value.code, len(portal.asked)) == (status, "", tries)


def test_a_redirect_is_not_followed_with_a_signature(waits: list[float]) -> None:
    with (
        FakePortal(Answer(302, b"", {"Location": "/api/v1/elsewhere"})) as portal,
        client_of(portal) as client,
        pytest.raises(Refused),
    ):
        client.setup_check()

    assert [asked.target for asked in portal.asked] == ["/api/v1/setup-check"]


def test_a_next_page_is_asked_for_where_the_first_came_from_whatever_host_it_names() -> None:
    first = Answer(200, {"results": [1], "next": "https://evil.example/api/v1/ledger-batches?before=a%2Fb"})
    with FakePortal(first, Answer(200, {"results": [2], "next": None})) as portal, client_of(portal) as client:
        assert [*map(str, client.ledger_batches())] == ["1", "2"]

    assert portal.asked[1].target == "/api/v1/ledger-batches?before=a%2Fb"


def test_a_next_page_outside_the_api_is_not_asked_for() -> None:
    page = Answer(200, {"results": [], "next": "https://evil.example/elsewhere"})
    with FakePortal(page) as portal, client_of(portal) as client, pytest.raises(Unreachable, match="outside"):
        list(client.ledger_batches())


def test_an_id_is_one_segment_of_the_path() -> None:
    with FakePortal(Answer(200, {})) as portal, client_of(portal) as client:
        client.remittance("../companies?x=1")

    assert portal.asked[0].target == "/api/v1/remittances/..%2Fcompanies%3Fx%3D1"


@pytest.mark.parametrize("headers", [{}, {"Content-Digest": digest_header(b"\0" * 32)}])
def test_a_file_without_its_digest_is_damaged(headers: dict[str, str]) -> None:
    with (
        FakePortal(Answer(200, b"GBAT10", headers)) as portal,
        client_of(portal) as client,
        pytest.raises(DamagedError),
    ):
        client.file("b-1", "gbat10", io.BytesIO().write)


def test_a_file_cut_off_is_no_file() -> None:
    cut = Answer(200, b"GBAT10", {"Content-Length": "600", "Connection": "close"})
    with FakePortal(cut) as portal, client_of(portal) as client, pytest.raises(Unreachable):
        client.file("b-1", "gbat10", io.BytesIO().write)


@pytest.mark.parametrize(
    ("named", "ending"),
    [('attachment; filename="a.csv"', "csv"), ('attachment; filename="a.c/../x"', "bin"), ("", "bin")],
)
def test_a_files_ending_is_the_servers_if_it_is_safe_in_a_name(named: str, ending: str) -> None:
    headers = {"Content-Disposition": named, "Content-Digest": digest_header(hashlib.sha256(b"GBAT10").digest())}
    with FakePortal(Answer(200, b"GBAT10", headers)) as portal, client_of(portal) as client:
        assert client.file("b-1", "gbat10", io.BytesIO().write).ending == ending


@pytest.mark.parametrize(("acknowledged", "end"), [(0, 0), (5, 5), (0, 1), (3, 4), (0, 1023), (17, 1_000_000)])
def test_the_feeds_end_is_found_with_few_calls(monkeypatch: pytest.MonkeyPatch, acknowledged: int, end: int) -> None:
    asked: list[int | None] = []

    def messages(self: Client, *, after: int | None = None, wait: int = 0, limit: int = 500) -> dict[str, Any]:
        asked.append(after)
        behind = acknowledged if after is None else after
        found = [{"sequence": behind + 1}] if behind < end else []
        return {"results": found, "last": behind + len(found)}

    monkeypatch.setattr(Client, "messages", messages)

    with Client(portal="http://localhost:1", key_id="k", secret="s", user="u") as client:
        assert client.feed_end() == end
    assert len(asked) <= 42


def test_a_server_that_holds_no_poll_is_not_hammered(waits: list[float]) -> None:
    with FakePortal(EMPTY_FEED) as portal, client_of(portal) as client:
        pages = client.follow_pages(after=7)
        for _ in range(3):
            next(pages)

    assert len(waits) == 2
    assert min(waits) > 4


def test_a_server_that_restarts_is_waited_for_and_one_that_is_gone_isnt(waits: list[float]) -> None:
    back = [hang_up()] * 4 + [EMPTY_FEED]
    with FakePortal(*back) as portal, client_of(portal) as client:
        assert next(client.follow_pages(after=7, patience=60))["last"] == 7
    with FakePortal(hang_up()) as portal, client_of(portal) as client, pytest.raises(Unreachable):
        next(client.follow_pages(after=7))


def test_no_text_of_a_client_shows_the_secret() -> None:
    signer = Signer(key_id="k-1", secret="hush-hush", user="u")

    assert "hush" not in f"{signer} {signer!r}"


def test_netrc_and_its_passwords_stay_out_of_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login kari password hush\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with FakePortal(EMPTY_FEED) as portal, client_of(portal) as client:
        client.messages()

    assert "Authorization" not in portal.asked[0].headers


@pytest.mark.parametrize("portal", ["localhost:8000", "ftp://autopay.example", "", "https://"])
def test_a_portal_without_an_address_is_refused_at_once(portal: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Client(portal=portal, key_id="k", secret="s", user="u")


@pytest.mark.parametrize("given", ["http://localhost:8000", "http://localhost:8000/", "http://localhost:8000/api/v1"])
def test_the_portals_address_may_be_written_with_or_without_the_api(given: str) -> None:
    assert Client(portal=given, key_id="k", secret="s", user="u").api == "http://localhost:8000/api/v1"


def test_time_limits_are_on_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[object] = []
    request = requests.Session.request

    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        limits.append(kwargs["timeout"])
        return request(self, *args, **kwargs)

    monkeypatch.setattr(requests.Session, "request", noted)
    with FakePortal(EMPTY_FEED) as portal, client_of(portal) as client:
        client.messages()
        client.messages(wait=60)
        client.send(order_of(io.BytesIO(b"<D/>")))

    assert limits == [(10.0, 60.0), (10.0, 120.0), (10.0, 900.0)]
