"""A batch's files: GBAT10 and JSON, rendered once, refused where a line lacks what the format demands."""

import base64
import hashlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_gateway.ledger.formats.latin1 import latin1_field
from erp_gateway.models import LedgerBatch, LedgerBatchFile

from .builders import Erp, make_agreement, make_erp
from .ledger_builders import line, make_batch, payment_lines, receipt_lines


@pytest.fixture
def erp(db: None) -> Erp:
    """Return an ERP with an agreement."""
    erp = make_erp()
    make_agreement(erp.company)
    return erp


def fetch(erp: Erp, batch: LedgerBatch, name: str, **headers: str) -> Any:
    """Fetch the batch as a file."""
    return erp.get(f"ledger-batches/{batch.pk}/files/{name}", **headers)


def content_of(answer: Any) -> bytes:
    """Return a streamed answer's bytes."""
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows_of(content: bytes) -> list[list[str]]:
    """Return the fields of a GBAT10 file, read as an importer does."""
    assert content.endswith(b"\r\n")
    return [row.split(";") for row in content.decode("iso-8859-1").removesuffix("\r\n").split("\r\n")]


def test_gbat10_has_the_fields_of_the_format(erp: Erp) -> None:
    batch = make_batch(erp.company, [*receipt_lines("a"), *payment_lines("b")])

    rows = rows_of(content_of(fetch(erp, batch, "gbat10")))

    assert all(len(row) == 28 for row in rows)
    bank, receipt = rows[0], rows[1]
    assert bank[:11] == ["GBAT10", "1", "20261125", "6", "11", "2026", "1920", "0", "1250.00", "0", "0"]
    assert (receipt[6], receipt[8], receipt[9], receipt[15], receipt[16]) == (
        "1500",
        "-1250.00",
        "10001",
        "1001",
        "0010017",
    )
    assert (rows[3][6], rows[3][8], rows[3][10], rows[3][26], rows[3][27]) == (
        "2400",
        "12000.00",
        "20044",
        "T",
        "12000.00",
    )


def test_net_and_gross_sum_to_zero_per_voucher(erp: Erp) -> None:
    batch = make_batch(erp.company, [*receipt_lines("a"), *payment_lines("b")])
    sums: dict[str, Decimal] = {}

    for row in rows_of(content_of(fetch(erp, batch, "gbat10"))):
        for field in (8, 27):
            sums[f"{row[1]} {field}"] = sums.get(f"{row[1]} {field}", Decimal(0)) + Decimal(row[field])

    assert sums == {"1 8": 0, "1 27": 0, "2 8": 0, "2 27": 0}


def test_texts_can_not_break_out_of_their_field(erp: Erp) -> None:
    nasty = 'Blåbær; "1920";\r\nGBAT10;9 – ł\u2028x'
    lines = [line("1", "1920", -5, text=nasty), line("1", "2400", 5, supplier="7", document="A;B", text=nasty * 9)]

    rows = rows_of(content_of(fetch(erp, make_batch(erp.company, lines), "gbat10")))

    assert len(rows) == 2
    assert all(len(row) == 28 for row in rows)
    assert rows[0][20] == "Blåbær 1920 GBAT109 - l x"
    assert (len(rows[1][20]), rows[1][15]) == (100, "AB")


def test_a_control_account_without_its_subledger_is_refused_with_the_lines(erp: Erp) -> None:
    lines = [line("1", "1920", -5), line("1", "2400", 5), line("2", "1920", 7), line("2", "1500", -7)]
    batch = make_batch(erp.company, lines)

    answer = fetch(erp, batch, "gbat10")

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["error_count"]) == (409, "export_refused", 2)
    assert [(error["code"], error["pointer"]) for error in problem["errors"]] == [
        ("line_lacks_supplier", "/lines/1"),
        ("line_lacks_customer", "/lines/3"),
    ]
    assert not LedgerBatchFile.objects.exists()
    assert content_of(fetch(erp, batch, "json"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"account": "24000"}, "line_account_invalid"),
        ({"supplier": "1234567890"}, "line_subledger_invalid"),
        ({"supplier": "7;1920"}, "line_subledger_invalid"),
    ],
)
def test_what_the_format_can_not_carry_is_refused(erp: Erp, fields: dict[str, str], code: str) -> None:
    lines = [line("1", "1920", -5), {**line("1", "2400", 5, supplier="7"), **fields}]

    problem = fetch(erp, make_batch(erp.company, lines), "gbat10").json()

    assert [error["code"] for error in problem["errors"]] == [code]


def test_a_file_is_rendered_once_and_keeps_its_bytes(erp: Erp) -> None:
    batch = make_batch(erp.company)
    first = fetch(erp, batch, "json")
    content = content_of(first)
    erp.post(f"ledger-batches/{batch.pk}/lease", {})

    again = fetch(erp, batch, "json")

    assert content_of(again) == content
    assert first["ETag"] == again["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert first["Content-Digest"] == f"sha-256=:{digest}:"
    assert int(first["Content-Length"]) == len(content)
    assert LedgerBatchFile.objects.count() == 1
    assert fetch(erp, batch, "json", **{"If-None-Match": first["ETag"]}).status_code == 304


def test_the_json_file_holds_the_lines_of_the_api(erp: Erp) -> None:
    batch = make_batch(erp.company)

    document = json.loads(content_of(fetch(erp, batch, "json")))

    assert document["lines"] == erp.get(f"ledger-batches/{batch.pk}/lines").json()["results"]
    assert document["ledger_batch"]["number"] == 1
    assert "status" not in document["ledger_batch"]


def test_a_format_to_come_is_501_and_an_unknown_one_404(erp: Erp) -> None:
    batch = make_batch(erp.company)

    assert fetch(erp, batch, "visma_business").json()["code"] == "not_available"
    assert fetch(erp, batch, "xls").json()["code"] == "format_unknown"


@given(st.text(max_size=200), st.integers(1, 100))
def test_any_text_becomes_a_field_of_latin1_without_separators(text: str, most: int) -> None:
    field = latin1_field(text, most)

    assert len(field) <= most
    assert field.encode("iso-8859-1").isascii() or field
    assert not set(field) & set(";\"'\r\n\t\x85\x0b\x0c\x00")


def test_norwegian_letters_stay_and_decomposed_ones_are_composed() -> None:
    assert latin1_field("Ærlig Øl A\u030as", 30) == "Ærlig Øl Ås"
    assert latin1_field("Łódź – €5", 30) == "Lódz - EUR5"
    assert latin1_field("漢字", 30) == "??"
    assert latin1_field("½ ﬁ", 30) == "½ fi"
