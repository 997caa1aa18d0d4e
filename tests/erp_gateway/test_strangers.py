"""Every call of the API, whichever room it is of, with a stranger's valid key: nothing of another company is told.

The calls are read from the URL configuration, so that one mounted tomorrow is walked tomorrow.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from agreements.models import Agreement
from autopay_portal.core.clocks import business_today, machine_now
from bank_gateway.models import IncomingFile
from companies.models import Role
from erp_gateway.api import SignedAPIView
from erp_gateway.models import LedgerBatch, Message
from payments_in.models import IncomingPayment
from remittance.models import Payment, Remittance
from tests.remittance.builders import make_sender, order, payment

from .builders import API, Erp, make_erp
from .ledger_builders import make_batch, receipt_lines

METHODS = ("get", "post", "put", "patch", "delete")
# What answers without a signature, and why.
OPEN = {
    "openapi.json": "the description of the API",
    "docs/": "its readable page",
    "companies": "a connector's call, answers 501 until connectors exist",
}
FILTERS = ("agreement", "account", "end_to_end_id", "kid", "before", "company", "remittance", "status")
REFUSED = frozenset({400, 401, 403, 404, 405, 409, 415, 422, 501})


@dataclass(frozen=True)
class Call:
    """One method of one address."""

    method: str
    route: str
    view: Any

    def path(self, value: str) -> str:
        """Return the address with every placeholder set to `value` (a file format to json)."""
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda name: "json" if "format" in name[1] else value, self.route)


def all_calls() -> list[Call]:
    """Return every call below /api/v1/."""
    calls: list[Call] = []
    for route, callback in routes_below(get_resolver().url_patterns, ""):
        if not route.startswith("api/v1/"):
            continue
        view = getattr(callback, "cls", getattr(callback, "view_class", callback))
        methods = [name for name in METHODS if hasattr(view, name)] or ["get"]
        calls.extend(Call(name, route.removeprefix("api/v1/"), view) for name in methods)
    return [call for call in calls if call.route]


def routes_below(patterns: list[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield each route of a URL configuration with what answers it."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes_below(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def signed_calls() -> list[Call]:
    """Return the calls that must be signed."""
    return [call for call in all_calls() if call.route not in OPEN]


def name_of(call: Call) -> str:
    """Return a test's name for a call."""
    return f"{call.method} {call.route}"


def test_every_call_is_signed_or_named_as_open() -> None:
    assert len(signed_calls()) > 20
    unsigned = {
        call.route for call in all_calls() if not (isinstance(call.view, type) and issubclass(call.view, SignedAPIView))
    }
    assert unsigned == set(OPEN)


@pytest.fixture
def stranger(db: None) -> Erp:
    """Return another company's ERP, whose user may everything there."""
    return make_erp(Role.AUTOPAY_ADMINISTRATOR, Role.APPROVER)


@dataclass(frozen=True)
class Victim:
    """A company with something in it, and the ids and words that nobody else may see."""

    erp: Erp
    ids: tuple[str, ...]
    words: tuple[str, ...]


@pytest.fixture
def victim(db: None, settings: Any, tmp_path: Path) -> Victim:
    """Return a company with agreements, a remittance, an incoming payment, ledger batches and their messages."""
    settings.VAULT_DIR = tmp_path / "vault"
    sender = make_sender(Role.AUTOPAY_ADMINISTRATOR, approvers_required=1)
    erp, company = sender.erp, sender.company
    day = (business_today() + timedelta(days=2)).isoformat()
    sent = sender.send_json(order(payment(execution_date=day)))
    assert sent.status_code == 201
    remittance = sent.json()["id"]
    paid = erp.get(f"remittances/{remittance}/payments").json()["results"][0]["id"]
    batches = [
        make_batch(company, agreement=sender.agreement),
        make_batch(company, receipt_lines(), agreement=sender.agreement, kind="incoming"),
    ]
    received = make_receipt(sender.agreement)
    things = (company.pk, sender.agreement.pk, remittance, paid, received, *(batch.pk for batch in batches))
    ids = tuple(str(thing) for thing in things)
    words = (sender.agreement.account, "F-5001", "Hemmelig Betaler", "INV-1", company.name, erp.user.email)
    return Victim(erp=erp, ids=ids, words=words)


def make_receipt(agreement: Agreement) -> UUID:
    """Make an incoming payment as the room for them keeps it, and return its id."""
    assert agreement.connection is not None
    file = IncomingFile.objects.create(
        connection=agreement.connection, name="SIM-1.xml", sha256="0" * 64, size=1, path="x", state="applied"
    )
    receipt = IncomingPayment.objects.create(
        company_id=agreement.company_id,
        agreement=agreement,
        account=agreement.account,
        amount=125_000,
        currency="NOK",
        booking_date=business_today(),
        kid="0010017",
        debtor_name="Hemmelig Betaler",
        source="camt054",
        file=file,
        matched=True,
        entry=1,
        transaction=1,
        created_at=machine_now(),
    )
    return receipt.pk


def test_the_company_itself_is_told(victim: Victim) -> None:
    """What the walk looks for is there to be found."""
    told = b""
    for path in ("agreements", "remittances", "payments", "incoming-payments", "ledger-batches", "messages?after=0"):
        answer = victim.erp.get(path)
        assert answer.status_code == 200
        told += answer.content

    assert [value for value in victim.ids if value.encode() not in told] == []


@pytest.mark.parametrize("call", signed_calls(), ids=name_of)
def test_without_a_signature_nothing_is_answered(call: Call, victim: Victim) -> None:
    for value in victim.ids:
        answer = victim.erp.send(call.method.upper(), f"{API}/{call.path(value)}", None, {})
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_missing")


@pytest.mark.parametrize("call", signed_calls(), ids=name_of)
def test_a_strangers_key_sees_and_changes_nothing(call: Call, victim: Victim, stranger: Erp) -> None:
    before = snapshot(victim)
    body = json.dumps({"lease_id": victim.ids[0], "reason": "x", "up_to": 0}).encode()
    content = None if call.method == "get" else body

    for value in victim.ids:
        answer = stranger.call(call.method.upper(), call.path(value), content, {"Idempotency-Key": f"k-{value}"})
        if "<" in call.route:
            assert answer.status_code in REFUSED
        assert told_of(victim, answer, besides=value) == []

    assert snapshot(victim) == before


@pytest.mark.parametrize("call", [call for call in signed_calls() if call.method == "get"], ids=name_of)
def test_filters_that_name_anothers_things_find_nothing(call: Call, victim: Victim, stranger: Erp) -> None:
    for value in (*victim.ids, *victim.words):
        query = "&".join(
            f"{name}={value}" for name in ("agreement", "account", "end_to_end_id", "kid", "before", "company")
        )
        answer = stranger.get(f"{call.path(victim.ids[1])}?{query}")
        assert told_of(victim, answer, besides=value) == []


@pytest.mark.parametrize("call", [call for call in signed_calls() if "<" in call.route], ids=name_of)
def test_an_id_that_is_none_is_404_as_a_strangers_is(call: Call, stranger: Erp) -> None:
    content = None if call.method == "get" else b'{"lease_id": "019ab000-0000-7000-8000-000000000000", "reason": "x"}'
    for value in ("019ab000-0000-7000-8000-000000000000", "x", "1"):
        answer = stranger.call(call.method.upper(), call.path(value), content, {"Idempotency-Key": f"k-{value}"})
        assert answer.status_code in {404, 501}


def test_an_address_that_is_none_is_a_problem_document(stranger: Erp) -> None:
    for path in ("nothing", "ledger-batches/", "ledger-batches/x/y/z"):
        answer = stranger.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def told_of(victim: Victim, answer: Any, *, besides: str) -> list[str]:
    """Return what an answer tells of the company, `besides` what the caller named himself."""
    told = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return [word for word in (*victim.ids, *victim.words) if word != besides and word.encode() in told]


def snapshot(victim: Victim) -> list[Any]:
    """Return what a stranger's call could have changed of the company."""
    company = victim.erp.company
    company.refresh_from_db()
    return [
        list(LedgerBatch.objects.filter(company=company).order_by("pk").values_list("pk", "status", "lease_id")),
        Message.objects.filter(company=company).count(),
        list(Remittance.objects.filter(company=company).values_list("pk", "status")),
        list(Payment.objects.filter(company=company).values_list("pk", "status")),
        list(Agreement.objects.filter(company=company).order_by("pk").values_list("pk", "erp_active", "last_test_at")),
        company.acknowledged_sequence,
    ]
