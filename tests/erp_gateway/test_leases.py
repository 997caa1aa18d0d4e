"""Lease, posted, failed, release, reopen: who may post a batch, and what is known when that goes wrong."""

from typing import Any

import pytest
from django.db import connection

from companies.models import Alarm, Role
from erp_gateway.models import LedgerBatch

from .builders import Erp, another_user, make_agreement, make_erp
from .ledger_builders import make_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> Erp:
    """Return an ERP with the role file transfer."""
    erp = make_erp()
    make_agreement(erp.company)
    return erp


@pytest.fixture
def batch(erp: Erp) -> LedgerBatch:
    """Return a batch of the company."""
    return make_batch(erp.company)


def lease(erp: Erp, batch: LedgerBatch, seconds: int = 300) -> Any:
    """Lease the batch and return the answer's JSON."""
    answer = erp.post(f"ledger-batches/{batch.pk}/lease", {"seconds": seconds})
    assert answer.status_code == 200
    return answer.json()


def end_lease() -> None:
    """Let every lease end, as if its time had passed by PostgreSQL's clock."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE erp_gateway_ledgerbatch SET lease_expires_at = clock_timestamp() - interval '1 second'")


def report(erp: Erp, batch: LedgerBatch, what: str, **body: object) -> tuple[int, Any]:
    """Report on the batch and return status and JSON."""
    answer = erp.post(f"ledger-batches/{batch.pk}/{what}", body)
    return answer.status_code, answer.json()


def status_of(erp: Erp, batch: LedgerBatch) -> str:
    """Return the status that the API gives."""
    return str(erp.get(f"ledger-batches/{batch.pk}").json()["status"])


def test_a_batch_is_leased_posted_and_then_posted(erp: Erp, batch: LedgerBatch) -> None:
    held = lease(erp, batch)
    assert status_of(erp, batch) == "leased"

    status, posted = report(erp, batch, "posted", lease_id=held["lease_id"], voucher_numbers={"1": "40012"})

    assert (status, posted["status"]) == (200, "posted")
    assert status_of(erp, batch) == "posted"
    assert erp.post(f"ledger-batches/{batch.pk}/lease", {}).json()["code"] == "batch_posted"


def test_nobody_leases_what_another_holds(erp: Erp, batch: LedgerBatch) -> None:
    lease(erp, batch)

    answer = erp.post(f"ledger-batches/{batch.pk}/lease", {"seconds": 60})

    assert (answer.status_code, answer.json()["code"]) == (409, "batch_leased")


def test_the_same_posted_again_changes_nothing_and_other_numbers_are_refused(erp: Erp, batch: LedgerBatch) -> None:
    held = lease(erp, batch)["lease_id"]
    report(erp, batch, "posted", lease_id=held, voucher_numbers={"1": "40012"})

    assert report(erp, batch, "posted", lease_id=held, voucher_numbers={"1": "40012"})[0] == 200
    status, problem = report(erp, batch, "posted", lease_id=held, voucher_numbers={"1": "40013"})
    assert (status, problem["code"]) == (409, "posted_differently")
    assert report(erp, batch, "posted", lease_id=held)[0] == 409


def test_an_ended_lease_is_ready_again_and_may_still_report(erp: Erp, batch: LedgerBatch) -> None:
    held = lease(erp, batch)["lease_id"]
    end_lease()

    assert status_of(erp, batch) == "ready"
    assert [each["id"] for each in erp.get("ledger-batches?status=ready").json()["results"]] == [str(batch.pk)]
    assert erp.get("ledger-batches?status=leased").json()["results"] == []
    assert report(erp, batch, "posted", lease_id=held)[0] == 200
    assert not Alarm.objects.exists()


def test_a_lost_lease_is_refused_and_an_alarm_stands(erp: Erp, batch: LedgerBatch) -> None:
    lost = lease(erp, batch)["lease_id"]
    end_lease()
    held = lease(erp, batch)["lease_id"]

    status, problem = report(erp, batch, "posted", lease_id=lost)

    assert (status, problem["code"]) == (409, "lease_lost")
    alarm = Alarm.objects.get()
    assert (alarm.code, alarm.severity, alarm.company_id) == ("ledger_maybe_posted_twice", "red", erp.company.pk)
    assert report(erp, batch, "posted", lease_id=held)[0] == 200


def test_a_lost_lease_that_reports_after_the_batch_was_posted_raises_the_alarm_too(
    erp: Erp, batch: LedgerBatch
) -> None:
    lost = lease(erp, batch)["lease_id"]
    end_lease()
    report(erp, batch, "posted", lease_id=lease(erp, batch)["lease_id"])

    assert report(erp, batch, "posted", lease_id=lost)[1]["code"] == "lease_lost"
    assert Alarm.objects.count() == 1


def test_a_lease_that_never_was_is_refused_without_an_alarm(erp: Erp, batch: LedgerBatch) -> None:
    status, problem = report(erp, batch, "posted", lease_id="019ab000-0000-7000-8000-000000000000")

    assert (status, problem["code"]) == (409, "lease_lost")
    assert not Alarm.objects.exists()


def test_a_failed_batch_waits_until_an_administrator_releases_it(erp: Erp, batch: LedgerBatch) -> None:
    held = lease(erp, batch)["lease_id"]
    assert report(erp, batch, "failed", lease_id=held, reason="konto 2400 er sperret")[0] == 200
    assert report(erp, batch, "failed", lease_id=held, reason="konto 2400 er sperret")[0] == 200
    assert erp.post(f"ledger-batches/{batch.pk}/lease", {}).json()["code"] == "batch_failed"
    assert report(erp, batch, "release")[1]["code"] == "user_lacks_role"

    administrator = another_user(erp, Role.AUTOPAY_ADMINISTRATOR)
    assert report(administrator, batch, "release", reason="ordnet")[1]["status"] == "ready"

    assert not Alarm.objects.filter(cleared_at=None).exists()
    lease(erp, batch)


def test_a_lease_that_an_administrator_released_may_still_report_posted(erp: Erp, batch: LedgerBatch) -> None:
    held = lease(erp, batch)["lease_id"]
    report(another_user(erp, Role.AUTOPAY_ADMINISTRATOR), batch, "release")

    assert report(erp, batch, "posted", lease_id=held)[0] == 200


def test_a_posted_batch_is_reopened_with_a_reason_and_old_leases_are_dead(erp: Erp, batch: LedgerBatch) -> None:
    administrator = another_user(erp, Role.AUTOPAY_ADMINISTRATOR)
    held = lease(erp, batch)["lease_id"]
    assert report(administrator, batch, "reopen", reason="tapt")[1]["code"] == "batch_not_posted"
    report(erp, batch, "posted", lease_id=held)
    assert report(erp, batch, "reopen", reason="tapt")[1]["code"] == "user_lacks_role"
    assert report(administrator, batch, "reopen")[0] == 422

    assert report(administrator, batch, "reopen", reason="tapt i sikkerhetskopi")[1]["status"] == "ready"

    assert report(erp, batch, "posted", lease_id=held)[1]["code"] == "lease_lost"
    assert list(batch.events.order_by("id").values_list("event", flat=True)) == [
        "leased",
        "posted",
        "reopened",
        "lease_lost",
    ]


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("lease", {"seconds": "60"}),
        ("lease", {"seconds": 9}),
        ("lease", {"seconds": True}),
        ("posted", {}),
        ("posted", {"lease_id": "x"}),
        ("posted", {"lease_id": "019ab000-0000-7000-8000-000000000000", "voucher_numbers": ["1"]}),
        ("failed", {"lease_id": "019ab000-0000-7000-8000-000000000000"}),
    ],
)
def test_what_can_not_be_read_is_422_with_a_pointer(
    erp: Erp, batch: LedgerBatch, what: str, body: dict[str, object]
) -> None:
    answer = erp.post(f"ledger-batches/{batch.pk}/{what}", body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/")


def test_unknown_and_malformed_ids_are_404(erp: Erp) -> None:
    for batch_id in ("019ab000-0000-7000-8000-000000000000", "x"):
        for what in ("lease", "posted", "failed"):
            body = {"lease_id": "019ab000-0000-7000-8000-000000000000", "reason": "x"}
            assert erp.post(f"ledger-batches/{batch_id}/{what}", body).status_code == 404
