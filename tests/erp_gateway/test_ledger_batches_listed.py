"""`GET ledger-batches`, one, its lines: paged, filtered, in the contract's shape."""

import pytest
from django.conf import settings

from .builders import Erp, make_agreement, make_erp
from .ledger_builders import line, make_batch, receipt_lines

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> Erp:
    """Return an ERP with an agreement."""
    erp = make_erp()
    make_agreement(erp.company)
    return erp


def path_of(url: str) -> str:
    """Return what stands behind /api/v1/ in an absolute address of the portal."""
    prefix = f"{settings.PUBLIC_URL}/api/v1/"
    assert url.startswith(prefix)
    return url.removeprefix(prefix)


def test_a_batch_has_the_contracts_shape(erp: Erp) -> None:
    batch = make_batch(erp.company)

    assert erp.get(f"ledger-batches/{batch.pk}").json() == {
        "id": str(batch.pk),
        "number": 1,
        "kind": "outgoing",
        "status": "ready",
        "agreement": str(batch.agreement_id),
        "currency": "NOK",
        "total": "12000.00",
        "line_count": 3,
        "auto_post": False,
        "posting_employee": None,
        "supersedes": None,
        "created": batch.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def test_a_line_has_the_contracts_shape(erp: Erp) -> None:
    batch = make_batch(erp.company, receipt_lines(), kind="incoming")

    page = erp.get(f"ledger-batches/{batch.pk}/lines").json()

    assert page["next"] is None
    assert page["results"][1] == {
        "voucher": "1",
        "account": "1500",
        "debit": "0.00",
        "credit": "1250.00",
        "customer": "10001",
        "supplier": None,
        "kid": "0010017",
        "document": "1001",
        "end_to_end_id": None,
        "erp_reference": None,
        "text": "Innbetaling",
        "date": "2026-11-25",
        "value_date": "2026-11-25",
        "currency": "NOK",
        "currency_amount": None,
        "rate": None,
    }


def test_the_list_is_paged_newest_first(erp: Erp) -> None:
    for _ in range(3):
        make_batch(erp.company)

    first = erp.get("ledger-batches?limit=2").json()
    second = erp.get(path_of(first["next"])).json()

    assert [each["number"] for each in first["results"] + second["results"]] == [3, 2, 1]
    assert second["next"] is None


def test_the_list_is_filtered_by_kind_and_status(erp: Erp) -> None:
    make_batch(erp.company)
    make_batch(erp.company, receipt_lines(), kind="incoming")

    assert [each["number"] for each in erp.get("ledger-batches?kind=incoming").json()["results"]] == [2]
    assert len(erp.get("ledger-batches?status=ready").json()["results"]) == 2
    assert erp.get("ledger-batches?status=posted").json()["results"] == []
    assert erp.get("ledger-batches?status=new").status_code == 400


def test_lines_are_paged_in_order(erp: Erp) -> None:
    lines = [each for number in range(4) for each in (line(str(number), "1920", 5), line(str(number), "2900", -5))]
    batch = make_batch(erp.company, lines)

    first = erp.get(f"ledger-batches/{batch.pk}/lines?limit=5").json()
    second = erp.get(path_of(first["next"])).json()

    assert [each["voucher"] for each in first["results"] + second["results"]] == list("11223344")
    assert second["next"] is None


def test_limits_that_are_none_are_refused(erp: Erp) -> None:
    for limit in ("0", "-1", "x", "1.5"):
        answer = erp.get(f"ledger-batches?limit={limit}")
        assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid")
