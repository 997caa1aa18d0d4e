"""`autopay fetch` at a real portal: what lies in the folder, and what the portal thinks of it."""

from decimal import Decimal
from pathlib import Path

import pytest

from erp_gateway.models import BatchStatus, LedgerBatch, LedgerBatchEvent
from tests.erp_gateway.ledger_builders import line, make_batch, payment_lines, receipt_lines

from .builders import Office

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def statuses() -> dict[int, str]:
    return {batch.number: BatchStatus(batch.status).value for batch in LedgerBatch.objects.all()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def batches(office: Office) -> Path:
    """Make a batch out and a batch in, and return a folder that isn't there yet."""
    agreement = office.sender.agreement
    make_batch(office.sender.company, payment_lines(), agreement=agreement)
    make_batch(office.sender.company, receipt_lines(), agreement=agreement, kind="incoming")
    return office.folder / "inbox" / "dnb"


def test_every_ready_batch_becomes_a_file_and_stays_ready(office: Office) -> None:
    folder = batches(office)

    ran = office.autopay.run("fetch", "--to", str(folder))

    assert ran.code == 0, ran.err
    assert names(folder) == ["1-outgoing.csv", "2-incoming.csv"]
    assert statuses() == {1: "ready", 2: "ready"}
    assert not LedgerBatchEvent.objects.filter(event="leased").exists()
    assert "1-outgoing.csv  outgoing  3 lines  " in ran.out
    assert "still ready" in ran.err


def test_each_voucher_sums_to_zero(office: Office) -> None:
    folder = batches(office)

    office.autopay.run("fetch", "--to", str(folder), "--format", "gbat10")

    for path in folder.iterdir():
        rows = [row.split(";") for row in path.read_bytes().decode("iso-8859-1").split("\r\n") if row]
        assert rows
        assert sum(Decimal(row[8]) for row in rows) == 0


def test_with_ack_the_batches_are_reported_posted_once(office: Office) -> None:
    folder = batches(office)

    first = office.autopay.run("fetch", "--to", str(folder), "--ack")
    again = office.autopay.run("fetch", "--to", str(folder), "--ack")

    assert (first.code, again.code) == (0, 0), first.err + again.err
    assert statuses() == {1: "posted", 2: "posted"}
    assert set(LedgerBatch.objects.values_list("voucher_numbers", flat=True)) == {None}
    assert again.out == "No batches are ready to post.\n"
    assert names(folder) == ["1-outgoing.csv", "2-incoming.csv"]


def test_a_file_that_is_there_already_is_left_alone_and_its_batch_may_be_acknowledged(office: Office) -> None:
    folder = batches(office)
    office.autopay.run("fetch", "--to", str(folder))
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}

    again = office.autopay.run("fetch", "--to", str(folder))
    posted = office.autopay.run("fetch", "--to", str(folder), "--ack")

    assert (again.code, posted.code) == (0, 0)
    assert "was there already" in again.out
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert statuses() == {1: "posted", 2: "posted"}


def test_a_file_with_other_content_is_never_written_over(office: Office) -> None:
    folder = batches(office)
    folder.mkdir(parents=True)
    (folder / "1-outgoing.csv").write_text("another company's")

    ran = office.autopay.run("fetch", "--to", str(folder), "--ack")

    assert ran.code == 2
    assert (folder / "1-outgoing.csv").read_text() == "another company's"
    assert "isn't touched" in ran.err
    assert "posted" not in statuses().values()
    assert names(folder) == ["1-outgoing.csv"]


def test_a_batch_that_a_format_refuses_is_listed_and_doesnt_stop_the_others(office: Office) -> None:
    agreement = office.sender.agreement
    make_batch(office.sender.company, [line("1", "1920", -100), line("1", "2400", 100)], agreement=agreement)
    folder = batches(office)

    ran = office.autopay.run("fetch", "--to", str(folder), "--ack")
    as_json = office.autopay.run("fetch", "--to", str(folder), "--format", "json", "--ack")

    assert ran.code == 1
    assert "Batch 1 was not fetched." in ran.err
    assert "Refused (409 export_refused)" in ran.err
    assert "/lines/1" in ran.err
    assert "--format json" in ran.err
    assert as_json.code == 0
    assert names(folder) == ["1-outgoing.json", "2-outgoing.csv", "3-incoming.csv"]
    assert set(statuses().values()) == {"posted"}


def test_a_batch_that_another_program_posts_is_not_posted_here(office: Office) -> None:
    folder = batches(office)
    batch = LedgerBatch.objects.get(number=1)
    office.client.lease(str(batch.pk), seconds=600)

    ran = office.autopay.run("fetch", "--to", str(folder), "--ack")

    assert ran.code == 0
    assert statuses() == {1: "leased", 2: "posted"}
    assert names(folder) == ["2-incoming.csv"]


def test_a_format_that_isnt_there_is_said_to_be_unknown(office: Office) -> None:
    folder = batches(office)

    ran = office.autopay.run("fetch", "--to", str(folder), "--format", "gbat11")

    assert ran.code == 1
    assert "Refused (404 format_unknown)" in ran.err
    assert names(folder) == []


def test_a_folder_that_cannot_be_written_in_is_said_before_anything_is_asked(office: Office) -> None:
    blocked = office.folder / "file"
    blocked.write_text("no folder")

    ran = office.autopay.run("fetch", "--to", str(blocked), "--lang", "nb")

    assert ran.code == 2
    assert "Kan ikke skrive i" in ran.err
