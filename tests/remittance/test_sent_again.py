"""A refused file sent again as a new one: only then, never twice, and the old one is heard if it lives after all."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine

from autopay_portal.core.errors import DomainError, ForbiddenError, NotFoundError
from autopay_portal.core.ids import uuid7
from autopay_portal.core.vault import open_stored
from bank_gateway.models import Deviation, Doubt, OutgoingFile
from companies.models import Alarm, AuditEvent, Company, Role, User
from companies.services import revoke_role
from erp_gateway.models import LedgerBatch, Message
from remittance.models import Approval, BankMessage, Cause, Payment, Remittance
from remittance.services.advance import advance_remittance
from remittance.services.approve import approve_remittance
from remittance.services.cancel import cancel_remittance
from remittance.services.send_again import send_again
from tests.companies.builders import SETUP, make_operator, make_user

from .builders import Sender, make_sender, sample
from .test_answers import ORDER, Ordered, ordered, states

__all__ = ["ordered"]

ACTC = "pain002/own_pain.002.001.03_1_technical_actc.xml"
REJECTED = "pain002/own_pain.002.001.03_1_technical_rjct_ff01.xml"
DUPLICATE = "pain002/own_pain.002.001.03_1_duplicate_rjct.xml"
BUSINESS = "pain002/own_pain.002.001.03_2_business_part.xml"
DEBITS = "camt054/own_camt.054.001.02_debit_notification_batch.xml"
LATER = ("2026-11-20T", "2026-11-24T")


@pytest.fixture
def kari(ordered: Ordered) -> User:
    return make_user(company=ordered.sender.company, roles=(Role.UPLOADER,))


def again(user: User, *, generation: int = 1) -> str:
    message = BankMessage.objects.get(generation=generation)
    return send_again(remittance_id=message.remittance_id, message_id=message.pk, user=user)


def refused(user: User, *, generation: int = 1) -> str:
    with pytest.raises(DomainError) as error:
        again(user, generation=generation)
    return error.value.code


def released() -> OutgoingFile:
    """Let the new file be made, and return it."""
    advance_remittance(remittance_id=Remittance.objects.get().pk)
    return OutgoingFile.objects.latest("generation")


def sent_again(ordered: Ordered, user: User, *, state: str) -> OutgoingFile:
    """Let the bank refuse the first file, send its payments again, and bring the new file to a state."""
    ordered.answer(REJECTED)
    again(user)
    if state == "unwritten":
        return OutgoingFile.objects.get()
    newer = released()
    steps = {"queued": (0, 0), "uploading": (1, 0), "renaming": (1, 1), "sent": (1, 1)}
    attempt, renames = steps[state]
    OutgoingFile.objects.filter(pk=newer.pk).update(state=state, attempt=attempt, renames=renames)
    if state == "sent":
        Payment.objects.update(status="sent")
        Remittance.objects.update(counts={"sent": 4}, status="sent")
    newer.refresh_from_db()
    return newer


def test_the_payments_go_in_a_new_file_of_the_same_content(ordered: Ordered, kari: User) -> None:
    ordered.answer(REJECTED)

    assert again(kari) == "approved"
    second = released()

    first = OutgoingFile.objects.get(generation=1)
    assert (first.state, second.state, second.generation) == ("rejected", "queued", 2)
    assert first.bank_message_id != second.bank_message_id
    assert set(states().values()) == {"approved"}
    with open_stored(first.path) as one, open_stored(second.path) as other:
        old, new = one.read().decode(), other.read().decode()
    assert old.replace(first.bank_message_id, "ID")[300:] == new.replace(second.bank_message_id, "ID")[300:]
    kept = BankMessage.objects.order_by("generation")
    assert [(str(m.positions), str(m.given_up)) for m in kept] == [("{[1,5)}", "{[1,5)}"), ("{[1,5)}", "{}")]


def test_it_is_audited_told_to_the_feed_and_in_the_payments_course(ordered: Ordered, kari: User) -> None:
    ordered.answer(REJECTED)
    again(kari)

    event = AuditEvent.objects.get(action="remittance.sent_again")
    assert (event.actor_user_id, event.details["payments"]) == (kari.pk, 4)
    assert Cause.objects.get(kind="new_generation").actor_user == kari
    told = Message.objects.filter(kind="payment_status").order_by("sequence").last()
    assert told is not None
    assert told.data["status"] == "approved"


def test_clicking_twice_sends_once(ordered: Ordered, kari: User) -> None:
    ordered.answer(REJECTED)
    again(kari)

    assert refused(kari) == "nothing_to_send_again"
    released()
    assert refused(kari) == "nothing_to_send_again"
    assert OutgoingFile.objects.count() == 2


@pytest.mark.parametrize("answers", [[], [ACTC], [BUSINESS]])
def test_only_after_the_bank_refused_the_whole_file(ordered: Ordered, kari: User, answers: list[str]) -> None:
    for name in answers:
        ordered.answer(name)

    assert refused(kari) == "file_not_refused"


@pytest.mark.parametrize(("renames", "code"), [(1, "file_not_refused"), (2, "file_not_refused")])
def test_not_after_a_reject_that_is_about_a_second_copy(ordered: Ordered, kari: User, renames: int, code: str) -> None:
    OutgoingFile.objects.update(state="sent", attempt=renames, renames=renames)

    ordered.answer(DUPLICATE)

    assert refused(kari) == code
    assert set(states().values()) == {"in_doubt" if renames == 1 else "approved"}


def test_not_when_the_bank_debited_something_of_it(ordered: Ordered, kari: User) -> None:
    ordered.answer(REJECTED)
    ordered.answer(DEBITS)

    assert refused(kari) == "file_shows_life"


def test_not_when_the_bank_accepted_something_of_it_later(ordered: Ordered, kari: User) -> None:
    ordered.answer(REJECTED)
    ordered.answer(ACTC, ("<GrpSts>ACTC</GrpSts>", "<GrpSts>ACCP</GrpSts>"), LATER)

    assert set(states().values()) == {"rejected_by_bank"}
    assert refused(kari) == "file_shows_life"


def test_a_receipt_made_before_the_reject_but_come_after_it_is_no_life(ordered: Ordered, kari: User) -> None:
    ordered.answer(REJECTED, LATER)
    ordered.answer(ACTC)

    assert again(kari) == "approved"


def test_not_when_the_bank_had_said_that_one_is_settled(ordered: Ordered, kari: User) -> None:
    ordered.answer(ACTC, ("<GrpSts>ACTC</GrpSts>", "<GrpSts>ACSC</GrpSts>"))
    ordered.answer(REJECTED, LATER)

    assert refused(kari) == "file_shows_life"


def test_not_on_an_agreement_that_is_not_in_force(ordered: Ordered, kari: User) -> None:
    ordered.answer(REJECTED)
    type(ordered.sender.agreement).objects.update(erp_active=False)

    assert refused(kari) == "agreement_not_active"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER])
def test_only_who_may_send(ordered: Ordered, role: Role) -> None:
    ordered.answer(REJECTED)

    with pytest.raises(ForbiddenError):
        again(make_user(company=ordered.sender.company, roles=(role,)))
    with pytest.raises(ForbiddenError):
        again(make_operator())
    assert set(states().values()) == {"rejected_by_bank"}


def test_not_the_file_of_another_remittance(ordered: Ordered, kari: User) -> None:
    ordered.answer(REJECTED)

    with pytest.raises(NotFoundError):
        send_again(remittance_id=Remittance.objects.get().pk, message_id=uuid7(), user=kari)


@pytest.fixture
def signed(db: None) -> tuple[Ordered, User]:
    """A remittance that one person has approved."""
    sender: Sender = make_sender(approvers_required=1)
    remittance_id = UUID(sender.send_xml(sample(ORDER)).json()["id"])
    advance_remittance(remittance_id=remittance_id)
    approver = make_user(company=sender.company, roles=(Role.APPROVER,))
    seen = Remittance.objects.get().content_hash
    approve_remittance(remittance_id=remittance_id, user=approver, seen_hash=seen)
    advance_remittance(remittance_id=remittance_id)
    return Ordered(sender, BankMessage.objects.get().message_id), approver


def sender_of(company: Company) -> User:
    return make_user(company=company, roles=(Role.AUTOPAY_ADMINISTRATOR,))


def test_approvals_that_still_fit_stay_valid(signed: tuple[Ordered, User]) -> None:
    ordered, _ = signed
    ordered.answer(REJECTED)

    assert again(sender_of(ordered.sender.company)) == "approved"
    assert released().generation == 2


def test_an_approval_of_who_lost_the_right_is_given_anew_by_another(signed: tuple[Ordered, User]) -> None:
    ordered, approver = signed
    ordered.answer(REJECTED)
    revoke_role(user=approver, company=ordered.sender.company, role=Role.APPROVER, actor=SETUP)

    assert again(sender_of(ordered.sender.company)) == "awaiting_approval"
    assert released().generation == 1
    other = make_user(company=ordered.sender.company, roles=(Role.APPROVER,))
    remittance = Remittance.objects.get()
    approve_remittance(remittance_id=remittance.pk, user=other, seen_hash=remittance.content_hash)
    assert released().generation == 2


def test_a_day_that_the_bank_moved_meanwhile_is_approved_anew(signed: tuple[Ordered, User]) -> None:
    ordered, approver = signed
    accepted = (
        ("<GrpSts>ACTC</GrpSts>", "<GrpSts>ACWC</GrpSts>"),
        ("2026-11-20T", "2026-11-21T"),
    )
    ordered.answer(ACTC, *accepted)
    Payment.objects.update(bank_date="2026-11-26")
    ordered.answer(REJECTED, LATER)

    assert again(sender_of(ordered.sender.company)) == "awaiting_approval"
    assert not Approval.objects.filter(voided_at=None).exists()
    remittance = Remittance.objects.get()
    approve_remittance(remittance_id=remittance.pk, user=approver, seen_hash=remittance.content_hash)
    assert released().generation == 2


def test_content_changed_behind_the_services_back_is_never_sent(ordered: Ordered, kari: User) -> None:
    ordered.answer(REJECTED)
    Payment.objects.filter(position=2).update(amount=1)

    again(kari)

    assert released().generation == 1
    assert Alarm.objects.get(code="release_refused").params["reason"] == "content_changed"


def test_what_was_sent_again_can_be_cancelled_before_it_leaves(ordered: Ordered, kari: User) -> None:
    ordered.answer(REJECTED)
    again(kari)
    newer = released()

    from companies.actors import Actor

    cancel_remittance(remittance_id=newer.subject_id, actor=Actor.user(kari))

    newer.refresh_from_db()
    assert newer.state == "withdrawn"
    assert set(states().values()) == {"cancelled"}


def test_a_second_refusal_can_be_sent_again_too(ordered: Ordered, kari: User) -> None:
    ordered.answer(REJECTED)
    again(kari)
    second = released()
    ordered.answer(REJECTED, (ordered.message_id, second.bank_message_id), LATER)

    assert refused(kari, generation=1) == "nothing_to_send_again"
    assert again(kari, generation=2) == "approved"
    assert released().generation == 3


def test_the_old_refusal_said_again_changes_nothing_and_is_no_alarm(ordered: Ordered, kari: User) -> None:
    newer = sent_again(ordered, kari, state="unwritten")

    ordered.answer(REJECTED, ("FF01", "FF02"), LATER)

    assert set(states().values()) == {"approved"}
    assert not Alarm.objects.filter(code__in=("replaced_file_lives", "bank_contradicts_itself")).exists()
    assert newer.generation == 1
    assert released().generation == 2


ALIVE = ("<GrpSts>ACTC</GrpSts>", "<GrpSts>ACCP</GrpSts>")


@pytest.mark.parametrize("state", ["unwritten", "queued", "uploading"])
def test_an_answer_that_shows_life_stops_a_new_file_that_has_not_left(ordered: Ordered, kari: User, state: str) -> None:
    newer = sent_again(ordered, kari, state=state)

    ordered.answer(ACTC, ALIVE, LATER)

    newer.refresh_from_db()
    assert newer.state == ("rejected" if state == "unwritten" else "withdrawn")
    assert set(states().values()) == {"accepted"}
    assert Alarm.objects.filter(code="replaced_file_lives", severity="red", cleared_at=None).exists()
    assert released().generation == newer.generation
    assert not Doubt.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("state", ["renaming", "sent"])
def test_an_answer_that_shows_life_is_an_alarm_and_no_more_when_the_new_file_has_left(
    ordered: Ordered, kari: User, state: str
) -> None:
    newer = sent_again(ordered, kari, state=state)
    before = states()

    ordered.answer(ACTC, ALIVE, LATER)

    newer.refresh_from_db()
    assert newer.state == state
    assert states() == before
    assert Alarm.objects.filter(code="replaced_file_lives", severity="red", cleared_at=None).exists()


@pytest.mark.parametrize("state", ["unwritten", "queued", "uploading"])
@pytest.mark.parametrize("renames", [1, 2])
def test_a_duplicate_reject_of_the_old_file_shows_that_the_bank_has_it(
    ordered: Ordered, kari: User, state: str, renames: int
) -> None:
    newer = sent_again(ordered, kari, state=state)
    OutgoingFile.objects.filter(generation=1).update(attempt=renames, renames=renames)

    ordered.answer(DUPLICATE, LATER)

    newer.refresh_from_db()
    if state != "unwritten":
        assert newer.state == "withdrawn"
    assert set(states().values()) == {"in_doubt"}
    assert Alarm.objects.filter(code="replaced_file_lives", severity="red").exists()
    assert Doubt.objects.get(ended_at=None).outgoing.generation == 1
    assert released().generation == newer.generation


@pytest.mark.parametrize("state", ["unwritten", "queued", "uploading"])
def test_a_debit_by_the_old_file_pays_and_stops_a_new_file_that_has_not_left(
    ordered: Ordered, kari: User, state: str
) -> None:
    newer = sent_again(ordered, kari, state=state)

    ordered.answer(DEBITS)

    newer.refresh_from_db()
    if state != "unwritten":
        assert newer.state == "withdrawn"
    assert states() == {"101": "in_doubt", "102": "paid", "103": "paid", "104": "in_doubt"}
    assert Alarm.objects.filter(code="replaced_file_lives", severity="red").exists()
    doubt = Doubt.objects.get(ended_at=None)
    assert (doubt.kind, doubt.outgoing.generation) == ("revived", 1)
    assert LedgerBatch.objects.count() == 1
    assert released().generation == newer.generation


@pytest.mark.parametrize("state", ["renaming", "sent"])
def test_a_debit_by_the_old_file_pays_with_a_red_alarm_when_the_new_one_has_left(
    ordered: Ordered, kari: User, state: str
) -> None:
    newer = sent_again(ordered, kari, state=state)

    ordered.answer(DEBITS)

    assert (states()["102"], states()["103"]) == ("paid", "paid")
    assert OutgoingFile.objects.get(pk=newer.pk).state == state
    assert Alarm.objects.filter(code="replaced_file_lives", severity="red").exists()


def test_both_files_debited_is_paid_once_and_the_second_is_held_with_a_red_alarm(ordered: Ordered, kari: User) -> None:
    newer = sent_again(ordered, kari, state="sent")
    ordered.answer(DEBITS, *second_file(ordered, newer))
    assert not Alarm.objects.filter(code="payment_debited_twice").exists()

    ordered.answer(DEBITS)

    assert (states()["102"], states()["103"]) == ("paid", "paid")
    assert LedgerBatch.objects.count() == 1
    held = Deviation.objects.get(state="open")
    assert (held.reason, held.direction) == ("already_paid", "DBIT")
    assert Alarm.objects.get(code="payment_debited_twice").severity == "red"


def second_file(ordered: Ordered, newer: OutgoingFile) -> tuple[tuple[str, str], ...]:
    return (
        (ordered.message_id, newer.bank_message_id),
        ("BANK-D-0001", "BANK-D-0002"),
        ("DEB-20261123-1", "DEB-20261123-2"),
        ("<NtryRef>1</NtryRef>", "<NtryRef>2</NtryRef>"),
    )


def test_both_files_debited_in_one_notification_pay_once_and_the_second_is_held(ordered: Ordered, kari: User) -> None:
    from .test_answers_hard_to_read import entry_of

    newer = sent_again(ordered, kari, state="sent")
    one = entry_of(DEBITS).replace("FJV-20261120-0001", ordered.message_id)
    other = one.replace(ordered.message_id, newer.bank_message_id).replace("DEB-20261123-1", "DEB-20261123-2")

    ordered.answer(DEBITS, (one, one + other.replace("<NtryRef>1</NtryRef>", "<NtryRef>2</NtryRef>")))

    assert (states()["102"], states()["103"]) == ("paid", "paid")
    assert LedgerBatch.objects.count() == 1
    held = Deviation.objects.filter(state="open").values_list("reason", "direction")
    assert list(held) == [("already_paid", "DBIT")]
    assert Alarm.objects.get(code="payment_debited_twice").params["count"] == 2


def test_dates_that_have_passed_go_as_they_are_to_a_bank_that_moves_them(ordered: Ordered, kari: User) -> None:
    ordered.answer(REJECTED)
    with time_machine.travel(datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Europe/Oslo")) + timedelta(), tick=True):
        assert again(kari) == "approved"
        assert released().generation == 2
