"""Importing many companies: a file is read and reported line by line, then one button imports what was shown, once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError, ErrorDetail, NotFoundError, text_of
from companies.actors import Actor
from companies.company_files import read_companies
from companies.models import Company, CompanyImport, Customer, User
from companies.org_numbers import normalise_org_number
from companies.services.audit import record_audit
from companies.services.customers import create_company, faults_of_company

# Reading files tells which organisation numbers are known here, so it isn't free.
MOST_AN_HOUR = 20
FIELDS = ("org_number", "name", "address", "postcode", "town")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field of a line, in the reader's language."""

    field: str
    said: str


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One line of the file: what it says, and what is wrong with it."""

    number: int
    fields: Mapping[str, str]
    faults: Sequence[Fault]
    known: bool

    @property
    def good(self) -> bool:
        """Return whether this line is imported."""
        return not self.faults and not self.known


def lines_of(read: CompanyImport) -> list[ImportLine]:
    """Return the lines of a file that was read, their faults in the reader's language."""
    return [
        ImportLine(
            number=line["line"],
            fields=line["fields"],
            faults=[Fault(fault["field"], text_of(fault["code"], fault["params"])) for fault in line["faults"]],
            known=line["known"],
        )
        for line in read.lines
    ]


@transaction.atomic
def read_import(*, customer_id: UUID, file_name: str, content: bytes, user: User) -> CompanyImport:
    """Read a file of companies and keep what each line says and what is wrong with it; nothing is imported.

    Raises NotFoundError; DomainError (422) for a file that can't be read as `read_companies` says, `too_many_files`
    (429).
    """
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    if customer is None:
        raise NotFoundError()
    now = machine_now()
    lately = CompanyImport.objects.filter(customer=customer, read_at__gt=now - timedelta(hours=1))
    if lately.count() >= MOST_AN_HOUR:
        raise DomainError("too_many_files", status=429, headers={"Retry-After": "3600"})
    found = [(number, _normalised(fields)) for number, fields in read_companies(name=file_name, content=content)]
    numbers = Counter(fields["org_number"] for _, fields in found)
    known = _known(list(numbers))
    lines = [
        {
            "line": number,
            "fields": fields,
            "faults": [_stored(fault) for fault in _faults(fields, numbers)],
            "known": fields["org_number"] in known,
        }
        for number, fields in found
    ]
    return CompanyImport.objects.create(
        customer=customer, file_name=" ".join(file_name.split())[-200:], lines=lines, read_by=user, read_at=now
    )


@transaction.atomic
def import_companies(*, import_id: UUID, customer_id: UUID, user: User) -> CompanyImport:
    """Make every company of a file whose line was without fault, all of them or none; a second time makes none.

    Raises NotFoundError; ConflictError `import_stale` (409) where one of them exists by now: read the file again.
    """
    found = CompanyImport.objects.select_for_update(of=("self",)).select_related("customer")
    read = found.filter(pk=import_id, customer_id=customer_id).first()
    if read is None:
        raise NotFoundError()
    if read.imported_at is not None:
        return read
    good = [line for line in lines_of(read) if line.good]
    if not good:
        raise ConflictError("import_nothing")
    actor = Actor.user(user)
    # In the order of their numbers: two who import the same companies wait for one another and don't lock up.
    for line in sorted(good, key=lambda line: line.fields["org_number"]):
        _make(read.customer, line, actor)
    read.imported_at, read.imported_by, read.imported_count = machine_now(), user, len(good)
    read.save(update_fields=["imported_at", "imported_by", "imported_count"])
    record_audit(
        company_id=None,
        actor=actor,
        action="companies.imported",
        subject_kind="customer",
        subject_id=customer_id,
        details={"import": str(read.pk), "companies": len(good)},
    )
    return read


def _make(customer: Customer, line: ImportLine, actor: Actor) -> None:
    try:
        create_company(customer=customer, actor=actor, **line.fields)
    except (ConflictError, IntegrityError):
        raise ConflictError("import_stale", params={"line": line.number}) from None


def _normalised(fields: Mapping[str, str]) -> dict[str, str]:
    given = {field: fields.get(field, "") for field in FIELDS}
    postcode = given["postcode"]
    # Four digits, of which spreadsheets drop a leading zero.
    postcode = f"0{postcode}" if len(postcode) == 3 and postcode.isascii() and postcode.isdigit() else postcode
    return {**given, "org_number": normalise_org_number(given["org_number"]), "postcode": postcode}


def _faults(fields: Mapping[str, str], numbers: Mapping[str, int]) -> list[ErrorDetail]:
    faults = faults_of_company(fields)
    if fields["org_number"] and numbers[fields["org_number"]] > 1:
        params = {"org_number": fields["org_number"][:40]}
        faults.append(ErrorDetail("import_twice", params, pointer="/org_number"))
    return faults


def _stored(fault: ErrorDetail) -> dict[str, Any]:
    return {"field": (fault.pointer or "").removeprefix("/"), "code": fault.code, "params": dict(fault.params)}


def _known(numbers: Sequence[str]) -> frozenset[str]:
    found = Company.objects.filter(country="NO", org_number__in=numbers)
    return frozenset(found.values_list("org_number", flat=True))
