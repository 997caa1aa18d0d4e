"""The package as a stranger gets it: what it needs, what its README says, and that it speaks both languages."""

import ast
import base64
import hashlib
import hmac
import re
import string
import sys
import tomllib
from pathlib import Path

import pytest
from autopay_client import Message, MessagePage, __version__, signing
from autopay_client.cli.texts import _STATUS_NB, _TEXTS, Texts
from autopay_client.shapes import FINAL_PAYMENTS, FINAL_REMITTANCES, PAYMENT_STATUSES

from remittance.states import FINAL, PaymentStatus, RemittanceStatus, derive_status

from .builders import CLIENT
from .fake_portal import Answer, FakePortal

README = (CLIENT / "README.md").read_text(encoding="utf-8")
SOURCES = sorted((CLIENT / "autopay_client").rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the top names that a module imports from outside its own package."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").split(".")[0])
    return names


def test_it_needs_requests_and_rich_and_nothing_of_the_portal() -> None:
    outside = {name for path in SOURCES for name in imported(path)} - sys.stdlib_module_names

    assert len(SOURCES) > 10
    assert outside == {"requests", "rich"}
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {re.split(r"[<>=]", each)[0] for each in project["dependencies"]} == outside
    assert project["scripts"] == {"autopay": "autopay_client.cli:run"}
    assert __version__


def test_every_text_is_there_in_both_languages_with_the_same_places() -> None:
    def places(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    assert {code for code, (nb, en) in _TEXTS.items() if not (nb and en)} == set()
    assert {code for code, (nb, en) in _TEXTS.items() if places(nb) != places(en)} == set()


def test_every_text_is_said_somewhere() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    # Those below are put together from a server's or a reader's word.
    built = ("about_", "check_", "order_", "kind_")

    unsaid = {name for name in _TEXTS if code.count(f'"{name}"') - (f'    "{name}": (' in code) < 1}
    assert {name for name in unsaid if not name.startswith(built)} == set()


def test_it_knows_every_state_of_the_portal() -> None:
    assert set(PAYMENT_STATUSES) == set(PaymentStatus.values)
    assert {str(status.value) for status in FINAL} == FINAL_PAYMENTS
    ended = {derive_status({status: 1}) for status in FINAL_PAYMENTS} | {RemittanceStatus.PARTLY_REJECTED}
    assert {str(status.value) for status in ended} == FINAL_REMITTANCES
    assert set(PaymentStatus.values) | set(RemittanceStatus.values) <= set(_STATUS_NB)


def test_amounts_are_written_as_people_write_them() -> None:
    assert Texts("nb").money("-1234567.50", "NOK") == "-1\u00a0234\u00a0567,50\u00a0NOK"
    assert Texts("en").money("0.10", "NOK") == "0.10\u00a0NOK"
    assert Texts("en").money("?", "NOK") == "?\u00a0NOK"


def test_the_readmes_lines_give_the_readmes_signature() -> None:
    lines = re.search(r'```\n("@method": POST.*?)\n```', README, re.DOTALL)
    signature = re.search(r"^Signature: sig1=:(\S+):$", README, re.MULTILINE)
    assert lines
    assert signature

    made = hmac.new(b"secret-as-shown", lines[1].encode(), hashlib.sha256).digest()

    assert base64.b64encode(made).decode() == signature[1]
    assert signing.content_digest('{"hello": "krøne"}'.encode()) in README


@pytest.mark.parametrize("ending", ["completed", "rejected"])
def test_the_readmes_program_sends_and_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    program = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert program
    assert len(program[1].splitlines()) <= 25
    monkeypatch.chdir(tmp_path)
    (tmp_path / "order.xml").write_bytes(b"<Document/>")
    payment = {"end_to_end_id": "INV-1", "status": "paid", "reason": None}
    with FakePortal(
        Answer(200, {"results": [], "last": 41}),
        Answer(201, {"id": "r-1"}),
        Answer(200, page(status(42, "r-2", "completed"), status(43, "r-1", "sent"))),
        Answer(200, page(status(44, "r-1", ending))),
        Answer(200, {"results": [payment], "next": None}),
    ) as portal:
        exec(program[1].replace("http://localhost:8000", portal.origin), {})  # noqa: S102 (our own README)

    said = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in said[:2]] == ["sent", ending]
    assert said[2] == "INV-1 paid None"
    assert [asked.target for asked in portal.asked][2:4] == [
        "/api/v1/messages?after=41&wait=60&limit=500",
        "/api/v1/messages?after=43&wait=60&limit=500",
    ]


def page(*messages: Message) -> MessagePage:
    return {"results": list(messages), "last": messages[-1]["sequence"]}


def status(sequence: int, remittance: str, code: str) -> Message:
    data = {"remittance": remittance, "message_id": "R-1", "status": code}
    created = "2026-11-24T10:00:00Z"
    return {"sequence": sequence, "kind": "remittance_status", "id": "m", "created": created, "data": data}
