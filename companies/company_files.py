"""Reading a file of companies: CSV (`;`, `,` or tab, UTF-8 or Latin-1) or XLSX, bounded, formulas not evaluated.

Returns lines of text; what they mean is checked by `companies.services.imports`.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from autopay_portal.core.errors import DomainError

MOST_BYTES = 5 * 1024 * 1024
MOST_LINES = 5000
# A zip may not hold more than this, nor pack it more tightly than this.
_MOST_UNPACKED = 20 * 1024 * 1024
_MOST_RATIO = 100
_MOST_COLUMNS = 50
_LONGEST_CELL = 500

# What the columns may be called, in any of the languages that people export from.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "org_number": ("organisasjonsnummer", "orgnr", "orgnummer", "organisasjonsnr", "org number", "organisation number",
                   "organization number", "org_number"),
    "name": ("navn", "firmanavn", "bedrift", "firma", "name", "company", "company name"),
    "address": ("adresse", "gateadresse", "address", "street"),
    "postcode": ("postnummer", "postnr", "postcode", "zip", "postal code"),
    "town": ("poststed", "sted", "by", "town", "city"),
}  # fmt: skip
Line = tuple[int, dict[str, str]]
# What openpyxl and the XML reader below it say of a workbook that is none.
_UNREADABLE = (
    InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, TypeError, SyntaxError,
)  # fmt: skip
# What is said of an archive that is none: damaged, encrypted, or packed in a way that nobody here unpacks.
_NO_ARCHIVE = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError)
_DOCTYPES = tuple("<!DOCTYPE".encode(coding) for coding in ("ascii", "utf-16-le", "utf-16-be"))


def read_companies(*, name: str, content: bytes) -> list[Line]:
    """Return the lines of a file as (line number, field by name), empty lines left out.

    Raises DomainError (422) `import_too_large`, `import_unreadable`, `import_formula` (XLSX), `import_headings` with
    the fields that no column has, `import_empty`, `import_too_many`.
    """
    if len(content) > MOST_BYTES:
        raise DomainError("import_too_large", params={"most": MOST_BYTES // (1024 * 1024)})
    is_workbook = content[:4] == b"PK\x03\x04"
    rows = _workbook_rows(content) if is_workbook else _csv_rows(content)
    return list(_lines(rows))


def _lines(rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Line]:
    found = iter(rows)
    columns: dict[str, int] | None = None
    count = 0
    for number, cells in found:
        if not any(cells):
            continue
        if columns is None:
            columns = _columns(cells)
            continue
        count += 1
        if count > MOST_LINES:
            raise DomainError("import_too_many", params={"most": MOST_LINES})
        yield number, {field: _cell(cells, place) for field, place in columns.items()}
    if not count:
        raise DomainError("import_empty")


def _columns(headings: Sequence[str]) -> dict[str, int]:
    known = {heading: field for field, names in HEADINGS.items() for heading in names}
    found: dict[str, int] = {}
    for place, heading in enumerate(headings[:_MOST_COLUMNS]):
        field = known.get(" ".join(heading.lower().replace(".", " ").split()))
        if field is not None:
            found.setdefault(field, place)
    missing = [HEADINGS[field][0] for field in HEADINGS if field not in found]
    if missing:
        raise DomainError("import_headings", params={"names": ", ".join(missing)})
    return found


def _cell(cells: Sequence[str], place: int) -> str:
    return " ".join(cells[place].split())[:_LONGEST_CELL] if place < len(cells) else ""


def _csv_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Return the rows of a text file with the number of the line that each ends on."""
    if b"\x00" in content:
        raise DomainError("import_unreadable")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error:
        raise DomainError("import_unreadable") from None


def _workbook_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Return the rows of a workbook's first sheet; a formula is not evaluated but refused with its place."""
    _check_zip(content)
    try:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = workbook.worksheets[0]
        sheet.reset_dimensions()
        # One heading and one line more than are taken, so that too many is noticed.
        for number, cells in enumerate(sheet.iter_rows(max_row=4 * MOST_LINES, max_col=_MOST_COLUMNS), start=1):
            yield number, [_shown(cell.value, cell.data_type, number) for cell in cells]
    except DomainError:
        raise
    except _UNREADABLE as error:
        raise DomainError("import_unreadable") from error


def _shown(value: object, data_type: str, number: int) -> str:
    if value is None:
        return ""
    if data_type == "f":
        raise DomainError("import_formula", params={"line": number})
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _check_zip(content: bytes) -> None:
    """Refuse a bomb by what the archive really unpacks to, not by what it says of itself."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = 0
            for entry in archive.infolist():
                unpacked += _size_of(archive, entry, left=_MOST_UNPACKED - unpacked)
    except _NO_ARCHIVE as error:
        raise DomainError("import_unreadable") from error
    if unpacked > _MOST_RATIO * max(len(content), 1):
        raise DomainError("import_too_large", params={"most": MOST_BYTES // (1024 * 1024)})


def _size_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, left: int) -> int:
    """Return how much an entry unpacks to, at most `left`; no part of a workbook has a document type."""
    with archive.open(entry) as opened:
        content = opened.read(left + 1)
    if len(content) > left:
        raise DomainError("import_too_large", params={"most": MOST_BYTES // (1024 * 1024)})
    if any(doctype in content for doctype in _DOCTYPES):
        raise DomainError("import_unreadable")
    return len(content)
