"""Fill an empty sandbox once: customers, companies, people, keys, agreements, and their counterparts at the bank."""

import json
import secrets
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from agreements import services as agreements
from agreements.kid import KidRule
from agreements.models import Agreement, Kind, Status
from autopay_portal.sandbox.description import Seeded, read_seeded
from autopay_portal.sandbox.people import (
    CUSTOMERS,
    OPERATOR,
    TERMS_EN,
    TERMS_NB,
    TERMS_VERSION,
    TWO_STEP_COMPANIES,
    PlannedBank,
    PlannedCompany,
    PlannedCustomer,
    PlannedUser,
)
from autopay_portal.sandbox.place import Place, write_private
from bank_gateway.models import Connection
from bank_gateway.relay.services.connections import create_connection, readdress_connection
from companies import services as companies
from companies.actors import Actor
from companies.models import Company, Customer, Employee, LicenceKind, Service, User
from companies.services.factors import seed_app, set_two_step

_ACTOR = Actor.system("sandbox")
_PASSWORD_BYTES = 12
_PATIENCE_SECONDS = 30.0


class UnableToSeedError(Exception):
    """The sandbox's data can't be written; the text says why."""


@dataclass(frozen=True)
class Line:
    """How a company reaches its bank by SFTP, as the bank answered."""

    host: str
    port: int
    username: str
    private_key: str = field(repr=False)
    host_key: str


class Banks(Protocol):
    """The simulated banks, as far as a sandbox is filled through them."""

    def open_agreement(self, *, bank: str, application: dict[str, Any]) -> Line:
        """Have a bank's clerk open an agreement, or find it as it is, and return the company's line."""
        ...


class ControlledBanks:
    """The simulated banks by their control API."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def open_agreement(self, *, bank: str, application: dict[str, Any]) -> Line:
        """Post the agreement and return the line. Raises UnableToSeedError with the bank's words."""
        request = urllib.request.Request(  # noqa: S310 - the address is the sandbox's own
            f"{self.url}/banks/{quote(bank)}/agreements",
            data=json.dumps(application).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310
                sftp = json.load(answer)["sftp"]
        except urllib.error.HTTPError as error:
            words = error.read(2000).decode("utf-8", "replace")
            raise UnableToSeedError(f"The simulated bank {bank} answered {error.code}: {words}") from None
        except OSError as error:
            raise UnableToSeedError(f"The simulated banks don't answer at {self.url}: {error}") from error
        return Line(
            host=sftp["host"],
            port=int(sftp["port"]),
            username=sftp["username"],
            private_key=sftp["private_key"],
            host_key=sftp["host_key"],
        )


# The lines of every company, by organisation number and bank.
Lines = dict[tuple[str, str], Line]


def write_sandbox_data(*, banks: Banks) -> bool:
    """Write the sandbox's data if it isn't there, and return whether any was written now.

    At the banks first, where asking again finds what there is; then all of ours in one transaction, with
    passwords and key files noted before it commits: killed anywhere, it can be run again. A later run takes over
    what has changed at the banks' side (a port, a key), gives a new password to users whose noted one was lost, and
    makes what the plan has and the sandbox never had: a bank that is newer than it. What a person has changed or
    closed stays so.
    """
    place = Place(settings.VAR)
    lines = {
        (company.org_number, at.bank): _open_at_bank(banks=banks, company=company, at=at)
        for customer in CUSTOMERS
        for company in customer.companies
        for at in company.banks
    }
    if Customer.objects.filter(number=CUSTOMERS[0].number).exists():
        return _renew(place=place, lines=lines)
    with transaction.atomic():
        noted = _write_all(place=place, lines=lines)
        write_private(place.seeded, noted)
    return True


def _open_at_bank(*, banks: Banks, company: PlannedCompany, at: PlannedBank) -> Line:
    common: dict[str, Any] = {
        "org_number": company.org_number,
        "customer_id": company.org_number,
        "division": at.division,
        "signers": 0,
        "balance": f"{at.balance}.00",
    }
    banks.open_agreement(
        bank=at.bank, application={**common, "account": at.remittance_account, "direction": "remittance"}
    )
    incoming = {
        **common,
        "account": at.incoming_account,
        "direction": "incoming",
        "notify": at.notify.value,
        "kid": [_kid_of(rule) for rule in at.kid],
    }
    return banks.open_agreement(bank=at.bank, application=incoming)


def _kid_of(rule: KidRule) -> dict[str, Any]:
    return {
        "length": rule.length,
        "modulus": rule.modulus,
        "customer": rule.customer and list(rule.customer),
        "invoice": rule.invoice and list(rule.invoice),
    }


def _write_all(*, place: Place, lines: Lines) -> dict[str, Any]:
    """Write every row and return what the database can't tell, for `seeded.json`."""
    noted: dict[str, Any] = {"passwords": {}, "erp_users": {}, "private_keys": {}}
    terms = companies.publish_terms(version=TERMS_VERSION, text_nb=TERMS_NB, text_en=TERMS_EN, actor=_ACTOR)
    for planned in CUSTOMERS:
        customer = companies.create_customer(number=planned.number, name=planned.name, actor=_ACTOR)
        users = {user.email: _create_user(planned=user, noted=noted) for user in planned.users}
        companies.accept_terms(customer=customer, terms=terms, user=users[planned.users[0].email])
        _license(customer=customer, planned=planned)
        made = {
            company.org_number: _create_company(customer=customer, planned=company) for company in planned.companies
        }
        _grant_rights(planned=planned, customer=customer, users=users, made=made)
        for company in planned.companies:
            noted["private_keys"] |= _equip(company=made[company.org_number], planned=company, lines=lines, place=place)
            noted["erp_users"][str(made[company.org_number].pk)] = company.erp_user
    companies.make_operator(user=_create_user(planned=OPERATOR, noted=noted), actor=_ACTOR)
    for demanding in Company.objects.filter(org_number__in=TWO_STEP_COMPANIES):
        set_two_step(company_id=demanding.pk, actor=_ACTOR)
    noted["totp_secrets"] = _seed_factors({})
    return noted


def _seed_factors(known: dict[str, str]) -> dict[str, str]:
    """Give an authenticator app to everybody who approves, administers or operates and never had one noted."""
    noted = dict(known)
    for planned in (*(user for customer in CUSTOMERS for user in customer.users), OPERATOR):
        user = User.objects.filter(email=planned.email).first()
        if user is not None and planned.needs_factor and planned.email not in known:
            secret = seed_app(user=user)
            noted |= {planned.email: secret} if secret else {}
    return noted


def _license(*, customer: Customer, planned: PlannedCustomer) -> None:
    """Register DI-Elbet and activate it on the firm's own company, the 000 client."""
    licence = companies.register_licence(customer=customer, kind=LicenceKind.DI_ELBET, actor=_ACTOR)
    if licence.activated_on_id is not None or Company.objects.filter(org_number=planned.org_number).exists():
        return
    own = companies.create_company(
        customer=customer,
        org_number=planned.org_number,
        name=planned.name,
        address=planned.address,
        postcode=planned.postcode,
        town=planned.town,
        actor=_ACTOR,
    )
    companies.activate_di_elbet(customer_id=customer.pk, company_id=own.pk, actor=_ACTOR)


def _create_user(*, planned: PlannedUser, noted: dict[str, Any]) -> User:
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    noted["passwords"][planned.email] = password
    return companies.create_user(email=planned.email, name=planned.name, password=password, actor=_ACTOR)


def _create_company(*, customer: Customer, planned: PlannedCompany) -> Company:
    company = companies.create_company(
        customer=customer,
        org_number=planned.org_number,
        name=planned.name,
        address=planned.address,
        postcode=planned.postcode,
        town=planned.town,
        actor=_ACTOR,
    )
    companies.activate_service(company=company, service=Service.AUTOPAY, actor=_ACTOR)
    return company


def _grant_rights(
    *, planned: PlannedCustomer, customer: Customer, users: dict[str, User], made: dict[str, Company]
) -> None:
    for person in planned.users:
        user = users[person.email]
        if person.administers:
            companies.make_customer_administrator(user=user, customer=customer, actor=_ACTOR)
        for org_number, roles in person.roles.items():
            for role in roles:
                companies.grant_role(user=user, company=made[org_number], role=role, actor=_ACTOR)
            if person.sees_salary:
                companies.grant_salary_access(user=user, company=made[org_number], actor=_ACTOR)
        for org_number in person.employed_by:
            companies.link_employee(user=user, company=made[org_number], actor=_ACTOR)


def _equip(*, company: Company, planned: PlannedCompany, lines: Lines, place: Place) -> dict[str, str]:
    """Give a company its key, lines, agreements and posting employee; return its key files, as they are noted."""
    companies.create_signing_key(company_id=company.pk, actor=_ACTOR)
    noted: dict[str, str] = {}
    for at in planned.banks:
        line = lines[planned.org_number, at.bank]
        connection = create_connection(company_id=company.pk, bank=at.bank, actor=_ACTOR, **vars(line))
        noted |= _note_key_file(place=place, connection=connection, org_number=planned.org_number, line=line)
        for new, kid in _agreements_of(planned=planned, at=at):
            drafted = agreements.create_agreement(company=company, new=new, kid=kid, actor=_ACTOR)
            _set_in_force(agreement=drafted, connection=connection)
    if planned.posting_employee:
        employee = Employee.objects.get(company=company, user__email=planned.posting_employee)
        companies.set_posting_employee(company=company, employee=employee, actor=_ACTOR)
    return noted


def _agreements_of(
    *, planned: PlannedCompany, at: PlannedBank
) -> tuple[tuple[agreements.NewAgreement, tuple[KidRule, ...]], ...]:
    remittance = agreements.NewAgreement(
        kind=Kind.REMITTANCE,
        bank=at.bank,
        account=at.remittance_account,
        customer_id=planned.org_number,
        division=at.division,
        approvers_required=at.approvers_required,
    )
    incoming = agreements.NewAgreement(
        kind=Kind.INCOMING,
        bank=at.bank,
        account=at.incoming_account,
        customer_id=planned.org_number,
        division=at.division,
        notify=at.notify,
    )
    return (remittance, ()), (incoming, at.kid)


def _set_in_force(*, agreement: Agreement, connection: Connection) -> None:
    """Take an agreement through its life to active, as the administrator, Central and the ERP do by turns."""
    agreements.order_agreement(agreement_id=agreement.pk, actor=_ACTOR)
    agreements.send_to_bank(agreement_id=agreement.pk, actor=_ACTOR)
    agreements.confirm_by_bank(agreement_id=agreement.pk, connection_id=connection.pk, actor=_ACTOR)
    agreements.set_active(agreement_id=agreement.pk, actor=_ACTOR)
    agreements.note_test(agreement_id=agreement.pk, passed=True, actor=_ACTOR)
    agreements.activate_for_erp(agreement_id=agreement.pk, actor=_ACTOR)


def _note_key_file(*, place: Place, connection: Connection, org_number: str, line: Line) -> dict[str, str]:
    """Write our key to a bank's line where SFTP clients take it from, a file of its own, mode 0600, and note where."""
    folder = place.run / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{connection.bank}-{org_number}"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(line.private_key, encoding="ascii")
    return {f"{connection.company_id}/{connection.bank}": str(path)}


def _renew(*, place: Place, lines: Lines) -> bool:
    """Take over what changed at the banks' side, add what the plan has and the sandbox never had; say if any was."""
    seeded = read_seeded(place)
    lost = _lost_passwords(seeded)
    private_keys: dict[str, str] = {}
    erp_users: dict[str, str] = {}
    added = False
    with transaction.atomic():
        for customer in Customer.objects.filter(number__in=[customer.number for customer in CUSTOMERS]):
            _license(customer=customer, planned=next(each for each in CUSTOMERS if each.number == customer.number))
        for planned in (company for customer in CUSTOMERS for company in customer.companies):
            company = Company.objects.filter(country="NO", org_number=planned.org_number).first()
            if company is None:
                continue
            erp_users[str(company.pk)] = planned.erp_user
            for at in planned.banks:
                line = lines[planned.org_number, at.bank]
                connection, new = _renew_line(company=company, bank=at.bank, line=line)
                private_keys |= _note_key_file(
                    place=place, connection=connection, org_number=planned.org_number, line=line
                )
                added |= _add_missing(company=company, planned=planned, at=at, connection=connection) or new
        for user in User.objects.filter(email__in=list(lost)):
            companies.set_password(user=user, password=lost[user.email], actor=_ACTOR)
        noted = {
            "passwords": {**seeded.passwords, **lost},
            "totp_secrets": _seed_factors(seeded.totp_secrets),
            "erp_users": {**erp_users, **seeded.erp_users},
            "private_keys": {**seeded.private_keys, **private_keys},
        }
        if Seeded(**noted) != seeded:
            write_private(place.seeded, noted)
    return added


def _renew_line(*, company: Company, bank: str, line: Line) -> tuple[Connection, bool]:
    """Return a company's line to a bank as the bank has it today, and whether it is new."""
    connection = Connection.objects.filter(company=company, bank=bank).first()
    if connection is None:
        return create_connection(company_id=company.pk, bank=bank, actor=_ACTOR, **vars(line)), True
    readdress_connection(connection_id=connection.pk, actor=_ACTOR, **vars(line))
    return connection, False


def _add_missing(*, company: Company, planned: PlannedCompany, at: PlannedBank, connection: Connection) -> bool:
    """Make the agreements at a bank that nobody ever had, and return whether there were any.

    One that was closed, and one that another company has meanwhile, is a person's doing and stays.
    """
    added = False
    for new, kid in _agreements_of(planned=planned, at=at):
        taken = Q(company=company) | Q(status__in=[Status.CONFIRMED_BY_BANK, Status.ACTIVE])
        if Agreement.objects.filter(taken, bank=new.bank, account=new.account, kind=new.kind).exists():
            continue
        drafted = agreements.create_agreement(company=company, new=new, kid=kid, actor=_ACTOR)
        _set_in_force(agreement=drafted, connection=connection)
        added = True
    return added


def _lost_passwords(seeded: Seeded) -> dict[str, str]:
    """Return new passwords for the people whose noted one is gone, as after VAR was emptied beside a kept database."""
    everyone = [*(user for customer in CUSTOMERS for user in customer.users), OPERATOR]
    return {
        user.email: secrets.token_urlsafe(_PASSWORD_BYTES) for user in everyone if user.email not in seeded.passwords
    }
