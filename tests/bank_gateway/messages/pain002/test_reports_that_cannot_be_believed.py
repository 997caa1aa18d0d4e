"""Reports that are broken or leave something to guess."""

import pytest

from tests.bank_gateway.messages.pain002.documents import PaymentInformation, Reason, Transaction, document
from tests.bank_gateway.messages.staged import error_codes

WHOLE = document(
    PaymentInformation([Transaction("RJCT", reasons=(Reason("AM04", ("Tekst",)),))], status="PART"), status="PART"
)


def changed(before: str, after: str, *, content: bytes = WHOLE) -> bytes:
    assert content.count(before.encode()) >= 1
    return content.replace(before.encode(), after.encode(), 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (changed("<MsgId>S-1</MsgId>", ""), "element_missing"),
        (changed("2026-11-20T08:16:30+01:00", "2026-11-20"), "date_unreadable"),
        (changed("<OrgnlMsgId>M-1</OrgnlMsgId>", ""), "element_missing"),
        (changed("<OrgnlMsgNmId>pain.001.001.03</OrgnlMsgNmId>", ""), "element_missing"),
        (changed("<GrpSts>PART</GrpSts>", "<GrpSts/>"), "element_missing"),
        (changed("<GrpSts>PART</GrpSts>", "<GrpSts>PARTLY</GrpSts>"), "code_unknown"),
        (changed("<GrpSts>PART</GrpSts>", "<GrpSts>PART</GrpSts>" * 2), "element_repeated"),
        (changed("<OrgnlPmtInfId>P-1</OrgnlPmtInfId>", ""), "element_missing"),
        (changed("<PmtInfSts>PART</PmtInfSts>", "<PmtInfSts>PART</PmtInfSts>" * 2), "element_repeated"),
        (changed("<TxSts>RJCT</TxSts>", "<TxSts></TxSts>"), "code_unknown"),
        (changed("<TxSts>RJCT</TxSts>", "<TxSts>RJCT</TxSts><TxSts>ACCP</TxSts>"), "element_repeated"),
        (changed("<TxSts>RJCT</TxSts>", "<TxStatus>RJCT</TxStatus>"), "element_not_expected"),
        (changed("<TxSts>", "<AccptncDtTm>i morgen</AccptncDtTm><TxSts>"), "date_unreadable"),
        (
            changed("<OrgnlInstrId>1</OrgnlInstrId><OrgnlEndToEndId>E-1</OrgnlEndToEndId>", ""),
            "element_missing",
        ),
        (changed("<Cd>AM04</Cd>", "<Cd>AM04</Cd><Prtry>X</Prtry>"), "element_not_expected"),
        (changed("</CstmrPmtStsRpt>", "<TxInfAndSts/></CstmrPmtStsRpt>"), "element_not_expected"),
        (changed("</CstmrPmtStsRpt>", "<Unknown/></CstmrPmtStsRpt>"), "element_not_expected"),
        (changed("</OrgnlGrpInfAndSts>", "<Unknown/></OrgnlGrpInfAndSts>"), "element_not_expected"),
        (changed("Tekst", "Te\x85kst"), "control_character"),
    ],
)
def test_what_is_missing_or_ambiguous_makes_the_report_unreadable(content: bytes, code: str) -> None:
    assert error_codes(content) == [code]


def test_a_report_without_its_order_is_unreadable() -> None:
    start, end = (
        WHOLE.index(b"<OrgnlGrpInfAndSts>"),
        WHOLE.index(b"</OrgnlGrpInfAndSts>") + len(b"</OrgnlGrpInfAndSts>"),
    )

    assert error_codes(WHOLE[:start] + WHOLE[end:]) == ["element_missing"]


def test_a_report_cut_off_anywhere_is_unreadable() -> None:
    content = document(*[PaymentInformation([Transaction("ACCP") for _ in range(5)], status="ACCP")] * 4, status="ACCP")

    for end in range(0, len(content), 100):
        assert error_codes(content[:end]), end


def test_a_document_type_is_refused() -> None:
    assert error_codes(b'<!DOCTYPE Document [<!ENTITY a "x">]>' + WHOLE) == ["message_not_recognised"]


def test_a_part_whose_status_changes_after_its_transactions_is_refused() -> None:
    content = document(PaymentInformation([Transaction("ACCP") for _ in range(650)], status="ACCP"))
    late = content.replace(b"<PmtInfSts>ACCP</PmtInfSts>", b"").replace(
        b"</OrgnlPmtInfAndSts>", b"<PmtInfSts>RJCT</PmtInfSts></OrgnlPmtInfAndSts>"
    )

    assert error_codes(late) == ["element_not_expected"]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("<TxSts>ACCP</TxSts>", "<TxSts></TxSts>", "code_unknown"),
        ("<TxSts>ACCP</TxSts>", "<TxSts>ACCEPTED</TxSts>", "code_unknown"),
        ("<AccptncDtTm>2026-11-20T08:00:00+01:00</AccptncDtTm>", "<AccptncDtTm></AccptncDtTm>", "date_unreadable"),
        ("<AccptncDtTm>2026-11-20T08:00:00+01:00</AccptncDtTm>", "<AccptncDtTm>i går</AccptncDtTm>", "date_unreadable"),
    ],
)
def test_what_is_wrong_in_one_of_many_statuses_of_a_shape_is_wrong_as_in_the_first(
    before: str, after: str, code: str
) -> None:
    accepted = [Transaction("ACCP", accepted_at="2026-11-20T08:00:00+01:00") for _ in range(4)]
    start, _, end = document(PaymentInformation(accepted)).rpartition(before.encode())

    assert start
    assert error_codes(start + after.encode() + end) == [code]
