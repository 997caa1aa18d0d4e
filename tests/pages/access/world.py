"""A company with somebody of each role and one of each thing, and those who have no business there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.test import Client

from companies.models import Company, Role, User
from companies.services import create_signing_key
from companies.services.keys import NewKey
from tests.companies.builders import (
    SETUP,
    make_company,
    make_customer,
    make_customer_admin,
    make_operator,
    make_user,
)
from tests.erp_gateway.signing import signed_headers
from tests.pages.access.rows import Row, all_makers, all_rows, placeholders_of
from tests.remittance.builders import Sender

COMPANY_ROLES = (Role.VIEWER, Role.UPLOADER, Role.FILE_TRANSFER, Role.APPROVER, Role.AUTOPAY_ADMINISTRATOR)


@dataclass
class World:
    """A company of Hemmelig Regnskap AS; its people by role; strangers; and things, made when first named.

    `words` are what nobody outside the customer may read anywhere: makers add theirs.
    """

    company: Company
    people: dict[str, User]
    other: Company
    # Of another customer: one who may everything in its company, and its administrator.
    strangers: tuple[User, ...]
    # Of the same customer, with a role in another of its companies.
    sister: User
    key: NewKey
    other_key: NewKey
    words: list[str]
    things: dict[str, Any] = field(default_factory=dict)
    # What several makers share: the ERP that sends.
    sender: Sender | None = None

    def thing(self, name: str) -> Any:
        """Return a thing's id, making it if nobody has named it yet."""
        if name not in self.things:
            self.things[name] = all_makers()[name](self)
        return self.things[name]

    def make_all(self) -> None:
        """Make one of each thing that an address names."""
        named = {name for row in all_rows() for name in (row.placeholders | row.sent_placeholders)}
        for name in sorted(named - {"company", "customer"}):
            self.thing(name)

    def address(self, row: Row, *, under: Company | None = None) -> str:
        """Return a row's address with its things filled in, those of the company under another's address if asked."""
        return row.address.format(**self._values(row.placeholders, under or self.company))

    def body(self, row: Row) -> dict[str, Any]:
        """Return what a row sends, its things filled in."""
        return {name: self._filled(value) for name, value in row.body.items()}

    def _filled(self, value: Any) -> Any:
        if not isinstance(value, str) or "{" not in value:
            return value
        return value.format(**self._values(placeholders_of(value), self.company))

    def _values(self, names: frozenset[str], company: Company) -> dict[str, Any]:
        known = {"company": company.pk, "customer": company.customer_id}
        return {name: known[name] if name in known else self.thing(name) for name in names}

    def ask(self, row: Row, user: User | None, *, address: str = "") -> Any:
        """Send what a row says as a user of the company or, with another's own key, of another; None is nobody."""
        address = address or self.address(row)
        return self._call(row, user, address) if row.call else self._open(row, user, address)

    def _open(self, row: Row, user: User | None, address: str) -> Any:
        client = Client()
        if user is not None:
            client.force_login(user)
        headers = dict(row.headers)
        if row.method == "GET":
            return client.get(address, headers=headers)
        return client.post(address, self.body(row), headers=headers)

    def _call(self, row: Row, user: User | None, address: str) -> Any:
        content = json.dumps(self.body(row)).encode() if row.method != "GET" else None
        headers = {**row.headers, **(self._signed(row.method, address, content, user) if user else {})}
        media = "application/json" if content is not None else ""
        return Client().generic(row.method, address, content or b"", content_type=media, headers=headers)

    def _signed(self, method: str, address: str, content: bytes | None, user: User) -> Mapping[str, str]:
        key = self.other_key if user in self.strangers else self.key
        return signed_headers(method, address, content, key_id=str(key.key_id), secret=key.secret, user=user.email)


def make_world() -> World:
    """Make a company and its people, and another customer's."""
    company = make_company(customer=make_customer("Hemmelig Regnskap AS"), name="Hemmelig Varme AS")
    people = {role.value: make_user(company=company, roles=(role,), name=f"Hemmelig {role}") for role in COMPANY_ROLES}
    people["customer_administrator"] = make_customer_admin(customer=company.customer)
    people["operator"] = make_operator()
    other = make_company(customer=make_customer("Åpen Regnskap AS"), name="Åpen Fangst AS")
    sister = make_company(customer=company.customer, name="Søster AS")
    everything = (Role.AUTOPAY_ADMINISTRATOR, Role.APPROVER, Role.FILE_TRANSFER)
    strangers = (
        make_user(company=other, roles=everything, name="Fremmed Fangst"),
        make_customer_admin(customer=other.customer),
    )
    words = ["Hemmelig", company.org_number, *(people[role.value].email for role in COMPANY_ROLES)]
    return World(
        company=company,
        people=people,
        other=other,
        strangers=strangers,
        sister=make_user(company=sister, roles=everything, name="Søster Søstersen"),
        key=create_signing_key(company_id=company.pk, actor=SETUP),
        other_key=create_signing_key(company_id=other.pk, actor=SETUP),
        words=[*words, people["customer_administrator"].email],
    )


def told(answer: Any) -> str:
    """Return all that an answer says: head and body."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{answer.headers} {body.decode(errors='replace')}"


def ask_in_vain(world: World, row: Row, user: User, address: str) -> Any:
    """Ask, read all of the answer, and undo what it did, so that the next one finds the world as it was."""
    # A plain savepoint: what must be the outermost transaction would refuse another kind.
    before = transaction.savepoint()
    answer = world.ask(row, user, address=address)
    if answer.streaming:
        answer.streaming_content = [b"".join(answer.streaming_content)]
    transaction.savepoint_rollback(before)
    return answer


def leaks(world: World, answer: Any, asked: str) -> list[str]:
    """Return another's words in an answer, but for what was asked for itself."""
    said = told(answer).replace(asked, "")
    return [word for word in world.words if word in said and word not in asked]
