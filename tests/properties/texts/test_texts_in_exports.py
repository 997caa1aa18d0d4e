"""Any text on a ledger line stays in its field of any export; what a format can't carry is refused with its lines."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_gateway.models import LedgerBatchFile
from tests.erp_gateway.builders import Erp, make_agreement, make_erp
from tests.erp_gateway.ledger_builders import line, make_batch
from tests.properties.depth import depth, unhurried
from tests.properties.rehearsal import rehearsal

from .hostile import texts

FIELDS = {"text": 200, "document": 35, "kid": 35, "supplier": 35, "end_to_end_id": 35, "erp_reference": 35}


@pytest.fixture
def erp(db: None) -> Erp:
    erp = make_erp()
    make_agreement(erp.company)
    return erp


def content_of(answer: Any) -> bytes:
    """Return a streamed answer's bytes; no text of the batch stands in a header."""
    assert all("\r" not in value and "\n" not in value for value in answer.headers.values())
    return b"".join(answer.streaming_content)


@unhurried
def test_in_every_format(erp: Erp) -> None:
    @given(st.sampled_from(sorted(FIELDS)).flatmap(lambda name: st.tuples(st.just(name), texts(FIELDS[name]))))
    @depth(examples=25)
    def run(drawn: tuple[str, str]) -> None:
        field, text = drawn
        strange = {"supplier": "20044", "document": "F-1", "text": "Betalt", field: text}
        lines = [line("1", "1920", -500), line("1", "2400", 300, **strange), line("1", "2400", 200, supplier="7")]
        with rehearsal():
            batch = make_batch(erp.company, lines)
            check_json(erp.get(f"ledger-batches/{batch.pk}/files/json"), field, text)
            check_gbat10(erp.get(f"ledger-batches/{batch.pk}/files/gbat10"), field, text)

    run()


def check_json(answer: Any, field: str, text: str) -> None:
    assert answer.status_code == 200
    lines = json.loads(content_of(answer))["lines"]
    assert [one["account"] for one in lines] == ["1920", "2400", "2400"]
    assert lines[1][field] == text
    assert (lines[2]["supplier"], lines[2]["text"]) == ("7", "Betalt faktura")


def check_gbat10(answer: Any, field: str, text: str) -> None:
    if answer.status_code == 409:
        # A number in its subledger is all digits, or nobody could post it.
        assert field == "supplier"
        assert not (text.isascii() and text.isdigit() and len(text) <= 9)
        assert not LedgerBatchFile.objects.filter(format="gbat10").exists()
        return
    content = content_of(answer).decode("iso-8859-1")
    rows = [row.split(";") for row in content.removesuffix("\r\n").split("\r\n")]
    assert [len(row) for row in rows] == [28] * 3
    assert not set(content) & {'"', "'", "\t", "\x0b", "\x0c", "\x85", "\x1c", "\x00", "\x7f"}
    assert sum(Decimal(row[8]) for row in rows) == sum(Decimal(row[27]) for row in rows) == 0
    assert [row[8] for row in rows] == ["-5.00", "3.00", "2.00"]
    place, most = {"document": (15, 25), "kid": (16, 30)}.get(field, (20, 100))
    if field in ("document", "kid", "text") and text.isascii() and text.isalnum():
        assert rows[1][place] == text[:most]
    assert rows[2][20] == "Betalt faktura"
