import re

import pytest
from django.test import Client

from companies.models import Company
from payments_in.models import IncomingPayment
from tests.pages.money.builders import count_queries, make_incoming, read, receive_sample


@pytest.fixture
def page(company: Company) -> str:
    return f"/c/{company.pk}/incoming/"


def amounts(html: str) -> list[str]:
    return re.findall(r'card-amount">([^ <]+) ?<', html)


def test_it_shows_whose_a_payment_is_and_where_it_was_posted(signed_in: Client, company: Company, page: str) -> None:
    receive_sample(make_incoming(company), "ocr-giro/own_basic.txt")
    batch = IncomingPayment.objects.values_list("ledger_batch", flat=True).first()

    html = read(signed_in, page)

    assert len(amounts(html)) == 4
    assert "Funnet med KID" in html
    assert "OCR" in html
    assert f'href="/c/{company.pk}/ledger-batches/{batch}/"' in html


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?kid=0010017", 1),
        ("?kid=00%2010017", 1),
        ("?kid=999", 0),
        ("?placement=matched", 4),
        ("?placement=held", 0),
        ("?account=12345678903", 4),
        ("?first=2030-01-01", 0),
        ("?last=2000-01-01", 0),
    ],
)
def test_the_filters_live_in_the_address(
    signed_in: Client, company: Company, page: str, query: str, count: int
) -> None:
    receive_sample(make_incoming(company), "ocr-giro/own_basic.txt")

    assert len(amounts(read(signed_in, page + query))) == count


def test_what_is_held_says_what_to_do(signed_in: Client, company: Company, page: str) -> None:
    agreement = make_incoming(company, unplaced_ledger_account=None)
    receive_sample(agreement, "ocr-giro/own_basic.txt")
    IncomingPayment.objects.filter(kid="0010017").update(ledger_batch=None, matched=False)

    html = read(signed_in, page)

    assert "1 innbetaling er holdt igjen, 1\xa0250,00 NOK" in html
    assert "2900 eller 2990" in html
    assert "Holdt igjen" in html
    assert len(amounts(read(signed_in, f"{page}?placement=held"))) == 1


def test_nothing_yet_says_the_first_step(signed_in: Client, page: str) -> None:
    assert "faktura med KID" in read(signed_in, page)


def test_it_costs_the_same_however_much_came_in(signed_in: Client, company: Company, page: str) -> None:
    agreement = make_incoming(company)
    receive_sample(agreement, "ocr-giro/own_identical_lines.txt")
    before = count_queries(signed_in, page)
    receive_sample(agreement, "ocr-giro/own_basic.txt")

    assert count_queries(signed_in, page) == before
    assert before <= 13
