"""PostgreSQL takes the rows as they are: every text comes out of the table as it stood in the file."""

import io

import pytest
from django.db import connection

from bank_gateway.messages.pain001 import PAYMENT_COLUMNS, OrderReader
from tests.bank_gateway.messages.pain001.spelling import (
    creditor,
    creditor_account,
    group,
    order,
    payment,
    plainly,
    tree,
)

AWKWARD = [
    "\\N",
    "\\.",
    "\n\\.\n",
    '"',
    '""',
    ",",
    "a\tb",
    "a\r\nb",
    "\r",
    "\\",
    "'",
    "NULL",
    "%s",
    " ",
    "Æ🙂",
    "&lt;<",
]


@pytest.mark.django_db
def test_awkward_texts_come_out_of_postgresql_as_they_stood() -> None:
    trees = [
        payment(text, creditor(text), creditor_account(), tree("RmtInf", tree("Ustrd", text), tree("Ustrd", text)))
        for text in AWKWARD
    ]
    reader = OrderReader(io.BytesIO(plainly(order(group(*trees)))))
    columns = ", ".join(f"{name} text" for name in PAYMENT_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE staged ({columns}) ON COMMIT DROP")
        for chunk in reader.chunks():
            cursor.copy_expert("COPY staged FROM STDIN (FORMAT csv)", io.BytesIO(chunk.payments_csv))
        cursor.execute("SELECT end_to_end_id, creditor_name, message, kid FROM staged ORDER BY position::int")
        rows = cursor.fetchall()
    assert rows == [(text, text, f"{text}\n{text}", None) for text in AWKWARD]
