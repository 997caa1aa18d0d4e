"""Files that are refused whole, and how: nothing half-read is ever taken for an order."""

import io
from pathlib import Path

import pytest

from bank_gateway.messages.errors import MessageError, MessageRefusedError
from bank_gateway.messages.pain001 import OrderReader, find_schema_errors
from bank_gateway.messages.pain001.source import MAX_BYTES_BETWEEN_PAYMENTS
from tests.bank_gateway.messages.pain001.spelling import NAMESPACES, group, order, payment, plainly

SAMPLES = Path(__file__).parents[3] / "samples" / "pain001"
GOOD = plainly(order(group(payment("E-1"), payment("E-2")), group(payment("E-3"), number=2)))


def refusal(source: bytes) -> MessageError:
    with pytest.raises(MessageRefusedError) as refused:
        for _ in OrderReader(io.BytesIO(source)).chunks():
            pass
    return refused.value.error


def only_error(source: bytes) -> MessageError:
    (error,) = find_schema_errors(io.BytesIO(source)).errors
    return error


def test_a_good_file_is_not_refused() -> None:
    assert sum(chunk.count for chunk in OrderReader(io.BytesIO(GOOD)).chunks()) == 3
    assert find_schema_errors(io.BytesIO(GOOD)).count == 0


def test_a_document_type_is_refused_before_anything_is_read() -> None:
    bomb = b'<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    sources = [
        (SAMPLES / "own_edge_xxe_doctype.xml").read_bytes(),
        GOOD.replace(b"<Document", bomb + b"<Document", 1).replace(b"E-1", b"&b;"),
        GOOD.replace(b"<Document", b"<!DOCTYPE Document>\n<Document", 1),
        GOOD.replace(b"<Document", b'<!DOCTYPE Document SYSTEM "file:///etc/passwd"><Document', 1),
    ]
    for source in sources:
        with pytest.raises(MessageRefusedError) as refused:
            OrderReader(io.BytesIO(source))
        assert refused.value.error.code == "doctype_not_allowed"
        assert only_error(source).code == "doctype_not_allowed"


TEXT = GOOD.decode()


@pytest.mark.parametrize(
    "source",
    [
        TEXT.replace("UTF-8", "UTF-16").encode("utf-16"),
        TEXT.replace("UTF-8", "UTF-16").encode("utf-16-le"),
        TEXT.replace("UTF-8", "UTF-16").encode("utf-16-be"),
        TEXT.replace("UTF-8", "UTF-32").encode("utf-32"),
        TEXT.replace('<?xml version="1.0" encoding="UTF-8"?>\n', "").encode("utf-16"),
        TEXT.replace("<Document", "<!DOCTYPE Document>\n<Document", 1).encode("utf-16"),
        TEXT.encode("cp037"),
        *(
            GOOD.replace(b"UTF-8", name)
            for name in (b"UTF-16", b"US-ASCII", b"windows-1252", b"ISO-8859-15", b"latin1", b"UTF-7", b"nonsense")
        ),
    ],
)
def test_other_encodings_are_refused(source: bytes) -> None:
    assert refusal(source).code == "encoding_not_allowed"
    assert only_error(source).code == "encoding_not_allowed"


@pytest.mark.parametrize("name", [b"utf-8", b"Utf-8", b"iso-8859-1", b"ISO-8859-1"])
def test_the_two_encodings_may_be_written_in_any_case(name: bytes) -> None:
    assert sum(chunk.count for chunk in OrderReader(io.BytesIO(GOOD.replace(b"UTF-8", name))).chunks()) == 3


@pytest.mark.parametrize(
    "source",
    [
        GOOD.replace(b"pain.001.001.09", b"pain.001.001.11"),
        GOOD.replace(b"pain.001.001.09", b"pain.008.001.02"),
        b"<Document/>",
        b"<html><body>404</body></html>",
        GOOD.replace(b"<Document ", b"<Dokument ").replace(b"</Document>", b"</Dokument>"),
    ],
)
def test_other_messages_are_refused(source: bytes) -> None:
    assert refusal(source).code == "message_not_supported"


@pytest.mark.parametrize("source", [b"", b"   \n", b"ORDER;100", b"<", b"\xff\xff\xff", b"<!-- no end", b"PK\x03\x04"])
def test_what_is_no_xml_is_not_well_formed(source: bytes) -> None:
    assert refusal(source).code == "not_well_formed"
    assert only_error(source).code == "not_well_formed"


def test_a_prolog_without_end_is_refused() -> None:
    assert refusal(b"<?xml version='1.0'?>" + b"<!-- no -->" * 10_000).code == "not_well_formed"


def test_a_file_cut_off_anywhere_is_refused() -> None:
    """A schema-checking stream parser takes most of these for whole."""
    end = GOOD.rindex(b">")
    for length in (*range(GOOD.index(b"<GrpHdr>"), end, 3), end):
        assert refusal(GOOD[:length]).code in {"not_well_formed", "schema_invalid"}, length
        assert only_error(GOOD[:length]).code == "not_well_formed", length


@pytest.mark.parametrize("tail", [b"<", b"x", b"&", b"<!-- no end", b"<?no end", b"<x/>", b"\0", b"\xff", GOOD])
def test_a_file_that_goes_on_behind_its_end_is_refused(tail: bytes) -> None:
    assert refusal(GOOD + tail).code == "not_well_formed"
    assert only_error(GOOD + tail).code == "not_well_formed"


def test_white_space_and_comments_behind_the_end_do_no_harm() -> None:
    source = GOOD + b"\n<!-- made by ERP -->\n \t\n" + b"\n" * 100_000
    assert sum(chunk.count for chunk in OrderReader(io.BytesIO(source)).chunks()) == 3


@pytest.mark.parametrize(
    "bad",
    [b"E-2\xf8", b"E-2\x01", b"E-2&nbsp;", b"E-2&#0;", b"E-2&#x1F;", b"E-2]]>", b"E-2</Nm>", b"E-2<", b"E-2 & co"],
)
def test_faults_of_form_are_found_with_their_line(bad: bytes) -> None:
    source = GOOD.replace(b"E-2", bad)
    assert refusal(source).code in {"not_well_formed", "schema_invalid"}
    error = only_error(source)
    assert (error.code, error.line) == ("not_well_formed", 1 + GOOD[: GOOD.index(b"E-2")].count(b"\n"))


def test_latin1_bytes_in_a_file_declared_utf8_are_found_with_their_line() -> None:
    source = (SAMPLES / "own_pain.001.001.03_edge_declared_utf8_but_latin1.xml").read_bytes()
    assert refusal(source).code == "not_well_formed"
    assert only_error(source).line == 87


def test_a_schema_error_refuses_the_file_after_its_rows() -> None:
    many = order(group(*(payment(f"E-{n}") for n in range(1000)), payment("E" * 36)))
    chunks = OrderReader(io.BytesIO(plainly(many))).chunks()
    assert next(chunks).count > 0
    with pytest.raises(MessageRefusedError) as refused:
        list(chunks)
    assert refused.value.error.code == "schema_invalid"


@pytest.mark.parametrize("number", sorted(NAMESPACES))
def test_an_element_of_the_other_version_is_a_schema_error(number: str) -> None:
    source = plainly(order(group(payment(), version="09" if number == "03" else "03")), version=number)
    assert refusal(source).code == "schema_invalid"


LIMIT = MAX_BYTES_BETWEEN_PAYMENTS


@pytest.mark.parametrize(
    "huge",
    [
        b"<EndToEndId>" + b"x" * (LIMIT + 40_000),
        b"<!--" + b"x" * (LIMIT + 40_000) + b"--><EndToEndId>",
        b"<EndToEndId " + b" ".join(b"a%d=''" % n for n in range(LIMIT // 8)) + b">",
        b"<EndToEndId>" + b"<a/>" * (LIMIT // 3),
    ],
    ids=["text", "comment", "attributes", "children"],
)
def test_too_much_of_anything_at_once_is_refused(huge: bytes) -> None:
    source = GOOD.replace(b"<EndToEndId>", huge, 1)
    assert refusal(source).code == "element_too_large"
    assert only_error(source).code == "element_too_large"


def test_elements_too_deep_or_with_too_many_attributes_are_refused() -> None:
    many = plainly(order(group(payment("first"), *(payment(f"E-{n}") for n in range(1000)))))
    deep = many.replace(b"first", b"<a>" * 60 + b"</a>" * 60)
    wide = many.replace(b"<EndToEndId>", b"<EndToEndId " + b" ".join(b"a%d=''" % n for n in range(20)) + b">", 1)
    deepest = many.replace(b"first", b"<a>" * 300 + b"</a>" * 300)
    assert refusal(deep).code == "element_too_large"
    assert refusal(wide).code == "element_too_large"
    assert refusal(deepest).code in {"not_well_formed", "schema_invalid"}
    assert only_error(deepest).code == "not_well_formed"


class Trickle(io.BytesIO):
    """Hand out one byte at a time, as a slow line may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 1, 1) if size is None or size > 0 else 1)


def test_a_source_that_gives_one_byte_at_a_time_reads_the_same() -> None:
    whole = [chunk.payments_csv for chunk in OrderReader(io.BytesIO(GOOD)).chunks()]
    assert [chunk.payments_csv for chunk in OrderReader(Trickle(GOOD)).chunks()] == whole


def test_what_one_file_says_never_stands_in_the_errors_of_another() -> None:
    secret = GOOD.replace(b"E-1", b"SECRET" * 10)
    assert "SECRET" in str(find_schema_errors(io.BytesIO(secret)))
    other = GOOD.replace(b"E-1", b"other" * 10)
    assert "SECRET" not in str(refusal(other))
    assert "SECRET" not in str(find_schema_errors(io.BytesIO(other)))
