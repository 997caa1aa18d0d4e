"""Files that break a rule of the format, alone or together."""

import pytest

from bank_gateway.messages.errors import UnreadableBankFile
from tests.bank_gateway.messages.ocr_giro.files import Assignment, Payment, file_of, lines_of
from tests.bank_gateway.messages.staged import error_codes, read

TWO = Assignment([Payment(), Payment(type="21", kid="", text="Kjøp")])


def written(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("iso-8859-1")


def replaced(line: int, start: int, text: str) -> bytes:
    """Write the two payments with other text at a line and position, both counted from 1 as the manual does."""
    lines = lines_of(TWO)
    old = lines[line - 1]
    lines[line - 1] = old[: start - 1] + text + old[start - 1 + len(text) :]
    return written(lines)


def test_the_file_that_the_others_are_made_of_is_read() -> None:
    assert len(read(written(lines_of(TWO)))[0]["staged_transaction"]) == 2


def test_a_transmission_without_assignments_is_fine() -> None:
    tables, header = read(file_of())

    assert (tables["staged_entry"], header.assignments) == ([], ())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (replaced(3, 16, "310226"), "date_unreadable"),
        (replaced(3, 33, " " * 17), "ocr_record_unreadable"),
        (replaced(3, 33, "0000000000000100A"), "ocr_record_unreadable"),
        (replaced(3, 33, "00000000000010001"), "ocr_sum"),
        (replaced(3, 32, "+"), "ocr_record_unreadable"),
        (replaced(3, 32, "-"), "ocr_sum"),
        (replaced(3, 50, " " * 25), "ocr_kid_missing"),
        (replaced(3, 50, "0010017" + " " * 18), "ocr_kid_unreadable"),
        (replaced(3, 50, f"{'001-17':>25}"), "ocr_kid_unreadable"),
        (replaced(3, 50, f"{'AB10017':>25}"), "ocr_kid_unreadable"),
        (replaced(3, 5, "22"), "ocr_record_unreadable"),
        (replaced(4, 9, "0000002"), "ocr_items_differ"),
        (replaced(4, 5, "11"), "ocr_items_differ"),
        (replaced(4, 42, "999999"), "date_unreadable"),
        (replaced(4, 48, "8601111794X"), "ocr_record_unreadable"),
        (replaced(7, 9, "0000001"), "ocr_items_differ"),
        (replaced(8, 9, "00000003"), "ocr_transactions_count"),
        (replaced(8, 17, "00000006"), "ocr_records_count"),
        (replaced(8, 25, "00000000000020001"), "ocr_sum"),
        (replaced(8, 42, "000000"), "date_unreadable"),
        (replaced(8, 48, "221126"), "ocr_date_differs"),
        (replaced(8, 54, "241126"), "ocr_date_differs"),
        (replaced(9, 9, "00000003"), "ocr_transactions_count"),
        (replaced(9, 17, "00000008"), "ocr_records_count"),
        (replaced(9, 25, "00000000000020001"), "ocr_sum"),
        (replaced(9, 42, "310426"), "date_unreadable"),
        (replaced(2, 25, "1234567890X"), "ocr_record_unreadable"),
        (written([*lines_of(TWO), lines_of(TWO)[0]]), "ocr_record_after_end"),
        (written([*lines_of(TWO), ""]), "ocr_line_length"),
    ],
)
def test_one_broken_rule_makes_the_whole_file_unreadable(content: bytes, code: str) -> None:
    assert code in error_codes(content)


@pytest.mark.parametrize("missing", range(1, 9))
def test_a_missing_record_is_seen(missing: int) -> None:
    lines = lines_of(TWO)
    del lines[missing - 1 if missing > 1 else 1]

    assert error_codes(written(lines))


@pytest.mark.parametrize("repeated", range(9))
def test_a_repeated_record_is_seen(repeated: int) -> None:
    lines = lines_of(TWO)
    lines.insert(repeated, lines[repeated])

    assert error_codes(written(lines))


def test_two_exchanged_records_are_seen() -> None:
    for first in range(len(lines_of(TWO)) - 1):
        lines = lines_of(TWO)
        lines[first], lines[first + 1] = lines[first + 1], lines[first]
        assert error_codes(written(lines)), first


def test_all_errors_come_at_once_each_with_its_line() -> None:
    lines = lines_of(Assignment([Payment(), Payment()]), Assignment([Payment(date="010126")]))
    lines[2] = lines[2].replace("231126", "321126")
    lines[4] = lines[4].replace("0010017", "001001X")
    lines[9] = lines[9][:79]

    with pytest.raises(UnreadableBankFile) as raised:
        read(written(lines))

    places = {(error.code, error.line) for error in raised.value.errors}
    assert {("date_unreadable", 3), ("ocr_kid_unreadable", 5), ("ocr_line_length", 10)} <= places
    assert all(error.line for error in raised.value.errors)


def test_a_file_cut_off_anywhere_is_unreadable() -> None:
    for line_end in ("\r\n", "\n", ""):
        content = file_of(*[Assignment([Payment() for _ in range(10)])] * 3, line_end=line_end)
        whole = len(content) - len(line_end)
        for end in range(0, whole, 100):
            assert error_codes(content[:end]), (line_end, end)


def test_control_characters_are_refused() -> None:
    for character in ("\t", "\x00", "\x1b", "\x7f", "\x85", "\r"):
        assert error_codes(replaced(7, 17, character)) == ["control_character"], character


def test_hostile_text_comes_out_as_it_went_in() -> None:
    for text in (r"\.", r"\N", '"', '","', "';--", "=1+1", "NULL"):
        tables, _header = read(file_of(Assignment([Payment(type="21", kid="", text=text)])))
        assert tables["staged_transaction"][0]["message"] == text


def test_what_is_not_utf8_after_its_mark_is_refused() -> None:
    assert error_codes(b"\xef\xbb\xbf" + file_of(TWO)) == ["encoding_not_supported"]


def test_years_of_two_digits_are_of_the_right_century() -> None:
    for written_date, expected in (("200192", "1992-01-20"), ("311279", "2079-12-31"), ("010180", "1980-01-01")):
        tables, _header = read(file_of(Assignment([Payment(date=written_date)])))
        assert tables["staged_entry"][0]["booking_date"] == expected


def test_a_lump_that_took_more_than_it_gave_is_a_debit() -> None:
    tables, _header = read(file_of(Assignment([Payment(10000), Payment(25000, type="18")])))

    (entry,) = tables["staged_entry"]
    assert (entry["amount"], entry["direction"]) == ("15000", "DBIT")
    assert [(row["amount"], row["direction"]) for row in tables["staged_transaction"]] == [
        ("10000", "CRDT"),
        ("-25000", "DBIT"),
    ]
