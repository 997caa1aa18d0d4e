"""Rules of reading a notification that the samples don't show."""

import json
from typing import Any

import pytest

from tests.bank_gateway.messages.camt054.documents import (
    Entry,
    Notification,
    Transaction,
    document,
    one_entry,
    one_transaction,
    structured,
)
from tests.bank_gateway.messages.staged import read


def entry_of(content: bytes) -> dict[str, Any]:
    (entry,) = read(content)[0]["staged_entry"]
    return entry


def transaction_of(content: bytes) -> dict[str, Any]:
    (transaction,) = read(content)[0]["staged_transaction"]
    return transaction


def with_remittance(xml: str) -> dict[str, Any]:
    return transaction_of(one_transaction(Transaction(more=f"<RmtInf>{xml}</RmtInf>")))


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ("<Othr><Id>12345678903</Id></Othr>", "12345678903"),
        ("<Othr><Id>1234.56.78903</Id></Othr>", "12345678903"),
        ("<Othr><Id>1234 56 78903</Id></Othr>", "12345678903"),
        ("<IBAN>NO9386011117947</IBAN>", "86011117947"),
        ("<IBAN>NO9486011117947</IBAN>", "NO9486011117947"),
        ("<IBAN>SE4550000000058398257466</IBAN>", "SE4550000000058398257466"),
    ],
)
def test_a_norwegian_account_becomes_its_eleven_digits(account: str, expected: str) -> None:
    assert entry_of(document(Notification([Entry()], account=account)))["account"] == expected


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("0", "NOK", 0),
        ("0.00", "NOK", 0),
        ("1250", "NOK", 125000),
        ("1250.5", "NOK", 125050),
        (".5", "NOK", 50),
        ("+7.00", "NOK", 700),
        (" 1.00000 ", "NOK", 100),
        ("1250", "JPY", 1250),
        ("1250.00", "JPY", 1250),
        ("1.234", "KWD", 1234),
        ("92233720368547758.07", "NOK", 2**63 - 1),
    ],
)
def test_an_amount_becomes_whole_minor_units_of_its_currency(amount: str, currency: str, minor: int) -> None:
    entry = entry_of(one_entry(Entry(amount=amount, currency=currency)))

    assert (entry["amount"], entry["currency"]) == (str(minor), currency)


def test_a_reversal_inside_a_credit_lump_is_negative() -> None:
    lump = Entry([Transaction("300.00"), Transaction("100.00", direction="DBIT")], amount="200.00")

    tables, _header = read(one_entry(lump))

    assert [(row["amount"], row["direction"]) for row in tables["staged_transaction"]] == [
        ("30000", "CRDT"),
        ("-10000", "DBIT"),
    ]
    assert tables["staged_entry"][0]["sum_matches"] == "True"


def test_transactions_that_do_not_add_up_to_their_entry_are_flagged_and_read() -> None:
    entry = entry_of(one_entry(Entry([Transaction("99.99")], amount="100.00")))

    assert (entry["sum_matches"], entry["transaction_count"]) == ("False", "1")


def test_a_transaction_in_another_currency_makes_the_sum_unknown() -> None:
    assert entry_of(one_entry(Entry([Transaction(currency="EUR")])))["sum_matches"] == "False"


def test_a_lump_without_details_counts_what_the_batch_says() -> None:
    batch = "<Btch><MsgId>M</MsgId><PmtInfId>P</PmtInfId><NbOfTxs>17</NbOfTxs></Btch>"
    entry = entry_of(one_entry(Entry(batch=batch)))

    assert (entry["transaction_count"], entry["batch_count"], entry["sum_matches"]) == ("17", "17", None)
    assert (entry["batch_message_id"], entry["batch_payment_information_id"]) == ("M", "P")


def test_batches_of_different_orders_in_one_entry_leave_the_ids_open_and_add_their_counts() -> None:
    batches = "</NtryDtls><NtryDtls>".join(
        f"<Btch><MsgId>M</MsgId><PmtInfId>P{number}</PmtInfId><NbOfTxs>{number}</NbOfTxs></Btch>" for number in (1, 2)
    )
    entry = entry_of(one_entry(Entry(batch=batches)))

    columns = ("batch_message_id", "batch_payment_information_id", "batch_count", "transaction_count")
    assert [entry[column] for column in columns] == ["M", None, "3", "3"]


def test_the_only_transaction_without_an_amount_is_the_whole_entry() -> None:
    content = one_transaction(Transaction("75.00"), version="02").replace(
        b'<AmtDtls><TxAmt><Amt Ccy="NOK">75.00</Amt></TxAmt></AmtDtls>', b""
    )

    assert transaction_of(content)["amount"] == "7500"
    assert entry_of(content)["sum_matches"] == "True"


def test_one_of_several_transactions_without_an_amount_stays_unknown() -> None:
    lump = Entry([Transaction("75.00"), Transaction("25.00")])
    content = one_entry(lump, version="02").replace(
        b'<AmtDtls><TxAmt><Amt Ccy="NOK">75.00</Amt></TxAmt></AmtDtls>', b""
    )

    tables, _header = read(content)

    assert [row["amount"] for row in tables["staged_transaction"]] == [None, "2500"]
    assert tables["staged_entry"][0]["sum_matches"] == "False"


def test_the_amount_in_the_accounts_currency_is_the_transactions() -> None:
    foreign = Transaction(
        "10.00",
        currency="EUR",
        before_parties='<AmtDtls><InstdAmt><Amt Ccy="EUR">10.00</Amt></InstdAmt><TxAmt><Amt Ccy="NOK">117.50</Amt>'
        "<CcyXchg><SrcCcy>EUR</SrcCcy><TrgtCcy>NOK</TrgtCcy><UnitCcy>EUR</UnitCcy><XchgRate>11.75</XchgRate></CcyXchg>"
        "</TxAmt></AmtDtls>",
    )

    content = one_entry(Entry([foreign], amount="117.50"))

    row = transaction_of(content)
    assert (row["amount"], row["currency"]) == ("11750", "NOK")
    assert (row["instructed_amount"], row["instructed_currency"]) == ("1000", "EUR")
    exchange = [row[f"exchange_{name}"] for name in ("rate", "source_currency", "target_currency", "unit_currency")]
    assert exchange == ["11.75", "EUR", "NOK", "EUR"]
    assert entry_of(content)["sum_matches"] == "True"


def test_charges_add_up_and_a_refunded_one_counts_against_them() -> None:
    charges = (
        '<Chrgs><Rcrd><Amt Ccy="NOK">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd></Rcrd>'
        '<Rcrd><Amt Ccy="NOK">1.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>'
    )
    row = transaction_of(one_transaction(Transaction(before_parties=charges)))
    entry = entry_of(one_entry(Entry(before_details=charges)))

    expected = ("350", "NOK", "True")
    assert (row["charges"], row["charges_currency"], row["charges_included"]) == expected
    assert (entry["charges"], entry["charges_currency"], entry["charges_included"]) == expected


def test_charges_of_the_old_version_are_a_list() -> None:
    charges = "".join(f'<Chrgs><Amt Ccy="NOK">{amount}</Amt></Chrgs>' for amount in ("2.00", "3.00"))

    row = transaction_of(one_transaction(Transaction(before_parties=charges), version="02"))

    assert (row["charges"], row["charges_currency"], row["charges_included"]) == ("500", "NOK", None)


def test_an_iso_reference_is_no_kid() -> None:
    for reference in (structured("RF18539007547034", issuer="ISO"), structured("RF18539007547034")):
        row = with_remittance(reference)
        assert (row["kid"], row["creditor_reference"]) == (None, "RF18539007547034")


def test_a_kid_keeps_its_leading_zeros_and_its_dash() -> None:
    assert with_remittance(structured(" 000100008- "))["kid"] == "000100008-"


def test_several_kids_in_one_payment_are_listed_and_none_is_chosen() -> None:
    amounts = '<RfrdDocAmt><RmtdAmt Ccy="NOK">{}</RmtdAmt></RfrdDocAmt>'
    row = with_remittance(
        structured("0010017", more=amounts.format("60.00")) + structured("0010025", more=amounts.format("40.00"))
    )

    assert row["kid"] is None
    assert json.loads(row["documents"]) == [
        {"kid": "0010017", "remitted": 6000, "remitted_currency": "NOK"},
        {"kid": "0010025", "remitted": 4000, "remitted_currency": "NOK"},
    ]


def test_a_lone_kid_paid_in_full_needs_no_list() -> None:
    row = with_remittance(structured("0010017", more='<RfrdDocAmt><RmtdAmt Ccy="NOK">100.00</RmtdAmt></RfrdDocAmt>'))

    assert (row["kid"], row["documents"]) == ("0010017", None)


def test_the_message_is_every_line_of_free_text() -> None:
    assert transaction_of(one_transaction(Transaction(lines=("Første", "Andre"))))["message"] == "Første\nAndre"
    assert (
        with_remittance("<Strd><AddtlRmtInf>En</AddtlRmtInf><AddtlRmtInf>To</AddtlRmtInf></Strd>")["message"]
        == "En\nTo"
    )


def test_ids_that_the_bank_calls_not_provided_are_none() -> None:
    row = transaction_of(
        one_transaction(
            Transaction(end_to_end_id="NOTPROVIDED", instruction_id="NOTPROVIDED", payment_information_id="NOTPROVIDED")
        )
    )

    assert (row["end_to_end_id"], row["instruction_id"], row["payment_information_id"]) == (None, None, None)


def test_times_are_days_in_norway() -> None:
    content = one_entry(Entry())
    content = content.replace(b"<BookgDt><Dt>2026-11-23</Dt>", b"<BookgDt><DtTm>2026-11-23T23:30:00Z</DtTm>")
    content = content.replace(b"<ValDt><Dt>2026-11-24</Dt>", b"<ValDt><Dt>2026-11-24+01:00</Dt>")

    entry = entry_of(content)

    assert (entry["booking_date"], entry["value_date"]) == ("2026-11-24", "2026-11-24")


def test_entries_keep_their_notification_and_account_in_a_file_of_several() -> None:
    tables, header = read(
        document(
            Notification([Entry([Transaction()]), Entry()], id="N-1"),
            Notification([], id="N-2", account="<Othr><Id>86011117947</Id></Othr>"),
            Notification([Entry([Transaction()])], id="N-3", account="<Othr><Id>86011117947</Id></Othr>"),
        )
    )

    columns = ("entry", "notification_id", "notification_no", "account")
    assert [tuple(row[column] for column in columns) for row in tables["staged_entry"]] == [
        ("1", "N-1", "1", "12345678903"),
        ("2", "N-1", "1", "12345678903"),
        ("3", "N-3", "3", "86011117947"),
    ]
    assert [(one.id, one.account, one.entries) for one in header.notifications] == [
        ("N-1", "12345678903", 2),
        ("N-2", "86011117947", 0),
        ("N-3", "86011117947", 1),
    ]


def test_the_header_says_what_the_notification_says_of_itself() -> None:
    head = (
        "<FrToDt><FrDtTm>2026-11-23T00:00:00</FrDtTm><ToDtTm>2026-11-23T23:59:59</ToDtTm></FrToDt>"
        "<CpyDplctInd>DUPL</CpyDplctInd>"
    )
    summary = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>"

    _tables, header = read(document(Notification([Entry()], head=head, summary=summary)))

    (notification,) = header.notifications
    assert (header.message_id, header.created_at) == ("M-1", "2026-11-23T17:35:00+01:00")
    assert (notification.period_from, notification.period_to) == ("2026-11-23T00:00:00", "2026-11-23T23:59:59")
    assert (notification.copy_indicator, notification.summary_matches) == ("DUPL", False)


def test_lines_are_counted_far_beyond_the_limit_of_sixteen_bits() -> None:
    content = document(Notification([Entry([Transaction()]), Entry([Transaction()])]))
    content = content.replace(b"<Ntry>", b"\n" * 70_000 + b"<Ntry>")

    tables, _header = read(content)

    lines = [
        str(part.count(b"\n") + 1)
        for part in (content[: content.index(b"<Ntry>")], content[: content.rindex(b"<Ntry>")])
    ]
    assert [row["line"] for row in tables["staged_entry"]] == lines
    assert [row["line"] for row in tables["staged_transaction"]] == lines
