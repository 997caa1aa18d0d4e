"""The audit chain: no gaps, no later change unseen, names that can be erased (security: audit)."""

import json
from io import StringIO
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from companies.actors import Actor
from companies.models import AuditChain, AuditEvent, AuditPersonal, Company
from companies.queries import audit_events
from companies.services import record_audit, write_audit_heads
from companies.verification import verify_audit
from tests.companies.builders import make_company, make_customer, make_user

ACTOR = Actor(kind="user", user_id=None, name="Kari Nordmann")


@pytest.fixture
def heads(tmp_path: Path, settings: Any) -> Path:
    settings.AUDIT_HEADS = tmp_path / "heads.log"
    return tmp_path / "heads.log"


def _record(company_id: UUID | None, times: int = 3) -> list[AuditEvent]:
    return [
        record_audit(company_id=company_id, actor=ACTOR, action="test.done", details={"n": n, "æ": ["ø", None, True]})
        for n in range(times)
    ]


def _tamper(statement: str, *params: UUID) -> None:
    """Change the table as one does who has got past the trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE companies_auditevent DISABLE TRIGGER audit_events_are_only_added")
        cursor.execute(statement, params)
        cursor.execute("ALTER TABLE companies_auditevent ENABLE TRIGGER audit_events_are_only_added")


@pytest.mark.django_db
def test_events_of_a_company_are_numbered_from_one_without_gaps() -> None:
    company = make_company()
    _record(company.pk)
    numbers = [event.sequence for event in audit_events(company_id=company.pk)]
    assert numbers == list(range(len(numbers), 0, -1))
    assert len(numbers) >= 4  # the making of the company is one of them


@pytest.mark.django_db
def test_an_untouched_audit_verifies(heads: Path) -> None:
    _record(make_company().pk)
    _record(None)
    write_audit_heads()
    _record(make_company().pk)
    write_audit_heads()
    report = verify_audit(heads_file=heads)
    assert report.broken == ()
    assert (report.chains, report.signed_heads) == (3, 2)
    assert report.events == AuditEvent.objects.count()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE companies_auditevent SET action = 'x' WHERE id = %s",
        "DELETE FROM companies_auditevent WHERE id = %s",
        "UPDATE companies_auditevent SET action = action WHERE id = %s",
    ],
)
def test_the_database_refuses_to_change_or_delete_an_event(statement: str) -> None:
    event = _record(None)[0]
    refused = pytest.raises(DatabaseError, match="audit events are only ever added")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [event.pk])
    assert AuditEvent.objects.get(pk=event.pk).action == "test.done"


CHANGES = {
    "action": "UPDATE companies_auditevent SET action = 'test.undone' WHERE id = %s",
    "actor": "UPDATE companies_auditevent SET actor_user_id = gen_random_uuid() WHERE id = %s",
    "details": "UPDATE companies_auditevent SET details = '{\"n\": 7}' WHERE id = %s",
    "time": "UPDATE companies_auditevent SET recorded_at = recorded_at + interval '1 microsecond' WHERE id = %s",
    "previous": "UPDATE companies_auditevent SET previous_hash = repeat('1', 64) WHERE id = %s",
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_event_is_the_first_broken_link(what: str) -> None:
    company = make_company()
    events = _record(company.pk)
    _tamper(CHANGES[what], events[1].pk)
    (broken,) = verify_audit(heads_file=None).broken
    assert (broken.chain, broken.sequence) == (str(company.pk), events[1].sequence)


@pytest.mark.django_db
def test_an_event_taken_out_is_seen() -> None:
    company = make_company()
    events = _record(company.pk)
    AuditPersonal.objects.filter(event=events[1]).delete()
    _tamper("DELETE FROM companies_auditevent WHERE id = %s", events[1].pk)
    (broken,) = verify_audit(heads_file=None).broken
    assert (broken.chain, broken.sequence) == (str(company.pk), events[1].sequence)


def _cut_tail(events: list[AuditEvent]) -> None:
    """Take the last event out and set the head back, as one does who knows how the chain works."""
    AuditPersonal.objects.filter(event=events[-1]).delete()
    _tamper("DELETE FROM companies_auditevent WHERE id = %s", events[-1].pk)
    AuditChain.objects.filter(pk=events[-1].chain_id).update(sequence=events[-2].sequence, hash=events[-2].hash)


@pytest.mark.django_db
def test_a_chain_cut_at_its_end_is_seen_by_the_systems_chain(heads: Path) -> None:
    company = make_company()
    events = _record(company.pk)
    write_audit_heads()
    _cut_tail(events)
    (broken,) = verify_audit(heads_file=None).broken
    assert (broken.chain, broken.sequence) == (str(company.pk), events[-1].sequence)


@pytest.mark.django_db
def test_a_system_chain_cut_at_its_end_is_seen_by_the_signed_heads(heads: Path) -> None:
    _record(None)
    write_audit_heads()
    _cut_tail(list(AuditEvent.objects.filter(chain_id="system").order_by("sequence")))
    assert verify_audit(heads_file=None).broken == ()
    (broken,) = verify_audit(heads_file=heads).broken
    assert "line 1" in broken.fault


@pytest.mark.django_db
def test_a_changed_a_missing_and_a_foreign_line_of_heads_are_seen(heads: Path) -> None:
    for _ in range(3):
        write_audit_heads()
    lines = heads.read_bytes().splitlines(keepends=True)
    heads.write_bytes(lines[0] + lines[2])
    assert [link.sequence for link in verify_audit(heads_file=heads).broken] == [2]
    heads.write_bytes(lines[0].replace(b"T", b"t", 1) + lines[1])
    assert "signature" in verify_audit(heads_file=heads).broken[0].fault
    heads.write_bytes(b"".join(lines))
    assert "trusted" in verify_audit(heads_file=heads, public_key="00" * 32).broken[0].fault
    key = json.loads(lines[0])["public_key"]
    assert verify_audit(heads_file=heads, public_key=key).broken == ()


@pytest.mark.django_db
def test_a_line_that_a_crash_cut_short_breaks_nothing(heads: Path) -> None:
    write_audit_heads()
    with heads.open("ab") as file:
        file.write(b'{"heads": {"sys')
    write_audit_heads()
    report = verify_audit(heads_file=heads)
    assert (report.broken, report.signed_heads) == ((), 3)


@pytest.mark.django_db
def test_names_can_be_erased_and_the_chain_still_holds() -> None:
    company = make_company()
    event = record_audit(
        company_id=company.pk, actor=ACTOR, action="user.invited", personal={"email": "per@fjord.example"}
    )
    row = json.dumps(list(AuditEvent.objects.filter(pk=event.pk).values()), default=str)
    assert "Kari" not in row
    assert "per@" not in row
    assert event.personal.fields == {"actor_name": "Kari Nordmann", "email": "per@fjord.example"}
    AuditPersonal.objects.filter(event=event).delete()
    assert verify_audit(heads_file=None).broken == ()


@pytest.mark.django_db
def test_changed_names_are_seen() -> None:
    event = _record(None)[0]
    AuditPersonal.objects.filter(event=event).update(fields={"actor_name": "Per"})
    (broken,) = verify_audit(heads_file=None).broken
    assert broken.fault == "the personal fields are not what was recorded"


@pytest.mark.django_db
def test_the_command_says_what_it_checked_and_fails_at_a_broken_link(heads: Path) -> None:
    events = _record(None)
    write_audit_heads()
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "1 chains" in out.getvalue()
    assert "every link holds" in out.getvalue()
    _tamper(CHANGES["action"], events[0].pk)
    with pytest.raises(CommandError, match="system at 1:"):
        call_command("verify_audit", stdout=out)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_no_gap_and_an_abort_leaves_none_either() -> None:
    company = make_company()
    start = AuditChain.objects.get(company=company).sequence

    def work(number: int) -> None:
        for turn in range(10):
            with transaction.atomic():
                record_audit(company_id=company.pk, actor=ACTOR, action="test.done", details={"turn": turn})
                transaction.set_rollback((turn + number) % 3 == 0)
        connection.close()

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = sum((turn + number) % 3 != 0 for number in range(4) for turn in range(10))
    assert AuditChain.objects.get(company=company).sequence == start + kept
    assert verify_audit(heads_file=None).broken == ()


@pytest.mark.django_db(transaction=True)
def test_writers_of_a_chains_first_event_at_once_come_one_after_another() -> None:
    customer = make_customer()
    companies = [
        Company.objects.create(customer=customer, country="SE", org_number=str(number), name="x")
        for number in range(30)
    ]
    together, failures = Barrier(4), list[BaseException]()

    def work() -> None:
        try:
            for company in companies:
                together.wait(timeout=30)
                record_audit(company_id=company.pk, actor=ACTOR, action="test.done")
        except Exception as error:
            failures.append(error)
            together.abort()
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    heads = AuditChain.objects.filter(company__in=companies).values_list("sequence", flat=True)
    assert list(heads) == [4] * 30
    assert verify_audit(heads_file=None).broken == ()


@pytest.mark.django_db
def test_who_did_it_stands_in_the_event() -> None:
    user = make_user()
    event = record_audit(company_id=None, actor=Actor.user(user), action="test.done", subject_kind="x", subject_id="7")
    assert (event.actor_kind, event.actor_user_id, event.subject_kind, event.subject_id) == ("user", user.pk, "x", "7")
