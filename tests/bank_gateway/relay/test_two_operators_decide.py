"""A doubt without evidence ends by two operators who decide the same on the same facts, and in no other way."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database

from autopay_portal.core.clocks import business_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from autopay_portal.core.ids import uuid7
from bank_gateway.channels.errors import BankChannelError
from bank_gateway.models import Connection, Doubt, DoubtDecision, DoubtKind, ForgottenUpload, OutgoingFile, Pause
from bank_gateway.relay.services import decide_doubt, examine_doubt, lift_pause, send_outgoing, sweep
from bank_gateway.relay.services.deciding import carry_out
from bank_gateway.relay.services.doubting import open_doubt
from companies.actors import Actor
from companies.errors import UserLacksRoleError
from companies.models import Alarm, AuditEvent, Company, Operator, User
from companies.services import create_user
from tests.bank_gateway.relay.bank_messages import pain002
from tests.bank_gateway.relay.conftest import SYSTEM, Heard, NotingTaker, queue_file, receive
from tests.bank_gateway.relay.doubts import (
    AT_BANK,
    NOT_AT_BANK,
    business_day_later,
    decide,
    doubted,
    facts_of,
    fallen_decisions,
    look,
    operator,
    standing_decisions,
    words,
)
from tests.bank_gateway.relay.test_sending_exactly_once import WorkerDied, broken, die
from tests.bank_gateway.sftp_bank import SftpBank


@pytest.fixture
def olav(db: None) -> User:
    return operator("Olav")


@pytest.fixture
def eva(db: None) -> User:
    return operator("Eva")


@pytest.fixture
def file(line: Connection, bank: SftpBank, heard: Heard) -> OutgoingFile:
    """A file of which the bank's folder shows nothing."""
    outgoing = doubted(line, bank, shows="nothing")
    look(outgoing)
    return outgoing


def state_of(outgoing: OutgoingFile) -> str:
    outgoing.refresh_from_db()
    return outgoing.state


def refused(outgoing: OutgoingFile, user: User, verdict: str, **more: Any) -> str:
    with pytest.raises(DomainError) as error:
        decide(outgoing, user, verdict, **more)
    return error.value.code


# What the bank's folder shows, how the bank knows a second copy, what both decide: the file's state, what its room is
# told, and what is sent again.
TABLE = [
    ("nothing", "dnb", 1, AT_BANK, "sent", "at_bank", []),
    ("part", "dnb", 91, AT_BANK, "sent", "at_bank", []),
    ("other_size", "dnb", 1, AT_BANK, "sent", "at_bank", []),
    ("nothing", "sparebank1", 1, AT_BANK, "sent", "at_bank", []),
    ("nothing", "dnb", 1, NOT_AT_BANK, "queued", "not_at_bank_same", ["AP-MSG-1.xml"]),
    ("nothing", "nordea", 1, NOT_AT_BANK, "queued", "not_at_bank_same", ["AP-MSG-1.xml"]),
    ("nothing", "dnb", 91, NOT_AT_BANK, "withdrawn", "not_at_bank_new", []),
    ("part", "dnb", 91, NOT_AT_BANK, "withdrawn", "not_at_bank_new", []),
    ("nothing", "sparebank1", 1, NOT_AT_BANK, "withdrawn", "not_at_bank_new", []),
    ("part", "sparebank1", 1, NOT_AT_BANK, "withdrawn", "not_at_bank_new", []),
    ("other_size", "sparebank1", 1, NOT_AT_BANK, "withdrawn", "not_at_bank_new", []),
]


@pytest.mark.parametrize(("shows", "bank_id", "days", "verdict", "state", "told", "sent"), TABLE)
def test_what_two_operators_decide_of_a_file_that_may_not_have_left(
    line: Connection, bank: SftpBank, heard: Heard, olav: User, eva: User, shows: str, bank_id: str, days: int,
    verdict: str, state: str, told: str, sent: list[str],
) -> None:  # fmt: skip
    Connection.objects.update(bank=bank_id)
    line.refresh_from_db()
    outgoing = doubted(line, bank, shows=shows)
    business_day_later(outgoing, days)
    look(outgoing)
    assert state_of(outgoing) == "in_doubt"

    first = decide(outgoing, olav, verdict)
    look(outgoing)
    assert (first.takes_effect, state_of(outgoing), heard.words) == (False, "in_doubt", ["in_doubt"])
    assert decide(outgoing, eva, verdict).takes_effect
    look(outgoing)

    assert state_of(outgoing) == state
    assert heard.words == ["in_doubt", told]
    assert heard.decided == [
        {
            "verdict": verdict,
            "bank_text": "Vi har den ikke",
            "bank_person": "Ida i DNB",
            "bank_spoke_at": heard.decided[0]["bank_spoke_at"],
            "operators": ["Olav", "Eva"],
        }
    ]
    assert not Doubt.objects.filter(ended_at=None).exists()
    assert Doubt.objects.get().ended_by == "decision"
    assert not Alarm.objects.filter(code="outgoing_in_doubt", cleared_at=None).exists()
    (bank.to_bank / outgoing.name).unlink(missing_ok=True)
    send_outgoing(outgoing_id=outgoing.pk)
    assert list(bank.arrived()) == sent
    if verdict == NOT_AT_BANK:
        assert not list(bank.to_bank.glob("*.part"))


@pytest.mark.parametrize("kind", ["collision", "contradiction", "revived"])
@pytest.mark.parametrize(
    ("verdict", "told"), [(AT_BANK, "at_bank"), (NOT_AT_BANK, "not_at_bank_new")], ids=["at", "not"]
)
def test_what_two_operators_decide_of_a_file_that_the_bank_has_spoken_of(
    line: Connection, bank: SftpBank, heard: Heard, olav: User, eva: User, kind: str, verdict: str, told: str
) -> None:
    outgoing = spoken_of(line, heard, kind)

    decide(outgoing, olav, verdict)
    decide(outgoing, eva, verdict)

    assert heard.words == ["sent", told]
    given_up = kind == "collision" and verdict == NOT_AT_BANK
    assert state_of(outgoing) == ("withdrawn" if given_up else "answered")
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert Doubt.objects.get().ended_by == "decision"


def spoken_of(line: Connection, heard: Heard, kind: str) -> OutgoingFile:
    """Return a file that the bank has answered, with payments in doubt all the same, since two days."""
    outgoing = queue_file(line)
    assert send_outgoing(outgoing_id=outgoing.pk)
    state = "in_doubt" if kind == "collision" else "answered"
    OutgoingFile.objects.update(state=state, answered_at=business_now())
    outgoing.refresh_from_db()
    open_doubt(outgoing, DoubtKind(kind))
    OutgoingFile.objects.update(
        in_doubt_business_at=business_now() - timedelta(days=2), renaming_at=business_now() - timedelta(days=2)
    )
    heard.states = {"in_doubt": 2, "accepted": 1}
    return outgoing


def test_one_operator_changes_nothing_however_often_he_decides(file: OutgoingFile, heard: Heard, olav: User) -> None:
    decide(file, olav, AT_BANK)

    assert refused(file, olav, AT_BANK) == "doubt_decided_by_you"

    assert state_of(file) == "in_doubt"
    assert heard.words == ["in_doubt"]
    assert DoubtDecision.objects.count() == 1


def test_who_changes_his_mind_counts_only_for_his_last_word(
    file: OutgoingFile, heard: Heard, olav: User, eva: User
) -> None:
    decide(file, olav, AT_BANK)
    decide(file, olav, NOT_AT_BANK)

    decision = decide(file, eva, AT_BANK)

    assert (decision.takes_effect, decision.differs) == (False, True)
    assert standing_decisions(file) == [("Olav", NOT_AT_BANK), ("Eva", AT_BANK)]
    assert fallen_decisions(file) == [("Olav", "changed")]
    assert state_of(file) == "in_doubt"


def test_a_differing_second_opinion_is_kept_and_nothing_happens_until_they_agree(
    file: OutgoingFile, heard: Heard, olav: User, eva: User
) -> None:
    decide(file, olav, NOT_AT_BANK)
    decide(file, eva, AT_BANK)
    third = decide(file, operator("Nina"), AT_BANK)

    assert (third.takes_effect, third.differs) == (False, True)
    assert (state_of(file), heard.words) == ("in_doubt", ["in_doubt"])
    assert len(standing_decisions(file)) == 3

    assert decide(file, olav, AT_BANK).takes_effect
    assert state_of(file) == "sent"


@pytest.mark.parametrize("actor", ["erp", "system", "bank", "key"])
def test_no_key_no_bank_and_no_part_of_the_system_decides(file: OutgoingFile, olav: User, actor: str) -> None:
    who = {
        "erp": Actor.erp(user=olav, key_id=uuid7()),
        "system": Actor.system("chaos"),
        "bank": Actor.bank("dnb"),
        "key": Actor(kind="user", user_id=olav.pk, name=olav.name, key_id=uuid7()),
    }[actor]

    with pytest.raises(UserLacksRoleError):
        decide_doubt(outgoing_id=file.pk, actor=who, verdict=AT_BANK, bank_words=words(), seen=facts_of(file).seen)

    assert not DoubtDecision.objects.exists()


def test_only_operators_decide(file: OutgoingFile, company: Company) -> None:
    somebody = create_user(email="kari@fjord.example", name="Kari", actor=SYSTEM)

    assert refused(file, somebody, AT_BANK) == "user_lacks_role"
    assert not DoubtDecision.objects.exists()


@pytest.mark.parametrize("how", ["row", "inactive"])
def test_a_decision_of_who_is_an_operator_no_more_falls_away_and_says_so(
    file: OutgoingFile, heard: Heard, olav: User, eva: User, how: str
) -> None:
    decide(file, olav, AT_BANK)
    if how == "row":
        Operator.objects.filter(user=olav).delete()
    else:
        User.objects.filter(pk=olav.pk).update(is_active=False)

    assert not decide(file, eva, AT_BANK).takes_effect

    assert state_of(file) == "in_doubt"
    assert fallen_decisions(file) == [("Olav", "rights")]
    assert [opinion["fell"] for opinion in heard.opinions if "fell" in opinion] == ["rights"]
    assert AuditEvent.objects.get(action="doubt.decision_fell").details["because"] == "rights"
    assert decide(file, operator("Nina"), AT_BANK).takes_effect


def test_a_decision_on_other_facts_falls_away_and_says_so(
    file: OutgoingFile, heard: Heard, bank: SftpBank, olav: User, eva: User
) -> None:
    decide(file, olav, NOT_AT_BANK)
    (bank.to_bank / file.part_name(file.attempt)).write_bytes(b"<Document/>")
    OutgoingFile.objects.update(first_renaming_business_at=business_now() - timedelta(days=100))
    look(file)

    assert not decide(file, eva, NOT_AT_BANK).takes_effect

    assert fallen_decisions(file) == [("Olav", "facts")]
    assert state_of(file) == "in_doubt"


def test_who_decides_on_what_is_no_longer_true_is_told_and_nothing_is_kept(
    file: OutgoingFile, heard: Heard, olav: User, eva: User
) -> None:
    seen = facts_of(file).seen
    decide(file, olav, AT_BANK)
    heard.states = {"in_doubt": 2, "rejected_by_bank": 1}

    assert refused(file, eva, AT_BANK, seen=seen) == "doubt_changed"

    assert DoubtDecision.objects.count() == 1
    assert state_of(file) == "in_doubt"


def test_a_late_answer_between_the_two_ends_the_doubt_and_the_second_changes_nothing(
    file: OutgoingFile, line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker, olav: User, eva: User
) -> None:
    seen = facts_of(file).seen
    decide(file, olav, NOT_AT_BANK)
    receive(bank, line, pain002("MSG-1"))

    assert refused(file, eva, NOT_AT_BANK, seen=seen) == "doubt_settled"

    assert state_of(file) == "answered"
    assert heard.words == ["in_doubt", "sent"]
    assert Doubt.objects.get().ended_by == "evidence"
    assert not send_outgoing(outgoing_id=file.pk)


def test_a_debit_between_the_two_is_proof_that_the_bank_has_it(
    file: OutgoingFile, heard: Heard, olav: User, eva: User
) -> None:
    decide(file, olav, NOT_AT_BANK)
    heard.states = {"in_doubt": 2, "paid": 1}

    look(file)

    assert state_of(file) == "sent"
    assert refused(file, eva, NOT_AT_BANK, seen="0") == "doubt_settled"


def test_a_late_answer_between_the_agreement_and_carrying_it_out_wins(
    file: OutgoingFile, line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker, olav: User, eva: User
) -> None:
    decide(file, olav, NOT_AT_BANK)
    decide(file, eva, NOT_AT_BANK)
    receive(bank, line, pain002("MSG-1"))

    assert look(file) == "answered"
    assert not carry_out(outgoing_id=file.pk)
    assert heard.words == ["in_doubt", "sent"]


def test_what_two_have_agreed_on_is_not_decided_by_a_third(file: OutgoingFile, olav: User, eva: User) -> None:
    decide(file, olav, NOT_AT_BANK)
    decide(file, eva, NOT_AT_BANK)

    assert refused(file, operator("Nina"), AT_BANK) == "doubt_agreed"


def test_an_agreement_waits_for_a_line_that_is_down(
    file: OutgoingFile, bank: SftpBank, heard: Heard, olav: User, eva: User
) -> None:
    decide(file, olav, NOT_AT_BANK)
    decide(file, eva, NOT_AT_BANK)

    def down(*_: Any) -> None:
        raise BankChannelError("the line is down", permanent=False)

    assert look(file, find_outgoing=down) == "in_doubt"
    assert heard.words == ["in_doubt"]
    assert look(file) == "queued"


def test_a_part_that_vanishes_before_it_is_removed_makes_the_agreement_fall(
    line: Connection, bank: SftpBank, heard: Heard, olav: User, eva: User
) -> None:
    """A worker that slept since the rename may have delivered it this moment, and the bank taken it away."""
    outgoing = doubted(line, bank, shows="part")
    business_day_later(outgoing, 91)
    look(outgoing)
    decide(outgoing, olav, NOT_AT_BANK)
    decide(outgoing, eva, NOT_AT_BANK)

    def late_rename(real: Any, part: str) -> bool:
        real.rename_uploaded(part, outgoing.name)
        (bank.to_bank / outgoing.name).unlink()
        return bool(real.remove_part(part))

    assert look(outgoing, remove_part=late_rename) == "in_doubt"

    assert heard.words == ["in_doubt"]
    assert fallen_decisions(outgoing) == [("Olav", "facts"), ("Eva", "facts")]
    assert look(outgoing) == "in_doubt"


def test_a_worker_killed_after_it_removed_the_part_leaves_the_doubt_to_be_decided_anew(
    line: Connection, bank: SftpBank, heard: Heard, olav: User, eva: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing = doubted(line, bank, shows="part")
    business_day_later(outgoing, 91)
    look(outgoing)
    decide(outgoing, olav, NOT_AT_BANK)
    decide(outgoing, eva, NOT_AT_BANK)
    with monkeypatch.context() as patched:
        patched.setattr("bank_gateway.relay.services.doubt.carry_out", die)
        with pytest.raises(WorkerDied):
            look(outgoing)

    look(outgoing)

    assert state_of(outgoing) == "in_doubt"
    assert heard.words == ["in_doubt"]
    for user in (olav, eva):
        decide(outgoing, user, NOT_AT_BANK)
    assert look(outgoing) == "withdrawn"


def test_a_portal_killed_in_the_second_still_knows_the_first_and_nothing_else(
    file: OutgoingFile, heard: Heard, olav: User, eva: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(file, olav, AT_BANK)

    with monkeypatch.context() as patched:
        patched.setattr("bank_gateway.relay.services.deciding._audit", die)
        with pytest.raises(WorkerDied):
            decide(file, eva, AT_BANK)
    heard.told.pop()  # what the room was told is undone with the rest

    assert state_of(file) == "in_doubt"
    assert standing_decisions(file) == [("Olav", AT_BANK)]
    assert decide(file, eva, AT_BANK).takes_effect


def test_before_the_waits_are_over_nobody_says_that_the_bank_does_not_have_it(
    line: Connection, bank: SftpBank, heard: Heard, olav: User, eva: User
) -> None:
    outgoing = doubted(line, bank, shows="nothing")
    OutgoingFile.objects.update(in_doubt_business_at=business_now() - timedelta(hours=3))
    look(outgoing)

    assert refused(outgoing, olav, NOT_AT_BANK) == "doubt_too_early"
    decide(outgoing, olav, AT_BANK)
    assert decide(outgoing, eva, AT_BANK).takes_effect


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text": "  "}, "bank_words_missing"),
        ({"person": ""}, "bank_words_missing"),
        ({"spoken_at": timedelta(hours=1)}, "bank_words_in_future"),
        ({"spoken_at": -timedelta(hours=23)}, "bank_words_too_early"),
    ],
)
def test_the_banks_words_are_part_of_the_decision(
    file: OutgoingFile, olav: User, changes: dict[str, Any], code: str
) -> None:
    if "spoken_at" in changes:
        changes = {"spoken_at": business_now() + changes["spoken_at"]}

    assert refused(file, olav, NOT_AT_BANK, **changes) == code
    assert not DoubtDecision.objects.exists()


def test_a_verdict_that_is_none_is_refused(file: OutgoingFile, olav: User) -> None:
    assert refused(file, olav, "perhaps") == "verdict_unknown"


def test_what_is_not_in_doubt_is_not_decided(line: Connection, bank: SftpBank, heard: Heard, olav: User) -> None:
    outgoing = queue_file(line)

    with pytest.raises(ConflictError, match="doubt_settled"):
        decide(outgoing, olav, AT_BANK, seen="0")
    outgoing.pk = uuid7()
    with pytest.raises(NotFoundError):
        decide(outgoing, olav, AT_BANK, seen="0")


def test_a_decision_and_its_effect_are_audited_with_the_words_as_personal(
    file: OutgoingFile, olav: User, eva: User
) -> None:
    decide(file, olav, NOT_AT_BANK)
    decide(file, eva, NOT_AT_BANK)
    look(file)

    events = AuditEvent.objects.filter(subject_id=str(file.pk)).order_by("sequence")
    assert list(events.values_list("action", "actor_user_id")) == [
        ("doubt.decided", olav.pk),
        ("doubt.decided", eva.pk),
        ("doubt.carried_out", eva.pk),
    ]
    assert [event.details.get("takes_effect") for event in events] == [False, True, None]
    first = events[0]
    assert first.personal.fields["bank_person"] == "Ida i DNB"
    assert "Ida" not in str(first.details)


def test_the_sweep_points_out_every_open_doubt_whatever_the_files_state(
    line: Connection, bank: SftpBank, heard: Heard
) -> None:
    outgoing = spoken_of(line, heard, "contradiction")

    assert sweep().outgoing == (outgoing.pk,)


def test_a_doubt_about_payments_ends_when_none_is_in_doubt(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = spoken_of(line, heard, "collision")
    heard.states = {"paid": 3}

    assert look(outgoing) == "answered"
    assert Doubt.objects.get().ended_by == "evidence"


@pytest.mark.parametrize("bank_id", ["dnb", "sparebank1"])
def test_a_lone_part_is_sent_again_by_itself_only_where_the_bank_knows_a_second_copy(
    line: Connection, bank: SftpBank, heard: Heard, bank_id: str
) -> None:
    Connection.objects.update(bank=bank_id)
    outgoing = doubted(line, bank, shows="part")

    look(outgoing)

    assert state_of(outgoing) == {"dnb": "queued", "sparebank1": "in_doubt"}[bank_id]
    shows = Doubt.objects.get().folder_shows
    assert shows == "part"
    assert bool(list(bank.to_bank.glob("*.part"))) == (bank_id == "sparebank1")


def test_a_lone_part_is_not_sent_again_by_itself_when_the_window_is_over(
    line: Connection, bank: SftpBank, heard: Heard
) -> None:
    outgoing = doubted(line, bank, shows="part")
    business_day_later(outgoing, 91)

    assert look(outgoing) == "in_doubt"


def test_a_forgotten_upload_is_decided_and_goes_again_under_its_own_name(
    line: Connection, bank: SftpBank, heard: Heard, olav: User, eva: User
) -> None:
    outgoing = forgotten(line, bank, olav)

    for user in (olav, eva):
        decide(outgoing, user, NOT_AT_BANK)
    assert look(outgoing) == "queued"

    assert ForgottenUpload.objects.filter(settled_at=None).count() == 0
    assert send_outgoing(outgoing_id=outgoing.pk)
    assert list(bank.arrived()) == ["AP-MSG-1.xml"]


def test_a_forgotten_upload_of_other_bytes_is_never_sent_again_under_its_message_id(
    line: Connection, bank: SftpBank, heard: Heard, olav: User, eva: User
) -> None:
    outgoing = forgotten(line, bank, olav, content=b"<Document>written anew</Document>")

    for user in (olav, eva):
        decide(outgoing, user, NOT_AT_BANK)

    assert look(outgoing) == "withdrawn"
    assert heard.words[-1] == "not_at_bank_new"


def test_a_forgotten_upload_that_the_bank_has_is_never_sent_again(
    line: Connection, bank: SftpBank, heard: Heard, olav: User, eva: User
) -> None:
    outgoing = forgotten(line, bank, olav)

    for user in (olav, eva):
        decide(outgoing, user, AT_BANK)

    assert state_of(outgoing) == "sent"
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert bank.arrived() == {}


def forgotten(line: Connection, bank: SftpBank, user: User, **more: Any) -> OutgoingFile:
    """Return a file written anew whose message id a restored database forgot to have uploaded; in doubt long ago."""
    first = queue_file(line, order_key="order-1")
    send_outgoing(outgoing_id=first.pk)
    (bank.to_bank / "AP-MSG-1.xml").unlink()
    first.delete()
    outgoing = queue_file(line, order_key="order-1", **more)
    assert not send_outgoing(outgoing_id=outgoing.pk)
    for pause in Pause.objects.filter(lifted_at=None):
        lift_pause(pause_id=pause.pk, actor=Actor.user(user))
    assert not send_outgoing(outgoing_id=outgoing.pk)
    OutgoingFile.objects.update(
        in_doubt_at=business_now() - timedelta(days=1), in_doubt_business_at=business_now() - timedelta(days=1)
    )
    look(outgoing)
    assert state_of(outgoing) == "in_doubt"
    return outgoing


def test_a_rename_that_succeeds_after_the_file_was_given_up_is_a_red_alarm_and_its_room_is_told(
    line: Connection, bank: SftpBank, heard: Heard, olav: User, eva: User
) -> None:
    """Where the bank lets nobody remove a part, a worker that slept through all of it may still deliver."""
    outgoing = queue_file(line)

    def refuse(real: Any, part: str) -> bool:
        raise BankChannelError("not allowed", permanent=True)

    def sleep_through_it(real: Any, part: str, name: str) -> None:
        OutgoingFile.objects.filter(pk=outgoing.pk).update(lease_until=business_now() - timedelta(days=1))
        examine_doubt(outgoing_id=outgoing.pk)
        from bank_gateway.relay.services import note_lost_renames

        note_lost_renames(outgoing_id=outgoing.pk)
        OutgoingFile.objects.filter(pk=outgoing.pk).update(
            renaming_at=business_now() - timedelta(days=2), in_doubt_business_at=business_now() - timedelta(days=2)
        )
        business_day_later(outgoing, 91)
        examine_doubt(outgoing_id=outgoing.pk, channel_of=broken(remove_part=refuse))
        for user in (olav, eva):
            decide(outgoing, user, NOT_AT_BANK)
        examine_doubt(outgoing_id=outgoing.pk, channel_of=broken(remove_part=refuse))
        assert state_of(outgoing) == "withdrawn"
        real.rename_uploaded(part, name)

    assert send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(rename_uploaded=sleep_through_it))

    assert state_of(outgoing) == "sent"
    assert heard.words == ["in_doubt", "not_at_bank_new", "shows_life", "sent"]
    assert Alarm.objects.filter(code="outgoing_delivered_late", severity="red").exists()


def test_a_rename_that_succeeds_after_the_same_file_was_queued_again_stops_it(
    line: Connection, bank: SftpBank, heard: Heard
) -> None:
    outgoing = queue_file(line)

    def refuse(real: Any, part: str) -> bool:
        raise BankChannelError("not allowed", permanent=True)

    def sleep_through_it(real: Any, part: str, name: str) -> None:
        from bank_gateway.relay.services import note_lost_renames

        OutgoingFile.objects.filter(pk=outgoing.pk).update(lease_until=business_now() - timedelta(days=1))
        note_lost_renames(outgoing_id=outgoing.pk)
        OutgoingFile.objects.filter(pk=outgoing.pk).update(
            renaming_at=business_now() - timedelta(days=2), in_doubt_business_at=business_now() - timedelta(days=2)
        )
        assert examine_doubt(outgoing_id=outgoing.pk, channel_of=broken(remove_part=refuse)) == "queued"
        real.rename_uploaded(part, name)

    assert send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(rename_uploaded=sleep_through_it))

    assert state_of(outgoing) == "sent"
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert list(bank.arrived()) == ["AP-MSG-1.xml"]


@pytest.mark.django_db(transaction=True)
def test_two_operators_at_the_same_moment_settle_it_once(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = doubted(line, bank, shows="nothing")
    look(outgoing)
    people = [operator(name) for name in ("Olav", "Eva", "Nina")]
    seen = facts_of(outgoing).seen
    together = threading.Barrier(3)
    came: list[str] = []

    def one(user: User) -> None:
        together.wait(timeout=20)
        try:
            came.append("effect" if decide(outgoing, user, AT_BANK, seen=seen).takes_effect else "kept")
        except DomainError as error:
            came.append(error.code)
        finally:
            database.close()

    threads = [threading.Thread(target=one, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(came) == ["doubt_settled", "effect", "kept"]
    assert heard.words == ["in_doubt", "at_bank"]
    assert state_of(outgoing) == "sent"


@pytest.mark.django_db(transaction=True)
def test_rights_are_not_taken_away_while_a_decision_is_being_made(
    line: Connection, bank: SftpBank, heard: Heard
) -> None:
    """Who takes them away waits: either the decision counts or it was never made."""
    outgoing = doubted(line, bank, shows="nothing")
    look(outgoing)
    olav, eva = operator("Olav"), operator("Eva")
    decide(outgoing, olav, AT_BANK)
    begun, took = threading.Event(), threading.Event()

    def take_away() -> None:
        begun.wait(timeout=20)
        Operator.objects.filter(user=olav).delete()
        took.set()
        database.close()

    class Slow(Heard):
        def at_bank(self, **told: Any) -> None:
            begun.set()
            assert not took.wait(timeout=1)
            super().at_bank(**told)

    heard.__class__ = Slow
    thread = threading.Thread(target=take_away)
    thread.start()
    assert decide(outgoing, eva, AT_BANK).takes_effect
    thread.join(timeout=30)
    assert took.is_set()
