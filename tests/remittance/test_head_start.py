"""Payments stored while the order is still being read are the same as those stored after it, or none at all."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.order_files import write_order_file
from remittance.intake import reading_ahead
from remittance.intake.head_start import HeadStart
from remittance.models import Payment, Remittance
from tests.agreements.builders import make_active

from .builders import ACCOUNT, Sender, codes, make_sender, sample

# What differs between two stored copies of one order.
_OWN = {"id", "remittance_id", "company_id", "updated_at"}
SUPPLIER = "own_pain.001.001.09_supplier_kid_text_creditnote.xml"
Change = Callable[[bytes], bytes]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_ahead, "BATCH_PAYMENTS", 250)


@pytest.fixture
def order(tmp_path: Path) -> bytes:
    """Return an order of 1,100 payments: five batches, all of them plain."""
    from datetime import date

    path = tmp_path / "order.xml"
    write_order_file(path, count=1100, account=ACCOUNT, run="H1", day=date(2026, 11, 25))
    return path.read_bytes()


def rows(remittance_id: str) -> list[dict[str, Any]]:
    found = Payment.objects.filter(remittance_id=remittance_id).order_by("position")
    return [{name: value for name, value in row.items() if name not in _OWN} for row in found.values()]


def send_both_ways(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[int]]:
    """Store the same order with a head start and, under another MsgId, without; and say how far it came."""
    sender = make_sender()
    stored: list[int] = []
    take = HeadStart.take

    def noted(self: HeadStart, *args: Any, **kwargs: Any) -> None:
        take(self, *args, **kwargs)
        stored.append(self.stored)

    with monkeypatch.context() as patched:
        patched.setattr(HeadStart, "take", noted)
        ahead = sender.send_xml(content)
    with monkeypatch.context() as patched:
        patched.setattr(HeadStart, "take", lambda *_, **__: None)
        after = sender.send_xml(re.sub(rb"<MsgId>[^<]+", b"<MsgId>AGAIN", content))
    assert (ahead.status_code, after.status_code) == (201, 201), (ahead.json(), after.json())
    assert ahead.json()["counts"] == after.json()["counts"]
    hashes = set(Remittance.objects.values_list("content_hash", flat=True))
    assert len(hashes) == 1
    return rows(ahead.json()["id"]), rows(after.json()["id"]), stored


def nth(content: bytes, number: int, old: bytes, new: bytes) -> bytes:
    """Return `content` with `old` replaced in its payment of that number."""
    parts = content.split(b"<CdtTrfTxInf>")
    assert old in parts[number]
    parts[number] = parts[number].replace(old, new, 1)
    return b"<CdtTrfTxInf>".join(parts)


def with_kind(content: bytes) -> bytes:
    return nth(content, 800, b"</PmtId>", b"</PmtId><PmtTpInf><CtgyPurp><Cd>TAXS</Cd></CtgyPurp></PmtTpInf>")


def with_dash(content: bytes) -> bytes:
    return nth(content, 803, "kjøp".encode(), "kjøp – nytt".encode())


def with_document(content: bytes) -> bytes:
    return nth(
        content, 803, b"<Ustrd>Faktura H1-803, kj\xc3\xb8p av varer og tjenester</Ustrd>",
        b"<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>F-1</Nb></RfrdDocInf><RfrdDocAmt>"
        b'<RmtdAmt Ccy="NOK">903.03</RmtdAmt></RfrdDocAmt></Strd>',
    )  # fmt: skip


def test_a_plain_order_is_stored_ahead_to_its_end(db: None, order: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead, after, stored = send_both_ways(order, monkeypatch)

    assert ahead == after
    assert stored[-1] == 1100


@pytest.mark.parametrize(("change", "expected"), [(with_kind, 0), (with_dash, 750), (with_document, 750)])
def test_what_is_not_plain_ends_it_and_changes_nothing_of_what_is_stored(
    db: None, order: bytes, monkeypatch: pytest.MonkeyPatch, change: Change, expected: int
) -> None:
    ahead, after, stored = send_both_ways(change(order), monkeypatch)

    assert ahead == after
    assert (max(stored), stored[-1]) == (750, expected)


@pytest.mark.parametrize("batch", [1, 2, 3])
@pytest.mark.parametrize("name", [SUPPLIER, "own_pain.001.001.03_salary_sala.xml", "own_pain.001.001.03_urgent.xml"])
def test_small_orders_are_the_same_in_any_batches(
    db: None, monkeypatch: pytest.MonkeyPatch, name: str, batch: int
) -> None:
    monkeypatch.setattr(reading_ahead, "BATCH_PAYMENTS", batch)

    ahead, after, _ = send_both_ways(sample(name), monkeypatch)

    assert ahead == after


def wrong_kid(content: bytes) -> bytes:
    return nth(content, 1051, b"<Ref>", b"<Ref>1")


def repeated_id(content: bytes) -> bytes:
    return nth(content, 1051, b"<EndToEndId>H1-1051<", b"<EndToEndId>H1-7<")


def cut_off(content: bytes) -> bytes:
    return content[: content.index(b"H1-1051")]


def wrong_schema(content: bytes) -> bytes:
    return nth(content, 1051, b"<Nm>", b"<Nmm>")


def wrong_count(content: bytes) -> bytes:
    return content.replace(b"<NbOfTxs>1100<", b"<NbOfTxs>1101<")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (wrong_kid, "kid_invalid"),
        (repeated_id, "end_to_end_id_not_unique"),
        (cut_off, "not_well_formed"),
        (wrong_schema, "not_well_formed"),
        (wrong_count, "count_mismatch"),
    ],
)
def test_a_fault_at_the_end_leaves_nothing_of_what_was_stored_ahead(
    sender: Sender, order: bytes, change: Change, code: str
) -> None:
    answer = sender.send_xml(change(order))

    assert (answer.status_code, code in codes(answer)) == (422, True), answer.json()
    assert not Payment.objects.exists()
    assert not Remittance.objects.exists()


def test_a_second_group_on_another_account_is_refused_whole(sender: Sender, order: bytes) -> None:
    make_active(company=sender.company, account="86011117947", approvers_required=0)
    second = sample(SUPPLIER).split(b"<PmtInf>")[1].replace(ACCOUNT.encode(), b"86011117947", 1)
    content = order.replace(
        b"</CstmrCdtTrfInitn>", b"<PmtInf>" + second.split(b"</PmtInf>")[0] + b"</PmtInf></CstmrCdtTrfInitn>"
    )

    answer = sender.send_xml(content)

    assert (answer.status_code, "several_debtor_accounts" in codes(answer)) == (422, True), answer.json()
    assert not Payment.objects.exists()
