"""Payment dates that pass while an order waits, at banks that reject such dates and at banks that move them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction

from autopay_portal.core.vault import open_stored
from bank_gateway.models import OutgoingFile
from bank_gateway.profiles import PastDate, bank_ids, get_profile
from bank_gateway.takers import Decided
from companies.models import Alarm, AuditEvent, Role, User
from companies.services import sweep_alarms
from companies.verification import verify_audit
from remittance.errors import UnableToApproveError
from remittance.models import Approval, Cause, Payment, Remittance
from remittance.services.advance import advance_remittance, settle_received
from remittance.services.approve import approve_remittance, refuse_remittance, release_held_remittance
from remittance.services.cancel import cancel_remittance
from remittance.services.delivery import RemittanceListener
from remittance.services.passed_dates import find_passed
from remittance.tasks import move_passed_dates
from tests.companies.builders import SETUP, make_user

from .builders import Sender, make_sender, order, payment

OSLO = ZoneInfo("Europe/Oslo")
REJECTING = [bank for bank in bank_ids() if get_profile(bank).past_date is PastDate.REJECTED]
MOVING = [bank for bank in bank_ids() if get_profile(bank).past_date is not PastDate.REJECTED]
TUESDAY, WEDNESDAY, THURSDAY = "2026-11-24", "2026-11-25", "2026-11-26"


@contextmanager
def at(moment: str) -> Iterator[None]:
    with time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=OSLO), tick=True):
        yield


def send(sender: Sender, *payments: dict[str, Any]) -> UUID:
    """Send an order and take it to where it waits; nothing is released."""
    answer = sender.send_json(order(*(payments or [payment(execution_date=TUESDAY)])))
    assert answer.status_code == 201, answer.json()
    remittance_id = UUID(answer.json()["id"])
    settle_received(remittance_id=remittance_id)
    return remittance_id


def approver(sender: Sender) -> User:
    return make_user(company=sender.company, roles=(Role.APPROVER,))


def approve(remittance_id: UUID, user: User) -> None:
    seen = Remittance.objects.get(pk=remittance_id).content_hash
    approve_remittance(remittance_id=remittance_id, user=user, seen_hash=seen)


def dates() -> list[str]:
    return [str(day) for day in Payment.objects.order_by("position").values_list("bank_date", flat=True)]


def written() -> bytes:
    with open_stored(OutgoingFile.objects.get().path) as file:
        return file.read()


def test_the_banks_differ() -> None:
    assert REJECTING
    assert MOVING


@pytest.mark.parametrize("bank", REJECTING)
def test_a_date_that_passed_before_approval_is_moved_and_given_approvals_fall(db: None, bank: str) -> None:
    sender = make_sender(bank=bank, approvers_required=2)
    first, second = approver(sender), approver(sender)
    remittance_id = send(sender)
    approve(remittance_id, first)
    seen = Remittance.objects.get().content_hash

    with at(f"{WEDNESDAY}T00:00:30"):
        move_passed_dates()

        assert dates() == [WEDNESDAY]
        remittance = Remittance.objects.get()
        assert (remittance.status, remittance.content_hash == seen) == ("awaiting_approval", False)
        assert Approval.objects.get().voided_at is not None
        alarm = Alarm.objects.get(cleared_at=None)
        assert (alarm.code, alarm.params["day"], alarm.params["voided"]) == ("payment_date_passed", WEDNESDAY, 1)
        with pytest.raises(UnableToApproveError, match="content_changed"):
            approve_remittance(remittance_id=remittance_id, user=second, seen_hash=seen)
        approve(remittance_id, second)
        advance_remittance(remittance_id=remittance_id)
        assert not OutgoingFile.objects.exists()
        approve(remittance_id, first)
        advance_remittance(remittance_id=remittance_id)
    assert WEDNESDAY.encode() in written()
    assert TUESDAY.encode() not in written().partition(b"<PmtInf>")[2]
    assert verify_audit(heads_file=None).broken == ()


@pytest.mark.parametrize("bank", REJECTING)
def test_the_erp_and_the_timeline_are_told_of_it(db: None, bank: str) -> None:
    sender = make_sender(bank=bank, approvers_required=1)
    remittance_id = send(sender)

    with at(f"{WEDNESDAY}T00:00:30"):
        move_passed_dates()
        shown = sender.erp.get(f"remittances/{remittance_id}").json()
        paid = sender.erp.get(f"remittances/{remittance_id}/payments").json()["results"][0]
        timeline = sender.erp.get(f"payments/{paid['id']}/timeline").json()["results"]

    assert [warning["code"] for warning in shown["warnings"]] == ["passed_date_moved"]
    assert (paid["execution_date"], paid["bank_date"]) == (TUESDAY, WEDNESDAY)
    assert "dates_moved" in [event["event"] for event in timeline]
    assert AuditEvent.objects.filter(action="remittance.dates_moved").count() == 1


@pytest.mark.parametrize("bank", MOVING)
def test_a_bank_that_moves_past_dates_gets_them_and_approvals_stand(db: None, bank: str) -> None:
    sender = make_sender(bank=bank, approvers_required=2)
    first, second = approver(sender), approver(sender)
    remittance_id = send(sender)
    approve(remittance_id, first)

    with at(f"{WEDNESDAY}T09:00"):
        move_passed_dates()
        approve(remittance_id, second)
        advance_remittance(remittance_id=remittance_id)

    assert dates() == [TUESDAY]
    assert f">{TUESDAY}<".encode() in written()
    assert not Alarm.objects.filter(code__in=["payment_date_passed", "release_refused"]).exists()


@pytest.mark.parametrize("bank", REJECTING)
def test_an_approval_that_comes_before_the_sweep_is_told_to_look_again(db: None, bank: str) -> None:
    sender = make_sender(bank=bank, approvers_required=1)
    user = approver(sender)
    remittance_id = send(sender)

    with at(f"{WEDNESDAY}T09:00"):
        with pytest.raises(UnableToApproveError, match="dates_moved"):
            approve(remittance_id, user)
        assert (dates(), Approval.objects.count()) == ([WEDNESDAY], 0)
        approve(remittance_id, user)
        advance_remittance(remittance_id=remittance_id)

    assert WEDNESDAY.encode() in written()


@pytest.mark.parametrize("bank", REJECTING)
def test_a_release_of_what_was_held_is_told_to_look_again(db: None, bank: str) -> None:
    sender = make_sender(bank=bank)
    send(sender, payment(1, execution_date=TUESDAY))
    held = send(sender, payment(1, execution_date=TUESDAY))
    user = approver(sender)

    def release() -> None:
        seen = Remittance.objects.get(pk=held).content_hash
        release_held_remittance(remittance_id=held, user=user, seen_hash=seen, reason="To fakturaer")

    with at(f"{WEDNESDAY}T09:00"):
        with pytest.raises(UnableToApproveError, match="dates_moved"):
            release()
        release()

    assert str(Payment.objects.get(remittance=held).bank_date) == WEDNESDAY


@pytest.mark.parametrize("bank", REJECTING)
def test_a_refusal_needs_no_new_date(db: None, bank: str) -> None:
    sender = make_sender(bank=bank, approvers_required=1)
    remittance_id = send(sender)
    seen = Remittance.objects.get().content_hash

    with at(f"{WEDNESDAY}T09:00"):
        refuse_remittance(remittance_id=remittance_id, user=approver(sender), seen_hash=seen, reason="Feil")

    assert Remittance.objects.get().status == "rejected"


@pytest.mark.parametrize("bank", REJECTING)
def test_what_people_approved_is_never_moved_but_held_with_an_alarm_until_it_is_cancelled(db: None, bank: str) -> None:
    sender = make_sender(bank=bank, approvers_required=1)
    remittance_id = send(sender)
    approve(remittance_id, approver(sender))
    seen = Remittance.objects.get().content_hash

    with at(f"{WEDNESDAY}T09:00"):
        move_passed_dates()
        advance_remittance(remittance_id=remittance_id)

        assert (dates(), Remittance.objects.get().content_hash) == ([TUESDAY], seen)
        assert not OutgoingFile.objects.exists()
        alarm = Alarm.objects.get(cleared_at=None)
        assert (alarm.code, alarm.severity, alarm.params["reason"]) == ("release_refused", "red", "date_passed")
        cancel_remittance(remittance_id=remittance_id, actor=SETUP)
        sweep_alarms()
    assert Remittance.objects.get().status == "cancelled"
    assert not Alarm.objects.filter(cleared_at=None).exists()


@pytest.mark.parametrize("bank", REJECTING)
def test_what_nobody_has_to_approve_goes_with_a_new_date(db: None, bank: str) -> None:
    sender = make_sender(bank=bank)
    remittance_id = send(sender, payment(1, execution_date=TUESDAY), payment(2, amount="9.00", execution_date=THURSDAY))

    with at(f"{WEDNESDAY}T09:00"):
        advance_remittance(remittance_id=remittance_id)

    assert dates() == [WEDNESDAY, THURSDAY]
    assert Remittance.objects.get().warnings[-1]["code"] == "passed_date_moved"
    assert b"<Dt>2026-11-25</Dt>" in written()
    assert not Alarm.objects.filter(cleared_at=None).exists()


@pytest.mark.parametrize("bank", REJECTING)
def test_a_file_that_was_made_keeps_its_date_and_its_payments_too(db: None, bank: str) -> None:
    sender = make_sender(bank=bank)
    remittance_id = send(sender)
    advance_remittance(remittance_id=remittance_id)
    before = written()

    with at(f"{WEDNESDAY}T09:00"):
        move_passed_dates()
        advance_remittance(remittance_id=remittance_id)

    assert (dates(), written()) == ([TUESDAY], before)


@pytest.mark.parametrize("bank", REJECTING)
def test_each_kind_is_moved_to_its_own_first_day(db: None, bank: str) -> None:
    sender = make_sender(bank=bank, approvers_required=1)
    send(
        sender,
        payment(1, execution_date=TUESDAY),
        payment(2, amount="2.00", execution_date=TUESDAY, urgent=True),
        payment(3, amount="3.00", execution_date=TUESDAY, category="salary", kid=None, message="Lønn"),
        payment(4, amount="4.00", execution_date="2026-12-01"),
    )

    # Past the last cut-off of normal payments and of salaries, before that of urgent ones.
    with at(f"{WEDNESDAY}T15:00"):
        move_passed_dates()

    assert dates() == [THURSDAY, WEDNESDAY, THURSDAY, "2026-12-01"]


@pytest.mark.parametrize(
    ("now", "new"),
    [
        ("2026-12-23T23:59:30", "2026-12-23"),
        ("2026-12-24T00:00:30", "2026-12-28"),
        ("2026-12-26T12:00", "2026-12-28"),
        ("2026-12-28T14:29", "2026-12-28"),
        ("2026-12-28T14:30", "2026-12-29"),
        ("2027-12-30T12:00", "2027-12-30"),
    ],
)
def test_it_is_moved_by_the_calendar_and_the_banks_last_cut_off(db: None, now: str, new: str) -> None:
    sender = make_sender(bank="nordea", approvers_required=1)
    send(sender, payment(1, execution_date="2026-12-23"))

    with at(now):
        move_passed_dates()

    assert dates() == [new]


@pytest.mark.parametrize("bank", REJECTING)
def test_it_is_moved_once_a_day_and_found_only_while_it_has_passed(db: None, bank: str) -> None:
    sender = make_sender(bank=bank, approvers_required=1)
    remittance_id = send(sender)

    assert find_passed(now=datetime(2026, 11, 24, 23, 59, tzinfo=OSLO)) == []
    assert find_passed(now=datetime(2026, 11, 25, 0, 0, tzinfo=OSLO)) == [remittance_id]
    with at(f"{WEDNESDAY}T09:00"):
        for _ in range(3):
            move_passed_dates()
        assert find_passed(now=datetime(2026, 11, 25, 9, 0, tzinfo=OSLO)) == []
    with at(f"{THURSDAY}T09:00"):
        move_passed_dates()

    assert dates() == [THURSDAY]
    assert Cause.objects.filter(kind=Cause.Kind.DATES_MOVED).count() == 2
    assert Alarm.objects.get(cleared_at=None).times_raised == 2


@pytest.mark.parametrize("bank", REJECTING)
def test_a_cancelled_payment_keeps_its_date(db: None, bank: str) -> None:
    sender = make_sender(bank=bank, approvers_required=1)
    send(sender, payment(1, execution_date=TUESDAY), payment(2, amount="2.00", execution_date=TUESDAY))
    sender.erp.post(f"payments/{Payment.objects.get(position=1).pk}/cancel")

    with at(f"{WEDNESDAY}T09:00"):
        move_passed_dates()

    assert dates() == [TUESDAY, WEDNESDAY]


@pytest.mark.parametrize("bank", REJECTING)
@pytest.mark.parametrize("approvers", [0, 1])
def test_content_that_was_changed_behind_the_services_back_gets_no_new_hash(
    db: None, bank: str, approvers: int
) -> None:
    sender = make_sender(bank=bank, approvers_required=approvers)
    remittance_id = send(sender)
    seen = Remittance.objects.get().content_hash
    Payment.objects.update(amount=999)

    with at(f"{WEDNESDAY}T09:00"):
        move_passed_dates()
        advance_remittance(remittance_id=remittance_id)

        assert (dates(), Remittance.objects.get().content_hash) == ([TUESDAY], seen)
        assert not OutgoingFile.objects.exists()
        if approvers:
            with pytest.raises(UnableToApproveError, match="content_changed"):
                approve(remittance_id, approver(sender))
        else:
            assert Alarm.objects.get(code="release_refused").params["reason"] == "content_changed"


@pytest.mark.parametrize(
    ("bank", "waits_as"),
    [*((bank, "awaiting_approval") for bank in REJECTING), *((bank, "approved") for bank in MOVING)],
)
def test_what_two_operators_take_back_after_its_date_waits_for_a_new_approval_where_the_bank_would_reject_it(
    db: None, bank: str, waits_as: str
) -> None:
    sender = make_sender(bank=bank, approvers_required=1)
    user = approver(sender)
    remittance_id = send(sender)
    approve(remittance_id, user)
    advance_remittance(remittance_id=remittance_id)
    outgoing = OutgoingFile.objects.get()
    RemittanceListener().in_doubt(outgoing=outgoing)

    with at(f"{WEDNESDAY}T09:00"):
        decided = Decided(actor=SETUP, details={})
        with transaction.atomic():
            RemittanceListener().not_at_bank(outgoing=outgoing, decided=decided, same_file=False)
        assert Payment.objects.get().status == waits_as
        move_passed_dates()
        if waits_as == "awaiting_approval":
            assert dates() == [WEDNESDAY]
            approve(remittance_id, user)
        advance_remittance(remittance_id=remittance_id)

    assert OutgoingFile.objects.count() == 2
    assert not Alarm.objects.filter(code="release_refused").exists()
