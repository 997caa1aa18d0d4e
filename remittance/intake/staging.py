"""The tables through which every order passes, XML and JSON alike, and the rules that PostgreSQL applies on the way.

The columns that are generated are computed while the rows stream in, by the database's process beside the
reader's: at the end of the file the amounts are known and every payment is judged.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from autopay_portal.core.copying import copy_csv
from bank_gateway.messages.pain001 import DOCUMENT_COLUMNS, PAYMENT_COLUMNS

# What an order as JSON says besides.
JSON_COLUMNS = (*PAYMENT_COLUMNS, "ledger_amount")

# The faults of one payment, a bit each.
AMOUNT_INVALID = 1
ACCOUNT_INVALID = 2
KID_INVALID = 4
KID_AND_MESSAGE = 8
CONTROL_CHARACTERS = 16
OUTSIDE_LATIN1 = 32
FOREIGN = 64
NAME_MISSING = 128
# Found over the documents and the group, after the file has been read.
REFERENCE_MISSING = 256
DOCUMENTS_INVALID = 512
SUM_OF_DOCUMENTS = 1024
END_TO_END_ID_INVALID = 2048
KIND_UNKNOWN = 4096

CONTROL_CHARACTER = "[\\x01-\\x1f\\x7f-\\x9f]"
NO_LATIN1_CHARACTER = "[^\\u0001-\\u00ac\\u00ae-\\u00ff]"
# ISO 20022's amounts and sums have 18 digits; here two of them are øre.
MOST_MINOR = 999_999_999_999_999_999

_ALL_TEXT = (
    "coalesce(end_to_end_id, '') || coalesce(instruction_id, '') || coalesce(creditor_name, '')"
    " || coalesce(street, '') || coalesce(building_number, '') || coalesce(postcode, '') || coalesce(town, '')"
    " || coalesce(supplier_number, '') || coalesce(replace(address_lines, E'\\n', ''), '')"
)
# A message's lines are joined by a newline; one more than that stood inside a line.
_MESSAGE = "CASE WHEN unstructured_count > 1 THEN replace(message, E'\\n', '') ELSE message END"
# All that a bank prints or repeats of a payment.
TEXT = f"({_ALL_TEXT} || coalesce({_MESSAGE}, ''))"
_LINES_ADD_UP = (
    "coalesce(length(message) - length(replace(message, E'\\n', '')), 0) > greatest(unstructured_count - 1, 0)"
)
# Lines become elements of their own: seven at most, none of them empty.
_ADDRESS_LINES = (
    "coalesce(address_lines ~ '(^|\\n)(\\n|$)'"
    " OR length(address_lines) - length(replace(address_lines, E'\\n', '')) > 6, false)"
)
_NOK = "(amount::numeric * 100)"

_CREATE = f"""
DROP TABLE IF EXISTS pg_temp.staged_payment, pg_temp.staged_document, pg_temp.staged_group, pg_temp.staged_documents;
CREATE TEMP TABLE staged_payment (
    position int, group_no int, line int, instruction_id text, end_to_end_id text, amount text, currency text,
    creditor_name text, creditor_account text, creditor_account_scheme text, creditor_bic text, creditor_country text,
    street text, building_number text, postcode text, town text, address_lines text, supplier_number text, kid text,
    message text, charge_bearer text, regulatory_code text, regulatory_text text, category_purpose text,
    service_level text, instruction_priority text, structured_count int, unstructured_count int, unsupported text,
    informed text, ledger_amount bigint,
    -- The bank's day of a payment whose own kind is another than its group's (see days.py).
    bank_date date,
    -- Half øre are cut, and the payment refused for them below; null where it is no amount of a bigint.
    minor bigint GENERATED ALWAYS AS (
        CASE WHEN {_NOK} BETWEEN 0 AND {MOST_MINOR} THEN trunc({_NOK})::bigint END) STORED,
    account text GENERATED ALWAYS AS (
        coalesce(norway_account_of(creditor_account), creditor_account)) STORED,
    flags int GENERATED ALWAYS AS (
        CASE WHEN {_NOK} <= 0 OR {_NOK} > {MOST_MINOR} OR {_NOK} <> trunc({_NOK}) THEN {AMOUNT_INVALID} ELSE 0 END
        | CASE WHEN norway_account_ok(norway_account_of(creditor_account))
                    AND coalesce(creditor_account_scheme, 'BBAN') <> 'other' THEN 0 ELSE {ACCOUNT_INVALID} END
        | CASE WHEN kid IS NULL OR norway_kid_ok(kid) THEN 0 ELSE {KID_INVALID} END
        | CASE WHEN structured_count > 0 AND unstructured_count > 0 THEN {KID_AND_MESSAGE} ELSE 0 END
        | CASE WHEN {TEXT} ~ '{CONTROL_CHARACTER}' OR {_LINES_ADD_UP} OR {_ADDRESS_LINES}
               THEN {CONTROL_CHARACTERS} ELSE 0 END
        | CASE WHEN octet_length({TEXT}) <> char_length({TEXT}) AND {TEXT} ~ '{NO_LATIN1_CHARACTER}'
               THEN {OUTSIDE_LATIN1} ELSE 0 END
        | CASE WHEN currency <> 'NOK' OR creditor_account ~ '^(?!NO)[A-Z]{{2}}[0-9]{{2}}'
                    OR creditor_country <> 'NO' OR substr(creditor_bic, 5, 2) <> 'NO'
                    OR num_nonnulls(regulatory_code, regulatory_text) > 0 THEN {FOREIGN} ELSE 0 END
        | CASE WHEN btrim(coalesce(creditor_name, '')) = '' THEN {NAME_MISSING} ELSE 0 END
        | CASE WHEN end_to_end_id <> btrim(end_to_end_id) OR end_to_end_id IN ('', 'NOTPROVIDED')
               THEN {END_TO_END_ID_INVALID} ELSE 0 END
        | CASE WHEN category_purpose NOT IN ('SUPP', 'SALA', 'PENS', 'TAXS', 'INTC') THEN {KIND_UNKNOWN} ELSE 0 END
    ) STORED
) ON COMMIT DROP;
CREATE TEMP TABLE staged_document (
    position int, number int, type text, document_number text, amount text, currency text, kid text, date text,
    line int
) ON COMMIT DROP;
CREATE TEMP TABLE staged_group (
    group_no int PRIMARY KEY, asked_date date, bank_date date, category text, urgent boolean, batch_booking boolean,
    charges text
) ON COMMIT DROP;
"""


def create_staging(cursor: Any) -> None:
    """Create the staging tables of the current transaction; they go with it."""
    cursor.execute(_CREATE)


def copy_payments(cursor: Any, chunks: Iterable[bytes], *, columns: Sequence[str] = PAYMENT_COLUMNS) -> int:
    """COPY rows of `columns` and return how many PostgreSQL took."""
    return copy_csv(cursor, table="staged_payment", columns=columns, chunks=chunks)


def copy_documents(cursor: Any, chunks: Iterable[bytes]) -> int:
    """COPY rows of DOCUMENT_COLUMNS and return how many PostgreSQL took."""
    return copy_csv(cursor, table="staged_document", columns=DOCUMENT_COLUMNS, chunks=chunks)


# COPY extends a table by up to 64 blocks at once, and the next one may begin in those that the last left empty.
_EXTENDED_BLOCKS = 128


def block_of_new_rows(cursor: Any) -> int:
    """Return a block of staged_payment before which no row will land that is copied next."""
    cursor.execute("SELECT pg_relation_size('pg_temp.staged_payment') / current_setting('block_size')::int")
    return max(int(cursor.fetchone()[0]) - _EXTENDED_BLOCKS, 0)
