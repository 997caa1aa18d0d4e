"""Random OCR giro files, written by positions and read back; what netsgiro reads rightly is compared with it too."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import netsgiro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bank_gateway.messages.ocr_giro import lines
from tests.bank_gateway.messages.ocr_giro.files import Assignment, Payment, file_of
from tests.bank_gateway.messages.staged import read

WITHOUT_TEXT = [str(number) for number in range(10, 20)]
# The 40 characters of an item 3: no control characters, and no blanks at the ends, which the record fills with.
TEXTS = st.text(st.sampled_from("abc ÆØÅæøå,;\"'\\.N-09"), min_size=1, max_size=40).filter(
    lambda text: text == text.strip()
)
DATES = st.dates(date(2000, 1, 1), date(2079, 12, 31)).map(lambda day: day.strftime("%d%m%y"))


@st.composite
def payments(draw: st.DrawFn) -> Payment:
    wants_text = draw(st.booleans())
    return Payment(
        amount=draw(st.integers(0, 10**12)),
        type=draw(st.sampled_from(["20", "21"] if wants_text else WITHOUT_TEXT)),
        kid="" if wants_text else draw(st.from_regex(r"[0-9]{1,24}[0-9-]", fullmatch=True)),
        date=draw(DATES),
        part_settlement=draw(st.sampled_from("123")),
        serial=draw(st.sampled_from(["00001", "00002", "99999"])),
        sign=draw(st.sampled_from("0 -")),
        archive_reference=draw(st.sampled_from(["000000000", "000000042", "912345678"])),
        debit_account=draw(st.sampled_from(["00000000000", "86011117947"])),
        text=draw(TEXTS) if wants_text else None,
    )


ASSIGNMENTS = st.lists(
    st.builds(
        Assignment,
        payments=st.lists(payments(), min_size=1, max_size=8),
        number=st.from_regex(r"[0-9]{7}", fullmatch=True),
        account=st.sampled_from(["12345678903", "86011117947"]),
    ),
    max_size=4,
)


def iso(day: str) -> str:
    return f"20{day[4:]}-{day[2:4]}-{day[:2]}"


@settings(max_examples=150, deadline=None)
@given(assignments=ASSIGNMENTS, block=st.integers(1, 400), line_end=st.sampled_from(["\r\n", "\n", ""]))
def test_rows_equal_what_was_written(assignments: list[Assignment], block: int, line_end: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # Blocks smaller than a record too; whether there are lines is told by the first, so that holds one.
        patch.setattr(lines, "BLOCK_BYTES", block + 90)
        tables, header = read(file_of(*assignments, line_end=line_end))

    written = [one for assignment in assignments for one in assignment.payments]
    columns = ("amount", "kid", "type", "message", "debtor_account", "bank_reference")
    assert [tuple(row[column] for column in columns) for row in tables["staged_transaction"]] == [
        (
            str(one.booked),
            one.kid or None,
            f"ocr-{one.type}",
            one.text,
            one.debit_account if one.debit_account.strip("0") else None,
            one.archive_reference if one.archive_reference.strip("0") else None,
        )
        for one in written
    ]
    assert header.transactions == len(written)

    lumps: dict[tuple[str, ...], int] = defaultdict(int)
    for number, assignment in enumerate(assignments, start=1):
        for one in assignment.payments:
            reference = f"{iso(one.date)}/{one.part_settlement}/{one.serial}"
            lumps[(str(number), assignment.number, assignment.account, reference)] += one.booked
    assert {
        (
            str(row["notification_no"]),
            str(row["notification_id"]).rsplit("/", 1)[1],
            str(row["account"]),
            str(row["entry_reference"]),
        ): int(row["amount"] or 0) * (-1 if row["direction"] == "DBIT" else 1)
        for row in tables["staged_entry"]
    } == lumps


@settings(max_examples=60, deadline=None)
@given(
    assignments=st.lists(
        st.builds(
            Assignment,
            payments=st.lists(
                st.builds(
                    Payment,
                    amount=st.integers(0, 10**9),
                    type=st.sampled_from(WITHOUT_TEXT),
                    kid=st.from_regex(r"[0-9]{2,25}", fullmatch=True),
                    date=st.dates(date(2000, 1, 1), date(2068, 12, 31)).map(lambda day: day.strftime("%d%m%y")),
                ),
                min_size=1,
                max_size=6,
            ),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_netsgiro_reads_the_same_payments(assignments: list[Assignment]) -> None:
    """Where netsgiro is right: no signs, no dashes, no free text (it doesn't check sums, nor subtract reversals)."""
    for number, assignment in enumerate(assignments, start=1):
        # Netsgiro takes two assignments of one number for one.
        assignment.number = f"{number:07d}"
    content = file_of(*assignments, line_end="\n")
    tables, header = read(content)

    transmission = netsgiro.parse(content.decode("iso-8859-1"))

    theirs = [
        (str(one.kid).strip(), one.amount, one.debit_account, assignment.account)
        for assignment in transmission.assignments
        for one in assignment.transactions
        if isinstance(one, netsgiro.Transaction)
    ]
    accounts = {row["entry"]: row["account"] for row in tables["staged_entry"]}
    ours = [
        (row["kid"], Decimal(abs(int(row["amount"] or 0))) / 100, row["debtor_account"], accounts[row["entry"]])
        for row in tables["staged_transaction"]
    ]
    assert ours == theirs
    assert [int(assignment.get_total_amount() * 100) for assignment in transmission.assignments] == [
        one.control_sum for one in header.assignments
    ]
