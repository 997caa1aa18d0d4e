"""The sample reports and the rules of reading a status."""

from typing import Any

import pytest

from tests.bank_gateway.messages.pain002.documents import PaymentInformation, Reason, Transaction, document, kid
from tests.bank_gateway.messages.staged import SAMPLES, Rows, read

VERSIONS = ("03", "10")
GROUP, PAYMENT_INFORMATION, TRANSACTION = "group", "payment_information", "transaction"
ORDER = "FJV-20261120-0001"


def read_sample(version: str, name: str) -> tuple[list[tuple[str | None, ...]], Any]:
    tables, header = read((SAMPLES / "pain002" / f"own_pain.002.001.{version}_{name}.xml").read_bytes())
    assert {row["original_message_id"] for row in tables["staged_status"]} == {ORDER}
    columns = ("level", "original_payment_information_id", "original_end_to_end_id", "status", "reason_code")
    return [tuple(row[column] for column in columns) for row in tables["staged_status"]], header


def statuses_of(content: bytes) -> Rows:
    return read(content)[0]["staged_status"]


def status_of(transaction: Transaction, *, version: str = "03") -> dict[str, Any]:
    (row,) = statuses_of(document(PaymentInformation([transaction]), version=version))
    return row


@pytest.mark.parametrize("version", VERSIONS)
def test_a_technical_receipt_is_one_status_of_the_whole_order(version: str) -> None:
    rows, header = read_sample(version, "1_technical_actc")

    assert rows == [(GROUP, None, None, "ACTC", None)]
    assert (header.message_id, header.original_message_id, header.group_status) == ("BANK-STS-0001", ORDER, "ACTC")
    assert (header.created_at, header.lines) == ("2026-11-20T08:16:30+01:00", 1)
    assert header.original_message_name == {"03": "pain.001.001.03", "10": "pain.001.001.09"}[version]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "codes", "text"),
    [
        ("1_technical_rjct_ff01", ("FF01", "FF01"), "Schema validation failed at line 31"),
        ("1_duplicate_rjct", ("AM05", "DU01"), f"MsgId {ORDER} already received"),
    ],
)
def test_a_rejected_order_has_its_reason_in_row_and_header(
    version: str, name: str, codes: tuple[str, str], text: str
) -> None:
    code = codes[VERSIONS.index(version)]

    rows, header = read_sample(version, name)

    assert rows == [(GROUP, None, None, "RJCT", code)]
    assert header.group_reasons == ((code, text),)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_partly_accepted_order_states_every_level(version: str) -> None:
    rows, _header = read_sample(version, "2_business_part")

    assert rows == [
        (GROUP, None, None, "PART", None),
        (PAYMENT_INFORMATION, f"{ORDER}-1", None, "PART", None),
        (TRANSACTION, f"{ORDER}-1", "LEV-2026-000101", "RJCT", {"03": "NARR", "10": "RR09"}[version]),
        (TRANSACTION, f"{ORDER}-1", "LEV-2026-000102", "ACCP", None),
        (TRANSACTION, f"{ORDER}-1", "LEV-2026-000103", "ACCP", None),
        (PAYMENT_INFORMATION, f"{ORDER}-2", None, "ACCP", None),
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2_acwc_date_changed", [(TRANSACTION, "-2", "LEV-2026-000104", "ACWC")]),
        ("2_pmtinf_rjct_no_tx", [(GROUP, None, None, "PART"), (PAYMENT_INFORMATION, "-1", None, "RJCT")]),
        (
            "3_duedate_pdng_am04",
            [(PAYMENT_INFORMATION, "-1", None, "PDNG"), (TRANSACTION, "-1", "LEV-2026-000103", "PDNG")],
        ),
        (
            "3_duedate_rjct_after_accp",
            [(TRANSACTION, "-1", "LEV-2026-000103", "RJCT"), (TRANSACTION, "-1", "LEV-2026-000102", "ACSC")],
        ),
    ],
)
def test_each_stated_status_is_one_row_and_nothing_is_inherited(
    version: str, name: str, expected: list[tuple[str | None, ...]]
) -> None:
    rows, _header = read_sample(version, name)

    assert [row[:4] for row in rows] == [
        (level, part and ORDER + part, end_to_end_id, status) for level, part, end_to_end_id, status in expected
    ]


def test_all_text_and_further_codes_are_kept_in_order() -> None:
    reasons = (
        Reason("AM04", ("Manglende dekning", "på konto")),
        Reason(None, ("Se nettbanken",)),
        Reason("NARR"),
        Reason("AM04"),
        Reason("EGEN", proprietary=True),
    )

    row = status_of(Transaction("RJCT", reasons=reasons))

    assert row["reason_code"] == "AM04"
    assert row["reason_text"] == "Manglende dekning\npå konto\nSe nettbanken\nNARR\nEGEN"


def test_wrong_kids_that_the_text_does_not_name_are_named() -> None:
    reference = f"<RmtInf>{kid('0010017')}{kid('0010025')}{kid('RF18539007547034', issuer='ISO')}</RmtInf>"
    reasons = (Reason("RR09", ("Ugyldig KID 0010017",)),)

    rejected = status_of(Transaction("RJCT", reasons=reasons, reference=reference))
    accepted = status_of(Transaction("ACCP", reference=reference))

    assert rejected["reason_text"] == "Ugyldig KID 0010017\nKID 0010025"
    assert accepted["reason_text"] is None


@pytest.mark.parametrize(
    ("transaction", "version", "expected"),
    [
        (Transaction("ACWC", reference="<ReqdExctnDt>2026-11-23</ReqdExctnDt>"), "03", "2026-11-23"),
        (Transaction("ACWC", reference="<ReqdExctnDt><Dt>2026-11-23</Dt></ReqdExctnDt>"), "10", "2026-11-23"),
        (
            Transaction("ACWC", reference="<ReqdExctnDt><DtTm>2026-11-22T23:30:00Z</DtTm></ReqdExctnDt>"),
            "10",
            "2026-11-23",
        ),
        (Transaction("ACWC", accepted_at="2026-11-24T08:00:00+01:00"), "10", "2026-11-24"),
        (Transaction("ACCP", accepted_at="2026-11-24T08:00:00+01:00"), "10", None),
    ],
)
def test_the_date_the_bank_goes_by(transaction: Transaction, version: str, expected: str | None) -> None:
    assert status_of(transaction, version=version)["bank_date"] == expected


def test_ids_and_the_banks_reference_come_as_they_are() -> None:
    row = status_of(Transaction("ACCP", instruction_id=" I 1 ", end_to_end_id="E\t2", bank_reference="DNB1"))

    assert (row["original_instruction_id"], row["original_end_to_end_id"], row["bank_reference"]) == (
        " I 1 ",
        "E\t2",
        "DNB1",
    )


def test_a_status_nobody_knows_is_passed_on() -> None:
    assert status_of(Transaction("ZZZZ"), version="10")["status"] == "ZZZZ"


def test_a_transaction_without_a_status_is_no_row() -> None:
    assert statuses_of(document(PaymentInformation([Transaction(None), Transaction("ACCP")])))[0]["status"] == "ACCP"


def test_other_versions_are_read_as_far_as_they_are_the_same() -> None:
    content = document(PaymentInformation([Transaction("RJCT")]), version="14")
    content = content.replace(b"<TxSts>", b"<NewInThisVersion>1</NewInThisVersion><TxSts>")

    assert statuses_of(content)[0]["status"] == "RJCT"
