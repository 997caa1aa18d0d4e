"""What a file is, by its first bytes."""

import pytest

from bank_gateway.messages.errors import UnreadableBankFile
from bank_gateway.messages.recognise import open_reader, recognise
from tests.bank_gateway.messages.staged import SAMPLES, error_codes

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("camt054/own_camt.054.001.02_*.xml", "camt.054.001.02"),
        ("camt054/own_camt.054.001.08_*.xml", "camt.054.001.08"),
        ("pain002/own_pain.002.001.03_*.xml", "pain.002.001.03"),
        ("pain002/own_pain.002.001.10_*.xml", "pain.002.001.10"),
        ("pain001/own_pain.001.001.09_*.xml", "pain.001.001.09"),
    ],
)
def test_iso_messages_are_known_by_their_namespace(pattern: str, expected: str) -> None:
    found = {recognise(head=path.read_bytes()[:65536]) for path in SAMPLES.glob(pattern)}

    assert found == {expected}


def test_ocr_giro_is_known_by_its_first_record() -> None:
    heads = [path.read_bytes() for path in (SAMPLES / "ocr-giro").glob("own_*.txt")]

    assert len(heads) == 14
    assert {recognise(head=head) for head in heads} == {"ocr_giro"}


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xef\xbb\xbf",
        b"NY000020",
        b"Hei",
        b"<",
        b"<?xml version='1.0'?>",
        f"<Other xmlns='{NAMESPACE}'/>".encode(),
        b"<Document/>",
        b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.054.001.8'/>",
        f"<!DOCTYPE Document><Document xmlns='{NAMESPACE}'/>".encode(),
        f"<?xml version='1.0' encoding='EBCDIC-CP-US'?><Document xmlns='{NAMESPACE}'/>".encode(),
        b"\xef\xbb\xbf" + f"<?xml version='1.0' encoding='ISO-8859-1'?><Document xmlns='{NAMESPACE}'/>".encode(),
        f"<Document xmlns='{NAMESPACE}'/>".encode("utf-16"),
        b"\x00" * 100,
        b"<!--" + b"-" * 70_000,
    ],
)
def test_anything_else_is_not_recognised(head: bytes) -> None:
    assert recognise(head=head) is None


def test_comments_prefixes_and_blanks_do_not_hide_a_message() -> None:
    head = f"<?xml version='1.0'?>\n<!-- SIM -->\n <?pi x?>\n<n:Document xmlns:n='{NAMESPACE}'><n:Bk".encode()

    assert recognise(head=head) == "camt.054.001.08"


def test_a_message_that_nobody_reads_has_no_reader() -> None:
    sample = next(SAMPLES.glob("pain001/own_pain.001.001.09_*.xml"))

    assert error_codes(sample.read_bytes()) == ["message_not_supported"]
    with sample.open("rb") as stream, pytest.raises(UnreadableBankFile):
        open_reader(message_type="camt.053.001.02", stream=stream)
