"""The command when the server isn't there, says no, breaks down, or the person presses Ctrl-C."""

import hashlib
import json
import re
import socket
import subprocess
from pathlib import Path

import pytest
from autopay_client.signing import digest_header

from .builders import Autopay
from .fake_portal import HOLD, Answer, Asked, FakePortal, hang_up, problem
from .terminal import run_in_terminal

BATCH = {
    "id": "b-1",
    "number": 7,
    "kind": "outgoing",
    "status": "ready",
    "line_count": 1,
    "total": "1.00",
    "currency": "NOK",
}
LISTED = Answer(200, {"results": [BATCH], "next": None})
FILE = Answer(
    200,
    b"GBAT10;1\r\n",
    {
        "Content-Digest": digest_header(hashlib.sha256(b"GBAT10;1\r\n").digest()),
        "Content-Disposition": 'attachment; filename="ledger-batch-7.csv"',
    },
)


@pytest.fixture
def order(tmp_path: Path) -> str:
    """Return the path of some order."""
    path = tmp_path / "order.xml"
    path.write_bytes(b"<Document/>")
    return str(path)


def at(autopay: Autopay, portal: FakePortal) -> Autopay:
    """Point the command's profile at a portal."""
    autopay.write_profile(portal=portal.origin)
    return autopay


def faults(count: int) -> list[dict[str, object]]:
    """Return many faults of an order."""
    return [
        {
            "code": "kid_invalid",
            "detail_nb": f"KID {n} er feil.",
            "detail_en": f"KID {n} is wrong.",
            "line": n,
            "end_to_end_id": f"INV-{n}",
            "xpath": f"/Document/CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[{n}]/RmtInf",
        }
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize(("language", "words"), [("nb", "Ingen forbindelse med"), ("en", "No connection to")])
def test_a_server_that_is_down_is_no_connection(autopay: Autopay, order: str, language: str, words: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{unused.getsockname()[1]}"
    autopay.write_profile(portal=origin)

    checked = autopay.run("setup-check", "--lang", language)
    sent = autopay.run("send", order, "--lang", language)

    assert (checked.code, sent.code) == (2, 2)
    assert f"{words} {origin}/api/v1: " in checked.err
    assert "refused" in checked.err
    assert {"nb": "Send den samme filen igjen", "en": "Send the same file again"}[language] in sent.err
    assert "Traceback" not in checked.err + sent.err


def test_a_screenful_of_many_faults_is_shown_and_counted_on_a_terminal(autopay: Autopay, order: str) -> None:
    refusal = problem(422, "kid_invalid", errors=faults(1000), error_count=4321)
    with FakePortal(refusal) as portal:
        code, screen = run_in_terminal(at(autopay, portal), "send", order)

    assert code == 1
    assert "4321 errors:" in screen
    assert "KID 1 is wrong." in screen
    assert "PmtInf[1]/CdtTrfTxInf[1]/RmtInf" in screen
    assert "Showing 8 of 4321 errors." in screen
    assert len(screen.splitlines()) < 30


def test_all_that_the_server_listed_goes_to_a_file(autopay: Autopay, order: str) -> None:
    with FakePortal(problem(422, "kid_invalid", errors=faults(1000), error_count=4321)) as portal:
        ran = at(autopay, portal).run("send", order, "--lang", "nb")

    assert (ran.code, ran.out) == (1, "")
    assert len(re.findall(r"^Linje \d+  INV-\d+  KID \d+ er feil\.  /Document/", ran.err, re.MULTILINE)) == 1000
    assert "Viser 1000 av 4321 feil." in ran.err


def test_a_limit_is_said_with_when_to_try_again(autopay: Autopay) -> None:
    with FakePortal(
        Answer(429, {"code": "too_many_requests", "detail_en": "Slow down."}, {"Retry-After": "55"})
    ) as portal:
        ran = at(autopay, portal).run("messages")

    assert ran.code == 1
    assert "Refused (429 too_many_requests)\nSlow down.\nTry again in 55 seconds.\n" in ran.err


@pytest.mark.parametrize("content", [b"<h1>Server Error (500)</h1>", b"", b"[1, 2]"])
def test_a_server_that_broke_down_is_not_taken_for_a_refusal_of_ours(autopay: Autopay, content: bytes) -> None:
    with FakePortal(Answer(500, content)) as portal:
        ran = at(autopay, portal).run("status", "r-1")

    assert ran.code == 1
    assert "Refused (500)" in ran.err
    assert "the server failed" in ran.err
    assert "Traceback" not in ran.err


def test_something_that_isnt_autopay_is_no_connection(autopay: Autopay) -> None:
    with FakePortal(Answer(200, b"<html>Welcome to the hotel's network</html>")) as portal:
        ran = at(autopay, portal).run("setup-check")

    assert ran.code == 2
    assert "no JSON" in ran.err


def test_ctrl_c_while_a_file_is_sent_says_that_sending_again_is_safe(autopay: Autopay, order: str) -> None:
    with FakePortal(HOLD) as portal, at(autopay, portal).start("send", order) as started:
        assert portal.came.wait(30)
        assert started.interrupt() == 130

    assert "nothing is sent twice" in started.lines[-1]
    assert not any("Traceback" in line for line in started.lines)


def test_a_file_damaged_on_the_way_is_neither_written_nor_acknowledged(autopay: Autopay, tmp_path: Path) -> None:
    damaged = Answer(200, b"GBAT10;2\r\n", FILE.headers)
    with FakePortal(LISTED, damaged) as portal:
        ran = at(autopay, portal).run("fetch", "--to", str(tmp_path / "in"), "--ack")

    assert ran.code == 2
    assert "didn't arrive whole" in ran.err
    assert list((tmp_path / "in").iterdir()) == []
    assert {asked.method for asked in portal.asked} == {"GET"}


def test_a_batch_that_somebody_leased_meanwhile_is_not_written(autopay: Autopay, tmp_path: Path) -> None:
    with FakePortal(LISTED, FILE, problem(409, "batch_leased")) as portal:
        ran = at(autopay, portal).run("fetch", "--to", str(tmp_path / "in"), "--ack")

    assert ran.code == 1
    assert "Refused (409 batch_leased)" in ran.err
    assert list((tmp_path / "in").iterdir()) == []


def test_the_file_is_there_before_its_batch_is_reported_posted(autopay: Autopay, tmp_path: Path) -> None:
    there: list[list[str]] = []

    def posted(asked: Asked) -> Answer:
        there.append([path.name for path in (tmp_path / "in").glob("[!.]*")])
        assert json.loads(asked.body) == {"lease_id": "l-1"}
        return Answer(200, BATCH)

    lease = Answer(200, {"lease_id": "l-1", "expires": "2026-11-24T10:00:00Z"})
    with FakePortal(LISTED, FILE, lease, hang_up(), posted) as portal:
        ran = at(autopay, portal).run("fetch", "--to", str(tmp_path / "in"), "--ack")

    assert ran.code == 0, ran.err
    assert there == [["7-outgoing.csv"]]
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["7-outgoing.csv"]


def test_a_reader_that_has_seen_enough_ends_it_quietly(autopay: Autopay) -> None:
    data = {"account": "15034987618", "date": "2026-11-24"}
    message = {"sequence": 1, "kind": "statement", "id": "m", "created": "2026-11-24T10:00:00Z", "data": data}
    with FakePortal(Answer(200, {"results": [message] * 5000, "last": 1})) as portal:
        command = at(autopay, portal).command("messages", "--follow", profile="test")
        writer = subprocess.Popen(
            command, env=autopay.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert writer.stdout
        read = [writer.stdout.readline(), writer.stdout.readline()]
        writer.stdout.close()
        assert writer.stderr
        said = writer.stderr.read()

    assert (len(read), said, writer.wait(30)) == (2, "", 0)


def test_a_server_that_restarts_while_it_is_followed_is_waited_for(autopay: Autopay) -> None:
    data = {"account": "15034987618", "date": "2026-11-24"}
    message = {"sequence": 8, "kind": "statement", "id": "m", "created": "2026-11-24T10:00:00Z", "data": data}
    back = Answer(200, {"results": [message], "last": 8})
    with (
        FakePortal(*[hang_up()] * 4, back, HOLD) as portal,
        at(autopay, portal).start("messages", "--follow") as started,
    ):
        started.wait_for(lambda lines: any("statement of 15034987618" in line for line in lines))
        assert started.interrupt() == 130

    assert sum("Trying again for up to 120 seconds" in line for line in started.lines) == 1


def test_a_large_remittance_is_listed_whole_in_a_pipe_and_by_what_needs_a_look_on_a_terminal(autopay: Autopay) -> None:
    remittance = {
        "id": "r-1", "message_id": "R-1", "status": "received_by_bank", "agreement": "a-1", "payment_count": 700,
        "total": [{"currency": "NOK", "amount": "700.00"}], "counts": {"accepted": 699, "rejected_by_bank": 1},
        "created": "2026-11-24T10:00:00Z", "approvals_required": 0, "approvals": [], "duplicates_suspected": [],
        "warnings": [], "bank_messages": [],
    }  # fmt: skip

    def answer(asked: Asked) -> Answer:
        if not asked.target.startswith("/api/v1/remittances/r-1/payments"):
            return Answer(200, remittance)
        if "before" in asked.target:
            return Answer(200, {"results": [payment(n) for n in range(200, 0, -1)], "next": None})
        following = "http://elsewhere/api/v1/remittances/r-1/payments?before=201"
        return Answer(200, {"results": [payment(n) for n in range(700, 200, -1)], "next": following})

    with FakePortal(answer) as portal:
        piped = at(autopay, portal).run("status", "r-1")
        code, screen = run_in_terminal(autopay, "status", "r-1")

    assert (piped.code, code) == (0, 0)
    assert len(re.findall(r"^INV-\d+  ", piped.out, re.MULTILINE)) == 700
    assert "INV-650" in screen
    assert "AC01: Wrong account" in screen
    assert "... and 600 more" in screen


def payment(number: int) -> dict[str, object]:
    rejected = number == 650
    reason = {"code": "AC01", "text_nb": "Feil konto", "text_en": "Wrong account", "bank_text": None}
    return {
        "id": str(number), "end_to_end_id": f"INV-{number}", "status": "rejected_by_bank" if rejected else "accepted",
        "amount": "1.00", "currency": "NOK", "bank_date": "2026-11-25", "creditor_name": "Strøm & Nett AS",
        "reason": reason if rejected else None,
    }  # fmt: skip
