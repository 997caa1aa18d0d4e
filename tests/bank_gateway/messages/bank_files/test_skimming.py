"""Skimming reads what is written plainly, and leaves to the careful reader whatever might be read in two ways."""

from collections.abc import Callable

import pytest

from bank_gateway.messages.errors import UnreadableBankFile
from tests.bank_gateway.messages.camt054.documents import Entry, Notification, Transaction
from tests.bank_gateway.messages.camt054.documents import document as notification
from tests.bank_gateway.messages.pain002.documents import PaymentInformation, Reason
from tests.bank_gateway.messages.pain002.documents import Transaction as Status
from tests.bank_gateway.messages.pain002.documents import document as report
from tests.bank_gateway.messages.staged import read, skim, skim_in_small_pieces

NAME = "Strøm & Nett <AS>"


def paid(number: int) -> Transaction:
    kid = f"{number:07d}" if number % 3 else None
    lines = () if kid else ("Faktura", f"nr. {number}")
    return Transaction(f"{number}.05", end_to_end_id=f"E-{number}", kid=kid, lines=lines, creditor_name=NAME)


def lump() -> bytes:
    return notification(Notification([Entry([paid(number) for number in range(1, 1200)], direction="DBIT")]))


def one_by_one() -> bytes:
    return notification(*(Notification([Entry([paid(number)]) for number in range(1, 500)]) for _ in range(3)))


def older_version() -> bytes:
    return notification(Notification([Entry([paid(number) for number in range(1, 700)])]), version="02")


def statuses() -> bytes:
    named = [Status("RJCT" if n % 7 == 0 else "ACCP", None, f"E-{n}", (Reason("AC04"),) * (n % 2)) for n in range(900)]
    return report(PaymentInformation(named, id="P-1"), PaymentInformation([], id="P-2", status="ACCP"))


PLAIN = [lump, one_by_one, older_version, statuses]


@pytest.mark.parametrize("make", PLAIN)
def test_what_banks_write_is_skimmed(make: Callable[[], bytes]) -> None:
    content = make()

    assert skim(content) == skim_in_small_pieces(content) == read(content)


@pytest.mark.parametrize("make", PLAIN)
def test_line_ends_of_two_characters_are_skimmed_with_the_same_lines(make: Callable[[], bytes]) -> None:
    content = make().replace(b"\n", b"\r\n")

    assert skim(content) == skim_in_small_pieces(content) == read(content)


NAMED = "<Pty><Nm>Strøm &amp; Nett &lt;AS&gt;</Nm></Pty>"
NOT_PLAIN = {
    "a comment with tags in it": lambda text: text.replace("</TxDtls>", "<!-- </TxDtls><TxDtls> --></TxDtls>", 1),
    "a comment between entries": lambda text: text.replace("<Ntry>", "<!-- <Ntry> --><Ntry>", 1),
    "a section with tags in it": lambda text: text.replace(NAMED, "<Pty><Nm><![CDATA[</Nm><Nm>]]></Nm></Pty>", 1),
    "an instruction inside a text": lambda text: text.replace(NAMED, "<Pty><Nm>a<?x y?>b</Nm></Pty>", 1),
    "signs of tags as text": lambda text: text.replace(NAMED, "<Pty><Nm>x>/Nm>>Nm>y</Nm></Pty>", 1),
    "a start tag with a blank": lambda text: text.replace("<TxDtls>", "<TxDtls >", 1),
    "an end tag with a blank": lambda text: text.replace("</TxDtls>", "</TxDtls >", 1),
    "an entry's tag with a blank": lambda text: text.replace("<Ntry>", "<Ntry\n>", 1),
    "an entry's end with a blank": lambda text: text.replace("</Ntry>", "</Ntry >", 1),
    "a character by its number": lambda text: text.replace(NAMED, "<Pty><Nm>a&#10;b</Nm></Pty>", 1),
    "a quotation mark": lambda text: text.replace(NAMED, '<Pty><Nm>"Strøm"</Nm></Pty>', 1),
    "a quotation mark by its name": lambda text: text.replace(NAMED, "<Pty><Nm>&quot;Strøm&quot;</Nm></Pty>", 1),
    "a name between tags": lambda text: text.replace(NAMED, "<Pty>x<Nm>Strøm</Nm>y</Pty>", 1),
    "an element in a text": lambda text: text.replace(NAMED, "<Pty><Nm>a<b/>c</Nm></Pty>", 1),
    "a namespace of its own": lambda text: text.replace("<RltdPties>", '<RltdPties xmlns="urn:other">', 1),
    "a prefix": lambda text: text.replace("<Ntry>", '<n:Ntry xmlns:n="urn:x">', 1).replace("</Ntry>", "</n:Ntry>", 1),
    "an unknown element": lambda text: text.replace("<RltdPties>", "<Foo/><RltdPties>", 1),
    "a transaction outside its place": lambda text: text.replace("<NtryDtls>", "<Foo>", 1).replace(
        "</NtryDtls>", "</Foo>", 1
    ),
    "a transaction in a transaction": lambda text: text.replace("<RltdPties>", "<TxDtls></TxDtls><RltdPties>", 1),
    "an unknown reference": lambda text: text.replace(NAMED, "<Pty><Nm>&unknown;</Nm></Pty>", 1),
    "a control character": lambda text: text.replace(NAMED, "<Pty><Nm>a\x85b</Nm></Pty>", 1),
    "a lone carriage return": lambda text: text.replace("</TxDtls>", "</TxDtls>\r", 1),
    "an end that is missing": lambda text: text[: text.rindex("</Ntry>")],
    "an end of the document that is missing": lambda text: text[: text.rindex("</BkToCstmrDbtCdtNtfctn>")],
    "something behind the document": lambda text: text + "<more/>",
    "two names": lambda text: text.replace(NAMED, "<Pty><Nm>a</Nm><Nm>b</Nm></Pty>", 1),
}


@pytest.mark.parametrize("change", NOT_PLAIN.values(), ids=NOT_PLAIN.keys())
def test_what_might_be_read_in_two_ways_is_left_to_the_careful_reader_or_read_alike(
    change: Callable[[str], str],
) -> None:
    plain = notification(Notification([Entry([paid(1), paid(2), paid(4)])])).decode()
    content = change(plain)
    assert content != plain
    try:
        careful = read(content.encode())
    except UnreadableBankFile:
        # `read` compares only where both can: what the careful reader refuses is never skimmed.
        assert skim(content.encode()) is None
        assert skim_in_small_pieces(content.encode()) is None
    else:
        assert skim(content.encode()) in (None, careful)


def test_another_encoding_is_left_to_the_careful_reader() -> None:
    declared = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    content = notification(Notification([Entry([paid(1)])]), declaration=declared)

    assert skim(content) is None
    assert read(content)[0]["staged_transaction"][0]["creditor_name"] == NAME


@pytest.mark.parametrize("make", PLAIN)
def test_a_comment_before_the_document_is_no_hindrance(make: Callable[[], bytes]) -> None:
    content = make()
    before = b"<!-- Simulated: <Ntry> no money &amp; <!- has moved -->\n<?made by='a bank'?>\n"
    start = content.index(b"<Document")

    with_comment = content[:start] + before + content[start:]

    assert skim(with_comment) == skim_in_small_pieces(with_comment) == read(with_comment)
