"""One order's way through the system, timed: from the POST to a ledger batch that is ready."""

import base64
import hashlib
import re
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import requests
from autopay_client import sign_request

from bank_gateway.norway.calendar import next_bank_day

from .sandbox import Running, forget_peak, peak_megabytes

_WAIT_SECONDS = 900
_OSLO = ZoneInfo("Europe/Oslo")
# By then the bank has given its receipts, technical and business.
_RECEIPT_SECONDS = 60
_TIMING = re.compile(r"(\w+);dur=([0-9.]+)")


@dataclass(slots=True)
class Intake:
    """The POST: seconds in all and by the server's own steps, and the web processes' peak memory in MB."""

    remittance: str
    seconds: float
    steps: dict[str, float]
    peak_memory: float


@dataclass(slots=True)
class Walk:
    """The whole way: seconds since the POST began at which each thing had happened."""

    marks: dict[str, float] = field(default_factory=dict)


def measure_intake(running: Running, company: dict[str, Any], path: Path) -> Intake:
    """Send an order over HTTP as the company's ERP and return what it took, from the first byte to the answer."""
    url = f"{running.description['api']}/remittances"
    key = company["signing_key"]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    headers = sign_request(
        method="POST",
        url=url,
        key_id=key["id"],
        secret=key["secret"],
        user=company["erp_user"],
        content_digest=f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
        idempotency_key=digest.hexdigest(),
    )
    web = running.processes("granian")
    forget_peak(web)
    with path.open("rb") as body:
        started = time.perf_counter()
        answer = requests.post(
            url, data=body, headers={**headers, "Content-Type": "application/xml"}, timeout=_WAIT_SECONDS
        )
        seconds = time.perf_counter() - started
    if answer.status_code != 201:
        raise RuntimeError(f"{answer.status_code}: {answer.text[:2000]}")
    timing = {name: float(ms) / 1000 for name, ms in _TIMING.findall(answer.headers.get("Server-Timing", ""))}
    return Intake(remittance=answer.json()["id"], seconds=seconds, steps=timing, peak_memory=peak_megabytes(web))


def follow(running: Running, remittance: str, *, began: float, accepted: float) -> Walk:
    """Wait for the bank's acceptance, advance the clock to the cut-off, and wait for the ledger batch."""
    walk = Walk(marks={"accepted by the API": accepted})
    connection = psycopg2.connect(running.database_url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            _wait_for(cursor, walk, began, "file for the bank ready", _RELEASED, remittance)
            _wait_for(cursor, walk, began, "at the bank", _SENT, remittance)
            _advance(running, {"seconds": _RECEIPT_SECONDS})
            _wait_for(cursor, walk, began, "in the due register", _ACCEPTED, remittance)
            _advance(running, {"to": "next_cutoff", "bank": "dnb"})
            walk.marks["executed by the bank"] = time.perf_counter() - began
            _wait_for(cursor, walk, began, "ledger batch ready", _BATCH, remittance)
    finally:
        connection.close()
    return walk


def wait_until_sent(running: Running, remittance: str) -> None:
    """Wait until a remittance's file lies at the bank."""
    connection = psycopg2.connect(running.database_url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            _wait_for(cursor, Walk(), time.perf_counter(), "at the bank", _SENT, remittance)
    finally:
        connection.close()


def begin_in_the_morning(running: Running) -> None:
    """Move the banks' clock to the next bank day at six, so that the next cut-off executes what is sent before it."""
    now = datetime.fromisoformat(requests.get(running.description["clock"], timeout=_WAIT_SECONDS).json()["now"])
    morning = datetime.combine(
        next_bank_day(now.astimezone(_OSLO).date() + timedelta(days=1)), time_of_day(6), tzinfo=_OSLO
    )
    _advance(running, {"to": morning.isoformat()})


def set_rate(running: Running, rate: float) -> None:
    """Set how fast the banks' clock runs; at 0 it stands."""
    url = f"{running.description['clock']}/rate"
    requests.post(url, json={"rate": rate}, timeout=_WAIT_SECONDS).raise_for_status()


def _advance(running: Running, step: dict[str, Any]) -> None:
    """Move the banks' clock, so that what is measured is work and not the banks' own waiting."""
    requests.post(f"{running.description['clock']}/advance", json=step, timeout=_WAIT_SECONDS).raise_for_status()


_RELEASED = "SELECT 1 FROM remittance_bankmessage WHERE remittance_id = %s"
_SENT = "SELECT 1 FROM remittance_cause WHERE remittance_id = %s AND kind = 'sent'"
_ACCEPTED = """SELECT 1 FROM remittance_remittance WHERE id = %s AND (counts ->> 'accepted')::int = payment_count"""
_BATCH = """SELECT 1 FROM remittance_remittance r JOIN erp_gateway_ledgerbatch b ON b.agreement_id = r.agreement_id
             WHERE r.id = %s AND r.status = 'completed' AND b.created_at > r.recorded_at"""


def _wait_for(cursor: Any, walk: Walk, began: float, mark: str, query: str, remittance: str) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        cursor.execute(query, [remittance])
        if cursor.fetchone():
            walk.marks[mark] = time.perf_counter() - began
            return
        time.sleep(0.05)
    raise RuntimeError(f"{mark!r} didn't come within {_WAIT_SECONDS} s")
