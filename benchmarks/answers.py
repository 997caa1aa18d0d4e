"""One order answered by one pain.002 and one camt.054: applied, beside the floor.

The floor of a file is what no applying of it can do without: libxml2 walks it, nothing checked (`iterparse`), and
PostgreSQL changes the state of the same payments with one UPDATE and commits it.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2

from .answer_files import Booked, write_notification, write_status_report
from .floor import walk_file
from .sandbox import ROOT, Running

_REPORT = "{urn:iso:std:iso:20022:tech:xsd:pain.002.001.10}TxInfAndSts"
_NOTIFICATION = "{urn:iso:std:iso:20022:tech:xsd:camt.054.001.08}TxDtls"
_STORE = """
import sys, django
django.setup()
from autopay_portal.core.vault import store
from bank_gateway.models import IncomingFile
from django.db.models.functions import Now
with open(sys.argv[1], "rb") as file:
    kept = store(iter(lambda: file.read(1 << 20), b""))
# Hinted at already: no worker takes it while it's measured.
row = IncomingFile.objects.create(connection_id=sys.argv[2], name=sys.argv[3], sha256=kept.sha256, size=kept.size,
                                  path=kept.path, hinted_at=Now())
print(row.pk)
"""


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying one file took, and what its floor takes. Seconds; MB; the size of the file in MB."""

    file: str
    payments: int
    megabytes: float
    seconds: float
    statements: int
    memory: float
    floor_parse: float
    floor_update: float

    @property
    def floor(self) -> float:
        """Both parts of the floor in a row."""
        return self.floor_parse + self.floor_update


@dataclass(frozen=True, slots=True)
class _Answers:
    """A bank's files about one remittance, and the line that they come by."""

    report: Path
    notification: Path
    line: str
    payments: int


def measure_answers(running: Running, folder: Path, *, remittance: str, small: str, day: date) -> list[Applied]:
    """Apply a pain.002 and a camt.054 of a remittance that lies at the bank unanswered, and return what each took.

    Whoever applies them has applied those of a small one before, as a worker has: the first file of a process pays for
    its imports and for what PostgreSQL reads of its catalogues.
    """
    before = _write_answers(running, folder / "small", remittance=small, day=day)
    answers = _write_answers(running, folder / "whole", remittance=remittance, day=day)
    applied = []
    for warm_up, path, tag in (
        (before.report, answers.report, _REPORT),
        (before.notification, answers.notification, _NOTIFICATION),
    ):
        took = _apply(running, [warm_up, path], answers.line)
        applied.append(
            Applied(
                file=path.stem, payments=answers.payments, megabytes=path.stat().st_size / 1e6, **took,
                floor_parse=min(walk_file(path, tag) for _ in range(3)),
                floor_update=min(_update(running, remittance) for _ in range(3)),
            )
        )  # fmt: skip
    return applied


def _write_answers(running: Running, folder: Path, *, remittance: str, day: date) -> _Answers:
    folder.mkdir()
    with psycopg2.connect(running.database_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            """SELECT m.message_id, min(p.bank_group), r.debtor_account, g.connection_id::text, sum(p.amount)::bigint
                 FROM remittance_remittance r JOIN remittance_bankmessage m ON m.remittance_id = r.id
                 JOIN remittance_payment p ON p.remittance_id = r.id
                 JOIN agreements_agreement g ON g.id = r.agreement_id
                WHERE r.id = %s GROUP BY 1, 3, 4""",
            [remittance],
        )
        message_id, group, account, line, total = cursor.fetchone()
        cursor.execute(
            """SELECT position, end_to_end_id, to_char(amount / 100.0, 'FM999999990.00'), creditor_name, kid, message
                 FROM remittance_payment WHERE remittance_id = %s ORDER BY position""",
            [remittance],
        )
        payments = [Booked(*row) for row in cursor.fetchall()]
    report, notification = folder / "pain002.xml", folder / "camt054.xml"
    write_status_report(report, message_id=message_id, group=group, payments=payments, day=day)
    write_notification(
        notification, message_id=message_id, group=group, account=account, payments=payments,
        total=f"{total // 100}.{total % 100:02d}", day=day,
    )  # fmt: skip
    return _Answers(report, notification, line, len(payments))


def _apply(running: Running, paths: list[Path], line: str) -> dict[str, Any]:
    """Apply files one after the other in a process of its own, and return what the last took."""
    environment = os.environ | {
        "AUTOPAY_VAR": str(running.var), "DJANGO_SETTINGS_MODULE": "autopay_portal.settings", "AUTOPAY_MODE": "sandbox"
    }  # fmt: skip
    stored = [
        subprocess.run(
            [sys.executable, "-c", _STORE, str(path), line, f"SIM-{path.parent.name}-{path.name}"], cwd=ROOT,
            env=environment, check=True, capture_output=True, text=True,
        ).stdout.strip()
        for path in paths
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.apply", *stored], cwd=ROOT, env=environment, check=True,
        stdout=subprocess.PIPE, stderr=None if os.environ.get("BENCH_SQL") else subprocess.DEVNULL, text=True,
    )  # fmt: skip
    took = json.loads(done.stdout)
    if set(took["states"]) != {"applied"}:
        raise RuntimeError(f"{paths}: {took['states']}")
    return {key: took[key] for key in ("seconds", "statements", "memory")}


def _update(running: Running, remittance: str) -> float:
    """Set the state of the same payments once more, in one statement, and commit."""
    connection = psycopg2.connect(running.database_url)
    try:
        with connection.cursor() as cursor:
            started = time.perf_counter()
            cursor.execute(
                "UPDATE remittance_payment SET status = status, updated_at = now() WHERE remittance_id = %s",
                [remittance],
            )
            connection.commit()
            return time.perf_counter() - started
    finally:
        connection.close()


def as_rows(applied: list[Applied]) -> list[dict[str, Any]]:
    """Return the figures as JSON takes them."""
    return [{**asdict(one), "floor": one.floor, "ratio": one.seconds / one.floor} for one in applied]
