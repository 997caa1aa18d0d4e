"""Payments that stand in a state for too long raise one alarm per remittance and state, and nothing else happens."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements.models import Agreement
from bank_gateway.models import Connection, OutgoingFile
from bank_gateway.profiles import get_profile
from companies.alarm_limits import DEADLINES, Deadline
from companies.models import Alarm
from companies.services import sweep_alarms
from remittance.models import Payment, Remittance
from remittance.services.advance import advance_remittance
from remittance.states import PaymentStatus, derive_status
from remittance.watches import latest_day_past
from tests.remittance.builders import Sender, make_sender, order, payment

pytestmark = pytest.mark.django_db
OSLO = ZoneInfo("Europe/Oslo")
WEDNESDAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"
    settings.ALARM_GRACE_SECONDS = 0


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(datetime(2026, 11, 24, 9, 0, tzinfo=OSLO), tick=False) as traveller:
        yield traveller


@pytest.fixture
def sender(clock: Any) -> Sender:
    return make_sender(approvers_required=1)


def stand(sender: Sender, status: PaymentStatus, count: int = 2) -> Remittance:
    """Return a remittance whose payments, due on Wednesday, stand in a state."""
    payments = [
        payment(n, kid=None, message=f"Faktura {n}", end_to_end_id=f"{status}-{n}") for n in range(1, count + 1)
    ]
    answer = sender.send_json(order(*payments))
    assert answer.status_code == 201, answer.json()
    remittance = Remittance.objects.get(pk=answer.json()["id"])
    advance_remittance(remittance_id=remittance.pk)
    move(remittance, status)
    return remittance


def move(remittance: Remittance, status: PaymentStatus) -> None:
    Payment.objects.filter(remittance=remittance).update(status=status)
    counts = {status.value: Payment.objects.filter(remittance=remittance).count()}
    Remittance.objects.filter(pk=remittance.pk).update(counts=counts, status=derive_status(counts))


def at(clock: Any, day: int, hour: int, minute: int = 0) -> None:
    clock.move_to(datetime(2026, 11, day, hour, minute, tzinfo=OSLO))


def open_alarms() -> dict[str, str]:
    sweep_alarms()
    return {alarm.code: alarm.severity for alarm in Alarm.objects.filter(cleared_at=None)}


def states() -> set[str]:
    return set(Payment.objects.values_list("status", flat=True))


@pytest.mark.parametrize(
    ("status", "code", "amber", "red"),
    [
        (PaymentStatus.APPROVED, "too_long_approved", timedelta(hours=1), timedelta(hours=8)),
        (PaymentStatus.STOP_REQUESTED, "too_long_stop_requested", timedelta(hours=4), timedelta(days=1)),
    ],
)
def test_a_state_has_a_limit(
    sender: Sender, clock: Any, status: PaymentStatus, code: str, amber: timedelta, red: timedelta
) -> None:
    remittance = stand(sender, status)
    assert open_alarms() == {}
    clock.shift(amber - timedelta(seconds=1))
    assert code not in open_alarms()
    clock.shift(timedelta(seconds=1))
    assert open_alarms()[code] == "amber"
    alarm = Alarm.objects.get(code=code)
    assert (alarm.company_id, alarm.agreement_id) == (remittance.company_id, remittance.agreement_id)
    assert (alarm.subject_kind, alarm.subject_id) == ("remittance", str(remittance.pk))
    assert alarm.params == {"message_id": remittance.message_id, "count": 2}
    clock.shift(red - amber)
    assert open_alarms()[code] == "red"
    assert states() == {status}
    move(remittance, PaymentStatus.CANCELLED)
    assert open_alarms() == {}


def test_payments_in_doubt_for_a_working_day_are_red(sender: Sender, clock: Any) -> None:
    remittance = stand(sender, PaymentStatus.IN_DOUBT)
    open_alarms()
    clock.shift(timedelta(hours=8))
    assert open_alarms() == {"doubt_unsettled": "red"}
    move(remittance, PaymentStatus.PAID)
    assert open_alarms() == {}


def test_what_the_banks_answer_left_out_is_an_alarm_and_what_it_has_not_answered_another(
    sender: Sender, clock: Any
) -> None:
    remittance = stand(sender, PaymentStatus.APPROVED)
    sender_file = queue_by_hand(remittance, sender.agreement)
    move(remittance, PaymentStatus.SENT)
    OutgoingFile.objects.filter(pk=sender_file.pk).update(state="sent", sent_business_at=datetime.now(tz=OSLO))
    open_alarms()
    clock.shift(timedelta(hours=5))
    assert open_alarms() == {"bank_answer_missing": "amber"}
    OutgoingFile.objects.update(state="answered")
    assert open_alarms() == {}
    clock.shift(timedelta(hours=5))
    assert open_alarms() == {"too_long_sent": "amber"}


def queue_by_hand(remittance: Remittance, agreement: Agreement) -> OutgoingFile:
    from remittance.models import BankMessage

    file = OutgoingFile.objects.create(
        company_id=remittance.company_id,
        connection=Connection.objects.get(company_id=remittance.company_id),
        subject_kind="remittance",
        subject_id=remittance.pk,
        generation=1,
        agreement_id=agreement.pk,
        bank_message_id="MSG-1",
        name="MSG-1.xml",
        sha256="0" * 64,
        size=1,
        path="x",
    )
    BankMessage.objects.create(
        company_id=remittance.company_id,
        remittance=remittance,
        generation=1,
        message_id="MSG-1",
        outgoing_file=file,
        payment_count=2,
        created_at=datetime.now(tz=OSLO),
    )
    Remittance.objects.filter(pk=remittance.pk).update(generation=1)
    return file


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (PaymentStatus.AWAITING_APPROVAL, "approval_too_late"),
        (PaymentStatus.RECEIVED_BY_BANK, "too_long_received_by_bank"),
        (PaymentStatus.PENDING, "too_long_pending"),
    ],
)
def test_what_should_have_happened_by_its_days_last_cut_off(
    sender: Sender, clock: Any, status: PaymentStatus, code: str
) -> None:
    stand(sender, status)
    at(clock, 25, 14, 59)
    assert open_alarms() == {}
    at(clock, 25, 15, 1)
    assert open_alarms() == {code: "amber"}
    assert Alarm.objects.get().params["day"] == "2026-11-25"
    at(clock, 26, 15, 1)
    assert open_alarms() == {code: "red"}
    assert states() == {status}


def test_a_debit_is_awaited_until_noon_of_the_next_bank_day(sender: Sender, clock: Any) -> None:
    remittance = stand(sender, PaymentStatus.ACCEPTED)
    at(clock, 26, 11, 59)
    assert open_alarms() == {}
    at(clock, 26, 12, 1)
    assert open_alarms() == {"too_long_accepted": "amber"}
    at(clock, 27, 12, 1)
    assert open_alarms() == {"too_long_accepted": "red"}
    move(remittance, PaymentStatus.PAID)
    assert open_alarms() == {}


def test_a_bank_that_never_says_accepted_is_only_asked_for_the_debit(sender: Sender, clock: Any) -> None:
    Agreement.objects.filter(pk=sender.agreement.pk).update(bank="sparebank1")
    assert not get_profile("sparebank1").tells_accepted
    remittance = stand(sender, PaymentStatus.RECEIVED_BY_BANK)
    at(clock, 25, 23)
    assert open_alarms() == {}
    at(clock, 26, 12, 1)
    assert open_alarms() == {"too_long_accepted": "amber"}
    assert Alarm.objects.get().params["count"] == 2
    at(clock, 27, 12, 1)
    assert open_alarms() == {"too_long_accepted": "red"}
    move(remittance, PaymentStatus.ACCEPTED)
    assert open_alarms() == {"too_long_accepted": "red"}
    move(remittance, PaymentStatus.PAID)
    assert open_alarms() == {}


def test_what_is_due_later_is_no_alarm_however_long_it_has_stood(sender: Sender, clock: Any) -> None:
    stand(sender, PaymentStatus.ACCEPTED)
    Payment.objects.update(bank_date=date(2027, 1, 15))
    clock.shift(timedelta(days=30))
    assert open_alarms() == {}


def test_only_the_payments_that_are_late_are_counted(sender: Sender, clock: Any) -> None:
    stand(sender, PaymentStatus.ACCEPTED, count=3)
    Payment.objects.filter(position=1).update(bank_date=date(2027, 1, 15))
    at(clock, 26, 12, 1)
    open_alarms()
    assert Alarm.objects.get().params["count"] == 2


def test_signers_in_the_net_bank_are_wanted_before_the_cut_off_and_not_after(sender: Sender, clock: Any) -> None:
    sender.agreement.bank_approval = "in_net_bank"
    sender.agreement.save()
    stand(sender, PaymentStatus.PENDING)
    at(clock, 24, 13)
    assert open_alarms() == {}
    at(clock, 25, 11, 59)
    assert open_alarms() == {}
    at(clock, 25, 12, 1)
    assert open_alarms() == {"net_bank_approval_wanted": "amber"}
    at(clock, 25, 14, 1)
    assert open_alarms() == {}


@pytest.mark.parametrize(
    ("now", "bank_days", "expected"),
    [
        ("2026-11-25T14:59", 0, "2026-11-24"),
        ("2026-11-25T15:00", 0, "2026-11-25"),
        ("2026-11-25T15:00", 1, "2026-11-24"),
        # Saturday and Sunday: Friday's last cut-off has passed, and no bank day since.
        ("2026-11-28T09:00", 0, "2026-11-27"),
        ("2026-11-29T23:00", 1, "2026-11-26"),
        # Monday morning: still Friday's.
        ("2026-11-30T09:00", 0, "2026-11-27"),
        # Christmas Eve is no bank day, nor the two days after it; then a weekend.
        ("2026-12-24T16:00", 0, "2026-12-23"),
        ("2026-12-28T09:00", 1, "2026-12-22"),
    ],
)
def test_the_latest_day_that_has_passed_is_counted_in_bank_days(now: str, bank_days: int, expected: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=OSLO)
    deadline = Deadline(amber_days=0, red_days=1)
    assert latest_day_past(get_profile("dnb"), deadline, bank_days, moment) == date.fromisoformat(expected)


def test_an_hour_of_its_own_replaces_the_cut_off() -> None:
    noon = DEADLINES["too_long_accepted"]
    profile = get_profile("dnb")
    assert latest_day_past(profile, noon, 1, datetime(2026, 11, 26, 11, 59, tzinfo=OSLO)) == date(2026, 11, 24)
    assert latest_day_past(profile, noon, 1, datetime(2026, 11, 26, 12, 0, tzinfo=OSLO)) == WEDNESDAY


def test_many_remittances_cost_no_more_statements(sender: Sender, clock: Any) -> None:
    stand(sender, PaymentStatus.ACCEPTED, count=1)
    with CaptureQueriesContext(connection) as one:
        sweep_alarms()
    for _ in range(5):
        stand(sender, PaymentStatus.APPROVED, count=1)
        clock.shift(timedelta(hours=2))
    with CaptureQueriesContext(connection) as many:
        sweep_alarms()
    assert len(many) == len(one)
