"""Importing many: every fault of every line at once, all or nothing, once, and no file that is a weapon."""

import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook

from autopay_portal.core.errors import ConflictError, DomainError
from companies.company_files import read_companies
from companies.models import Company, CompanyImport, Customer, User
from companies.services import import_companies, read_import
from companies.services.imports import MOST_AN_HOUR, lines_of
from tests.companies.builders import make_company, make_customer, make_customer_admin, org_number

pytestmark = pytest.mark.django_db
HEAD = ["Organisasjonsnummer", "Navn", "Adresse", "Postnr.", "Poststed"]


@pytest.fixture
def customer() -> Customer:
    return make_customer()


@pytest.fixture
def user(customer: Customer) -> User:
    return make_customer_admin(customer=customer)


def rows(count: int, *, first: int = 50_000) -> list[list[str]]:
    return [[org_number(first + n), f"Firma {n} AS", f"Gata {n}", "0155", "Oslo"] for n in range(count)]


def csv_of(lines: list[list[str]], *, delimiter: str = ";", coding: str = "utf-8") -> bytes:
    return "\r\n".join(delimiter.join(line) for line in [HEAD, *lines]).encode(coding)


def workbook_of(lines: list[list[Any]]) -> bytes:
    workbook = Workbook()
    sheet = workbook.create_sheet(index=0)
    for line in [HEAD, *lines]:
        sheet.append(line)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def read(customer: Customer, user: User, content: bytes, name: str = "bedrifter.csv") -> CompanyImport:
    return read_import(customer_id=customer.pk, file_name=name, content=content, user=user)


def take(found: CompanyImport, user: User) -> CompanyImport:
    return import_companies(import_id=found.pk, customer_id=found.customer_id, user=user)


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_text_file_is_read_as_people_save_it(delimiter: str, coding: str) -> None:
    content = csv_of([["974 760 673", "Blåbær og Øl AS", "Ærlig gate 1", "0155", "Ålesund"]], delimiter=delimiter,
                     coding=coding)  # fmt: skip

    assert read_companies(name="x.csv", content=content) == [
        (2, {"org_number": "974 760 673", "name": "Blåbær og Øl AS", "address": "Ærlig gate 1", "postcode": "0155",
             "town": "Ålesund"})
    ]  # fmt: skip


def test_a_workbook_is_read_and_its_numbers_are_text(customer: Customer, user: User) -> None:
    found = read(customer, user, workbook_of([[974760673, "Firma AS", "Gata 1", 155, "Oslo"]]), "b.xlsx")

    (line,) = lines_of(found)
    assert line.good
    assert line.fields["org_number"] == "974760673"
    assert line.fields["postcode"] == "0155"


def test_two_hundred_with_five_bad_lines(customer: Customer, user: User) -> None:
    elsewhere = make_company(name="Hos En Annen AS")
    lines = rows(200)
    lines[10][0] = "974760674"
    lines[20][1] = ""
    lines[30][0] = lines[31][0]
    lines[40] = ["x", "", "", "", ""]
    lines[50][0] = elsewhere.org_number

    found = read(customer, user, csv_of(lines))

    reported = lines_of(found)
    assert Company.objects.count() == 1
    assert [line.number for line in reported if line.faults] == [12, 22, 32, 33, 42]
    assert [fault.field for fault in reported[40].faults] == ["org_number", "name", "address", "postcode", "town"]
    assert [line.number for line in reported if line.known] == [52]
    assert elsewhere.name not in str(found.lines)

    taken = take(found, user)
    assert taken.imported_count == 194
    assert Company.objects.filter(customer=customer).count() == 194


def test_a_second_click_imports_nothing_twice(customer: Customer, user: User) -> None:
    found = read(customer, user, csv_of(rows(3)))
    take(found, user)

    assert take(found, user).imported_count == 3
    assert Company.objects.filter(customer=customer).count() == 3


def test_nothing_is_half_done_when_one_was_made_meanwhile(customer: Customer, user: User) -> None:
    lines = rows(5)
    found = read(customer, user, csv_of(lines))
    Company.objects.create(
        customer=make_customer(), org_number=lines[3][0], name="Raskere", address="x", postcode="1", town="y"
    )

    with pytest.raises(ConflictError) as refused:
        take(found, user)

    assert (refused.value.code, refused.value.params["line"]) == ("import_stale", 5)
    assert not Company.objects.filter(customer=customer).exists()
    found.refresh_from_db()
    assert found.imported_at is None


def test_a_company_of_ones_own_reads_like_anothers(customer: Customer, user: User) -> None:
    mine, other = make_company(customer=customer), make_company()
    found = read(customer, user, csv_of([[each.org_number, "X", "Y", "0155", "Oslo"] for each in (mine, other)]))

    first, second = lines_of(found)
    assert (first.known, first.faults) == (second.known, second.faults) == (True, [])


def test_the_same_file_after_an_import_finds_everything_known(customer: Customer, user: User) -> None:
    content = csv_of(rows(3))
    take(read(customer, user, content), user)

    again = read(customer, user, content)
    assert all(line.known for line in lines_of(again))
    with pytest.raises(ConflictError, match="import_nothing"):
        take(again, user)


def zip_of(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def damaged(archive: bytes) -> bytes:
    """Return an archive whose first part can't be unpacked any more."""
    begins = 30 + int.from_bytes(archive[26:28], "little") + int.from_bytes(archive[28:30], "little")
    return archive[:begins] + b"\xff" * 4 + archive[begins + 4 :]


def with_doctype() -> bytes:
    original = workbook_of(rows(1))
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(original)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                content = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + content
            target.writestr(entry.filename, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import_empty"),
        (b"Organisasjonsnummer;Navn;Adresse;Postnr;Poststed\n", "import_empty"),
        (b"a;b\n1;2\n", "import_headings"),
        (b"\x00\x01\x02;" * 100, "import_unreadable"),
        (b"PK\x03\x04" + b"rubbish" * 100, "import_unreadable"),
        (zip_of(a=b"x" * 10), "import_unreadable"),
        (damaged(zip_of(a=b"abc" * 5000)), "import_unreadable"),
        (zip_of(a=b"0" * (21 * 1024 * 1024)), "import_too_large"),
        (zip_of(a=b"0" * (2 * 1024 * 1024)), "import_too_large"),
        (b"x" * (5 * 1024 * 1024 + 1), "import_too_large"),
        (with_doctype(), "import_unreadable"),
        (workbook_of([["=1+1", "X", "Y", "0155", "Oslo"]]), "import_formula"),
        (workbook_of([]), "import_empty"),
        (csv_of([["1", "2", "3", "4", "5"]] * 5001), "import_too_many"),
        (csv_of([['"a\nb', "2", "3", "4", "5"]]), "import_unreadable"),
    ],
)
def test_what_is_no_file_of_companies_is_refused_whole(
    customer: Customer, user: User, content: bytes, code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        read(customer, user, content, "b.xlsx")
    assert refused.value.code == code
    assert not CompanyImport.objects.exists()


def test_files_are_read_so_many_times_an_hour(customer: Customer, user: User) -> None:
    for _ in range(MOST_AN_HOUR):
        read(customer, user, csv_of(rows(1)))
    with pytest.raises(DomainError, match="too_many_files"):
        read(customer, user, csv_of(rows(1)))


def test_another_customers_file_is_not_found(customer: Customer, user: User) -> None:
    found = read(customer, user, csv_of(rows(1)))
    with pytest.raises(DomainError, match="not_found"):
        import_companies(import_id=found.pk, customer_id=make_customer().pk, user=user)
