"""Files that are broken, hostile or leave something to guess: unreadable whole, with the line."""

import pytest

from bank_gateway.messages.errors import UnreadableBankFile
from tests.bank_gateway.messages.camt054.documents import (
    Entry,
    Notification,
    Transaction,
    document,
    one_entry,
    one_transaction,
)
from tests.bank_gateway.messages.staged import error_codes, read

WHOLE = one_transaction(Transaction(end_to_end_id="E-1", kid="0010017", debtor_name="Kunde AS"))


def changed(before: str, after: str, *, content: bytes = WHOLE) -> bytes:
    assert content.count(before.encode()) >= 1
    return content.replace(before.encode(), after.encode(), 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (changed("<MsgId>M-1</MsgId>", ""), "element_missing"),
        (changed("<CreDtTm>2026-11-23T17:35:00+01:00</CreDtTm>", ""), "element_missing"),
        (changed("2026-11-23T17:35:00+01:00", "23.11.2026"), "date_unreadable"),
        (changed("<Id>N-1</Id>", ""), "element_missing"),
        (changed("<Id>N-1</Id>", "<Id> </Id>"), "element_missing"),
        (changed("<Othr><Id>12345678903</Id></Othr>", ""), "element_missing"),
        (changed("<Acct>", "<RltdAcct>").replace(b"</Acct>", b"</RltdAcct>"), "element_missing"),
        (changed("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<Sts>"), "element_missing"),
        (changed("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<CdtDbtInd>CREDIT</CdtDbtInd><Sts>"), "code_unknown"),
        (changed("<Sts><Cd>BOOK</Cd></Sts>", ""), "element_missing"),
        (changed("<BkTxCd><Prtry><Cd>230</Cd></Prtry></BkTxCd>", ""), "element_missing"),
        (changed("<BookgDt><Dt>2026-11-23</Dt></BookgDt>", ""), "element_missing"),
        (changed("<Dt>2026-11-23</Dt>", "<Dt>2026-11-31</Dt>"), "date_unreadable"),
        (changed("<Dt>2026-11-23</Dt>", "<Dt>i går</Dt>"), "date_unreadable"),
        (changed('<Amt Ccy="NOK">100.00</Amt>', ""), "element_missing"),
        (changed('<Amt Ccy="NOK">100.00', '<Amt Ccy="NOK">100,00'), "amount_unreadable"),
        (changed('<Amt Ccy="NOK">100.00', '<Amt Ccy="NOK">-100.00'), "amount_unreadable"),
        (changed('<Amt Ccy="NOK">100.00', '<Amt Ccy="NOK">1e2'), "amount_unreadable"),
        (changed('<Amt Ccy="NOK">100.00', '<Amt Ccy="NOK">.'), "amount_unreadable"),
        (changed('<Amt Ccy="NOK">100.00', '<Amt Ccy="NOK">١٠٠'), "amount_unreadable"),
        (changed('<Amt Ccy="NOK">100.00', '<Amt Ccy="NOK">99999999999999999999'), "amount_unreadable"),
        (changed('<Amt Ccy="NOK">100.00', '<Amt Ccy="NOK">999999999999999999.00'), "amount_unreadable"),
        (changed('<Amt Ccy="NOK">100.00', '<Amt Ccy="NOK">100.001'), "amount_decimals"),
        (changed('<Amt Ccy="NOK">100.00', '<Amt Ccy="JPY">100.50'), "amount_decimals"),
        (changed('<Amt Ccy="NOK">100.00', '<Amt Ccy="XXQ">100.00'), "currency_unknown"),
        (changed('<Amt Ccy="NOK">100.00', "<Amt>100.00"), "amount_unreadable"),
        (changed('<Amt Ccy="NOK">100.00', '<Amt Ccy="N&quot;K">100.00'), "amount_unreadable"),
        (changed('<Amt Ccy="NOK">100.00', '<Amt Ccy="NOK">1<x/>00'), "element_not_expected"),
        (changed('<Amt Ccy="NOK">100.00</Amt>', '<Amt Ccy="NOK">1</Amt><Amt Ccy="NOK">2</Amt>'), "element_repeated"),
        (changed("<EndToEndId>E-1</EndToEndId>", "<EndToEndId>E-1</EndToEndId>" * 2), "element_repeated"),
        (changed("<EndToEndId>E-1</EndToEndId>", "<EndToEndId>E<b/>1</EndToEndId>"), "element_not_expected"),
        (changed("<EndToEndId>E-1</EndToEndId>", "<EndToEnd>E-1</EndToEnd>"), "element_not_expected"),
        (changed("<Refs>", "<Refs xmlns='urn:other'>"), "element_not_expected"),
        (changed("<NtryDtls>", "<Unknown/><NtryDtls>"), "element_not_expected"),
        (changed("<NtryDtls>", "<NtryDtls><Unknown/>"), "element_not_expected"),
        (changed("<Ntry>", "<Unknown/><Ntry>"), "element_not_expected"),
        (changed("<Ntfctn>", "<Unknown/><Ntfctn>"), "element_not_expected"),
        (changed("<GrpHdr>", "<GrpHdr><Unknown/>"), "element_not_expected"),
        (document(), "element_missing"),
        (changed("Kunde AS", "Kunde \x9b AS"), "control_character"),
        (changed("Kunde AS", "Kunde &#127; AS"), "control_character"),
        (changed("Kunde AS", "Kunde \x01 AS"), "not_well_formed"),
        (changed("Kunde AS", "Kunde & AS"), "not_well_formed"),
        (WHOLE + b"<more/>", "not_well_formed"),
    ],
)
def test_what_is_missing_or_ambiguous_makes_the_file_unreadable(content: bytes, code: str) -> None:
    assert error_codes(content) == [code]


def test_entries_that_stand_where_none_belong_are_not_lost_silently() -> None:
    inside = changed("<NtryDtls>", '<Intrst><Ntry><Amt Ccy="NOK">1</Amt></Ntry></Intrst><NtryDtls>')
    beside = changed("</Ntfctn>", "<Intrst><TxDtls/></Intrst></Ntfctn>")

    assert error_codes(inside) == ["element_not_expected"]
    assert error_codes(beside) == ["element_not_expected"]


def test_the_line_of_the_fault_is_told() -> None:
    content = document(Notification([Entry([Transaction()]), Entry([Transaction(), Transaction("1,00")])]))

    with pytest.raises(UnreadableBankFile) as raised:
        read(content)

    (error,) = raised.value.errors
    assert (error.code, error.line) == ("amount_unreadable", content[: content.index(b"1,00")].count(b"\n") + 1)


def test_a_file_cut_off_anywhere_is_unreadable() -> None:
    entries = [Entry([Transaction(f"{number}.00", kid="0010017") for number in range(5)]) for _ in range(4)]
    content = document(Notification(entries), Notification(entries, id="N-2"))

    for end in range(0, len(content), 100):
        assert error_codes(content[:end]), end


def test_a_document_type_is_refused_before_its_entities_are_read() -> None:
    bomb = '<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    external = '<!DOCTYPE Document SYSTEM "file:///etc/passwd">'
    for declaration in (bomb, external, "<!-- a comment -->\n<?pi?>\n" + bomb, bomb.replace("DOCTYPE", "doctype")):
        content = changed(
            "Kunde AS", "&b;", content=document(Notification([Entry([Transaction(debtor_name="Kunde AS")])]))
        )
        assert error_codes(declaration.encode() + content) == ["message_not_recognised"]


def test_other_encodings_are_refused_with_or_without_a_document_type() -> None:
    text = WHOLE.decode()
    for content in (
        ('<!DOCTYPE Document [<!ENTITY a "a">]>' + text).encode("utf-16"),
        text.encode("utf-16"),
        text.encode("utf-16-le"),
        text.encode("utf-32"),
        ('<?xml version="1.0" encoding="UTF-7"?>' + text).encode("utf-7"),
        ('<?xml version="1.0" encoding="windows-1252"?>' + text).encode("cp1252"),
    ):
        assert error_codes(content) == ["message_not_recognised"]


def test_the_two_encodings_read_alike() -> None:
    notification = Notification([Entry([Transaction(debtor_name="Ærlig Øl & Åse")])])
    utf8 = '<?xml version="1.0" encoding="UTF-8"?>\n'
    latin1 = '<?xml version="1.0" encoding="ISO-8859-1"?>\n'

    plain, _header = read(document(notification, declaration=utf8))

    assert read(document(notification, declaration=latin1))[0] == plain
    assert read(b"\xef\xbb\xbf" + document(notification, declaration=utf8))[0] == plain
    assert plain["staged_transaction"][0]["debtor_name"] == "Ærlig Øl & Åse"


def test_bytes_that_are_not_in_the_declared_encoding_are_unreadable() -> None:
    content = one_transaction(Transaction(debtor_name="Åse"))

    assert error_codes(content.replace("Åse".encode(), "Åse".encode("latin-1"))) == ["not_well_formed"]


def test_nesting_without_end_is_refused() -> None:
    depth = 100_000
    content = changed("<NtryDtls>", f"<CardTx>{'<a>' * depth}{'</a>' * depth}</CardTx><NtryDtls>")

    assert error_codes(content) == ["not_well_formed"]


def test_an_element_that_does_not_end_is_given_up_before_memory_is() -> None:
    content = changed("<NtryDtls>", f"<CardTx>{'<a>aaaaaaaaaaaaaaaaaaaa</a>' * 400_000}</CardTx><NtryDtls>")

    assert error_codes(content) == ["element_too_large"]


def test_a_message_of_another_version_is_not_guessed_at() -> None:
    assert error_codes(WHOLE.replace(b"054.001.08", b"054.001.04")) == ["message_not_supported"]


def test_an_entry_whose_own_words_change_after_its_transactions_is_refused() -> None:
    """Its head is read with the first chunk of transactions: what decides may not come behind them."""
    lump = Entry([Transaction() for _ in range(650)])
    content = one_entry(lump).replace(b"</NtryDtls></Ntry>", b"</NtryDtls><RvslInd>true</RvslInd></Ntry>")

    assert error_codes(content) == ["element_not_expected"]


MANY = one_entry(Entry([Transaction(end_to_end_id=f"E-{number}", kid="0010017") for number in range(4)]))


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("<CdtDbtInd>CRDT</CdtDbtInd>", "<CdtDbtInd></CdtDbtInd>", "code_unknown"),
        ("<CdtDbtInd>CRDT</CdtDbtInd>", "<CdtDbtInd> </CdtDbtInd>", "code_unknown"),
        ("<CdtDbtInd>CRDT</CdtDbtInd>", "<CdtDbtInd>CREDIT</CdtDbtInd>", "code_unknown"),
        ('<Amt Ccy="NOK">100.00</Amt>', '<Amt Ccy="NOK"></Amt>', "amount_unreadable"),
        ('<Amt Ccy="NOK">100.00</Amt>', '<Amt Ccy="NOK">100,00</Amt>', "amount_unreadable"),
        ('<Amt Ccy="NOK">100.00</Amt>', '<Amt Ccy="NOK">100.001</Amt>', "amount_decimals"),
    ],
)
def test_what_is_wrong_in_one_of_many_transactions_of_a_shape_is_wrong_as_in_the_first(
    before: str, after: str, code: str
) -> None:
    start, _, end = MANY.rpartition(before.encode())

    assert start
    assert error_codes(start + after.encode() + end) == [code]
