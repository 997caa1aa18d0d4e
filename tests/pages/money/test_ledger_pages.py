import json

import pytest
from django.test import Client

from companies.actors import Actor
from companies.models import Company
from erp_gateway.errors import LedgerRefusedError
from erp_gateway.ledger import lease_ledger_batch, report_failed, report_posted
from erp_gateway.models import LedgerBatch
from tests.erp_gateway.ledger_builders import line, make_batch, payment_lines, receipt_lines
from tests.pages.money.builders import count_queries, read
from tests.pages.money.conftest import People, signed_in_as

ERP = Actor.system("erp")


@pytest.fixture
def page(company: Company) -> str:
    return f"/c/{company.pk}/ledger-batches/"


def fail(batch: LedgerBatch, reason: str) -> None:
    lease = lease_ledger_batch(company_id=batch.company_id, batch_id=batch.pk, seconds=60, actor=ERP)
    report_failed(company_id=batch.company_id, batch_id=batch.pk, lease_id=lease.lease_id, reason=reason, actor=ERP)


def post(batch: LedgerBatch) -> None:
    lease = lease_ledger_batch(company_id=batch.company_id, batch_id=batch.pk, seconds=60, actor=ERP)
    report_posted(
        company_id=batch.company_id, batch_id=batch.pk, lease_id=lease.lease_id, voucher_numbers=None, actor=ERP
    )


def test_the_list_shows_what_the_erp_can_fetch(signed_in: Client, company: Company, page: str) -> None:
    make_batch(company)
    make_batch(company, receipt_lines(), kind="incoming")

    html = read(signed_in, page)

    assert "Bunt 1" in html
    assert "Klar til oppdatering" in html
    assert "Bunt 1" not in read(signed_in, f"{page}?kind=incoming")
    assert "Ingen bunt passer" in read(signed_in, f"{page}?status=posted")


def test_a_lease_that_has_ended_is_ready_again(signed_in: Client, company: Company, page: str) -> None:
    batch = make_batch(company)
    lease_ledger_batch(company_id=company.pk, batch_id=batch.pk, seconds=60, actor=ERP)
    assert "Hentes fram til" in read(signed_in, f"{page}{batch.pk}/")

    LedgerBatch.objects.filter(pk=batch.pk).update(lease_expires_at="2020-01-01T00:00:00Z")

    assert "Hentes fram til" not in read(signed_in, f"{page}{batch.pk}/")


def test_lines_stand_by_voucher_and_each_sums_to_the_same_on_both_sides(
    signed_in: Client, company: Company, page: str
) -> None:
    batch = make_batch(company, [*payment_lines("1"), *payment_lines("2")])

    html = read(signed_in, f"{page}{batch.pk}/")

    assert html.count('<table class="table voucher"') == 2
    assert html.count("12\xa0000,00") == 6
    assert "F-5001" in html


def test_files_are_saved_and_never_shown(signed_in: Client, company: Company, page: str) -> None:
    batch = make_batch(company)

    answer = signed_in.get(f"{page}{batch.pk}/files/json/")

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert len(json.loads(body)["lines"]) == 3


def test_a_batch_that_gbat10_cannot_carry_says_which_lines_lack_what(
    signed_in: Client, company: Company, page: str
) -> None:
    lines = [line("1", "1920", -500), line("1", "2400", 500)]
    batch = make_batch(company, lines)

    html = read(signed_in, f"{page}{batch.pk}/files/gbat10/", 409)

    assert "Linje 2" in html
    assert "2400" in html
    assert "Det ble ikke laget noen fil" in html
    read(signed_in, f"{page}{batch.pk}/files/visma_business/", 501)
    read(signed_in, f"{page}{batch.pk}/files/nothing/", 404)


def test_a_failed_batch_is_released_by_an_administrator_with_a_reason(
    company: Company, page: str, people: People
) -> None:
    batch = make_batch(company)
    fail(batch, "Kontoen er sperret")
    client = signed_in_as(people["autopay_administrator"])
    assert "Kontoen er sperret" in read(client, f"{page}{batch.pk}/")

    client.post(f"{page}{batch.pk}/release/", {"reason": " "})
    assert "Oppgi en begrunnelse" in read(client, f"{page}{batch.pk}/")
    client.post(f"{page}{batch.pk}/release/", {"reason": "Kontoen er åpnet"})

    html = read(client, f"{page}{batch.pk}/")
    assert "Klar til oppdatering" in html
    assert "Kontoen er åpnet" in html


def test_a_posted_batch_is_reopened_only_once(company: Company, page: str, people: People) -> None:
    batch = make_batch(company)
    post(batch)
    client = signed_in_as(people["autopay_administrator"])
    assert "står alt dobbelt i hovedboken" in read(client, f"{page}{batch.pk}/")

    client.post(f"{page}{batch.pk}/reopen/", {"reason": "Tapt"})
    client.post(f"{page}{batch.pk}/reopen/", {"reason": "Tapt"})

    assert "ikke oppdatert" in read(client, f"{page}{batch.pk}/")
    batch.refresh_from_db()
    assert batch.status == "ready"


def test_pages_cost_the_same_however_much_there_is(signed_in: Client, company: Company, page: str) -> None:
    small = make_batch(company)
    before = [count_queries(signed_in, page), count_queries(signed_in, f"{page}{small.pk}/")]
    large = make_batch(company, [each for number in range(20) for each in payment_lines(str(number))])
    for _ in range(5):
        make_batch(company)

    assert [count_queries(signed_in, page), count_queries(signed_in, f"{page}{large.pk}/")] == before
    assert max(before) <= 16, before


def test_a_report_under_a_lost_lease_warns_on_the_batchs_page(signed_in: Client, company: Company, page: str) -> None:
    batch = make_batch(company)
    lost = lease_ledger_batch(company_id=company.pk, batch_id=batch.pk, seconds=60, actor=ERP)
    LedgerBatch.objects.filter(pk=batch.pk).update(lease_expires_at="2020-01-01T00:00:00Z")
    post(batch)
    with pytest.raises(LedgerRefusedError):
        report_posted(company_id=company.pk, batch_id=batch.pk, lease_id=lost.lease_id, voucher_numbers=None, actor=ERP)

    assert "kan være bokført to ganger" in read(signed_in, f"{page}{batch.pk}/")
