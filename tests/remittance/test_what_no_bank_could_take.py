"""Orders that a bank couldn't take, or would carry out otherwise than they say, are refused at the door."""

from typing import Any

import pytest

from remittance.models import Payment, Remittance
from remittance.services.advance import advance_remittance

from .builders import CREDITOR_ACCOUNT, Sender, codes, make_sender, order, payment

CREDITOR = {"name": "Strøm & Nett AS", "account": CREDITOR_ACCOUNT}


def invoice(**changes: Any) -> dict[str, Any]:
    return payment(kid=None, documents=[{"type": "invoice", "number": "F-1", "amount": "1250.00", **changes}])


def xml(*, amount: str = "10.00", group: str = "", kind: str = "", more: str = "", reference: str = "") -> bytes:
    """Return a pain.001.001.03 of one payment; `group` and `more` stand in PmtInf and CdtTrfTxInf."""
    reference = reference or "<Ustrd>Faktura 1</Ustrd>"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-24T08:00:00</CreDtTm><NbOfTxs>1</NbOfTxs><InitgPty><Nm>A</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>P-1</PmtInfId><PmtMtd>TRF</PmtMtd>{group}<ReqdExctnDt>2026-11-25</ReqdExctnDt><Dbtr><Nm>A</Nm></Dbtr>
<DbtrAcct><Id><Othr><Id>12345678903</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId><BIC>DNBANOKK</BIC></FinInstnId></DbtrAgt>
<CdtTrfTxInf><PmtId><EndToEndId>E-1</EndToEndId></PmtId>{kind}<Amt><InstdAmt Ccy="NOK">{amount}</InstdAmt></Amt>
{more}<Cdtr><Nm>Strøm AS</Nm></Cdtr><CdtrAcct><Id><Othr><Id>86011117947</Id></Othr></Id></CdtrAcct>
<RmtInf>{reference}</RmtInf></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>""".encode()


def structured(amount: str) -> str:
    tag = f'<RfrdDocAmt><RmtdAmt Ccy="NOK">{amount}</RmtdAmt></RfrdDocAmt>'
    return f"<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>F-1</Nb></RfrdDocInf>{tag}</Strd>"


REGULATORY = xml().replace(b"<RmtInf>", b"<RgltryRptg><Dtls><Cd>14</Cd></Dtls></RgltryRptg><RmtInf>")
SCOR = "<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"execution_date": "2026-W48-3"}, "member_invalid"),
        ({"creditor": {**CREDITOR, "bic": "DNB NOKK"}}, "member_invalid"),
        ({"creditor": {**CREDITOR, "bic": "    NO  "}}, "member_invalid"),
        ({"kid": None, "message": "\u200b"}, "characters_invalid"),
        ({"kid": None, "message": "Hei\n\u200b\nder"}, "characters_invalid"),
        ({"creditor": {**CREDITOR, "address": {"street": "…" * 40}}}, "characters_invalid"),
        ({"creditor": {**CREDITOR, "address": {"town": "\u200b"}}}, "characters_invalid"),
    ],
)
def test_json_that_no_file_for_the_bank_could_carry(sender: Sender, changes: dict[str, Any], code: str) -> None:
    answer = sender.send_json(order(payment(**changes)))

    assert answer.status_code == 422, answer.json()
    assert codes(answer) == [code]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "Ω-1"}, "characters_invalid"),
        ({"number": "F\n1"}, "characters_invalid"),
        ({"number": "F\x851"}, "characters_invalid"),
        ({"date": "2026-W48-3"}, "member_invalid"),
    ],
)
def test_the_texts_of_documents_follow_the_rules_of_texts(sender: Sender, changes: dict[str, Any], code: str) -> None:
    answer = sender.send_json(order(invoice(**changes)))

    assert answer.status_code == 422, answer.json()
    assert codes(answer) == [code]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (xml(amount="999999999999999999", reference=structured("999999999999999999")), "amount_invalid"),
        (xml(reference=structured("999999999999999999")), "document_invalid"),
        (xml(kind="<PmtTpInf><CtgyPurp><Cd>CASH</Cd></CtgyPurp></PmtTpInf>"), "element_not_supported"),
        (REGULATORY, "foreign_not_supported"),
    ],
)  # fmt: skip
def test_xml_that_asks_for_what_is_not_carried(sender: Sender, content: bytes, code: str) -> None:
    answer = sender.send_xml(content)

    assert answer.status_code == 422, answer.json()
    assert code in codes(answer)


def test_a_sum_beyond_what_accounts_are_kept_in_is_refused(sender: Sender) -> None:
    answer = sender.send_json(order(*[payment(n, amount="999999999999999.99") for n in range(100)]))

    assert answer.status_code == 422, answer.json()
    assert codes(answer) == ["amount_invalid"]


def test_who_bears_the_charges_is_taken_from_the_payment_itself(sender: Sender) -> None:
    answer = sender.send_xml(xml(more="<ChrgBr>DEBT</ChrgBr>"))

    assert answer.status_code == 201, answer.json()
    assert Payment.objects.get().charges == "debtor"


def test_a_salary_among_other_payments_is_moved_as_salaries_are(sender: Sender) -> None:
    salary = "<PmtTpInf><CtgyPurp><Cd>SALA</Cd></CtgyPurp></PmtTpInf>"

    answer = sender.send_xml(xml(kind=salary).replace(b"2026-11-25", b"2026-12-24"))

    assert answer.status_code == 201, answer.json()
    assert str(Payment.objects.get().bank_date) == "2026-12-23"
    assert answer.json()["warnings"]


def test_a_payment_refused_by_itself_keeps_the_longest_reference_that_xml_allows(db: None) -> None:
    sender = make_sender(reject_mode="payment")
    reference = f"<Strd><CdtrRefInf>{SCOR}<Ref>{'1234567890' * 3 + '12345'}</Ref></CdtrRefInf></Strd>"

    answer = sender.send_xml(xml(reference=reference))

    assert answer.status_code == 201, answer.json()
    assert Payment.objects.get().status == "rejected_by_autopay"


def test_what_is_taken_can_be_written_for_the_bank(sender: Sender) -> None:
    odd = payment(1, kid=None, message="“Faktura” – 1…\u200b\nlinje\u00a02")
    spaced = payment(
        2, kid=None, message="  to  ", creditor={"name": " A\u030a & <Sønner> ", "account": "NO9386011117947"}
    )

    answer = sender.send_json(order(odd, spaced))
    assert answer.status_code == 201, answer.json()
    advance_remittance(remittance_id=answer.json()["id"])

    assert Remittance.objects.get().generation == 1


@pytest.mark.parametrize(
    "content",
    [
        xml(reference="<Strd><RfrdDocInf><Nb>F-1</Nb></RfrdDocInf></Strd>"),
        xml().replace(b"<CdtrAcct><Id><Othr><Id>86011117947</Id></Othr></Id></CdtrAcct>", b""),
    ],
)
def test_a_payment_refused_by_itself_may_lack_what_a_payment_needs(db: None, content: bytes) -> None:
    sender = make_sender(reject_mode="payment")

    answer = sender.send_xml(content)

    assert answer.status_code == 201, answer.json()
    listed = sender.erp.get(f"remittances/{answer.json()['id']}/payments")
    assert listed.status_code == 200, listed.content
    assert listed.json()["results"][0]["status"] == "rejected_by_autopay"


@pytest.mark.parametrize("message_id", ["R\n1", "R\x851", "R\t1"])
def test_a_message_id_is_one_line_of_text(sender: Sender, message_id: str) -> None:
    answer = sender.send_json(order(message_id=message_id))

    assert answer.status_code == 422, answer.json()
    assert codes(answer) == ["characters_invalid"]
