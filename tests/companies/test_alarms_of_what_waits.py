"""The sweep of alarms: what has stood too long is raised, made worse and cleared, once per subject, set by set."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from companies import watches
from companies.alarm_limits import Clock, Limit
from companies.models import Alarm, AlarmNotice, AlarmSighting, Company
from companies.services import Swept, UnableToWatchError, acknowledge_alarm, raise_alarm, sweep_alarms
from companies.watches import Ending, Watch, register_ending, register_watch
from tests.companies.builders import make_company, make_operator

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
_FROM_TABLE = """
SELECT 'stuck:' || id, company, NULL::uuid, 'thing', id, jsonb_build_object('count', count), since, severity
  FROM stuck_thing
"""


@pytest.fixture(autouse=True)
def things(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Watch a table of this test's own, and nothing else."""
    monkeypatch.setattr(watches, "_watches", {})
    monkeypatch.setattr(watches, "_endings", {})
    settings.ALARM_LIMITS = {"stuck": Limit(amber=HOUR, red=3 * HOUR)}
    settings.ALARM_GRACE_SECONDS = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE stuck_thing (id text, company uuid, count int, since timestamptz, severity text)"
        )
    register_watch(Watch("stuck", _FROM_TABLE))


@pytest.fixture
def clock() -> Iterator[Callable[[timedelta], None]]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller.shift


def put(name: str, *, company: Company | None = None, since: datetime | None = None, severity: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stuck_thing VALUES (%s, %s, 1, %s, %s)",
            [name, company.pk if company else None, since, severity or None],
        )


def change(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_it_is_amber_at_its_limit_red_at_the_next_and_over_when_it_has_moved_on(
    clock: Callable[[timedelta], None],
) -> None:
    put("7")
    assert sweep_alarms() == Swept()
    clock(HOUR - timedelta(seconds=1))
    assert sweep_alarms() == Swept()
    clock(timedelta(seconds=1))
    assert sweep_alarms() == Swept(raised=1)
    alarm = Alarm.objects.get()
    assert (alarm.severity, alarm.since_at, alarm.raised_at) == ("amber", START, START + HOUR)
    assert (alarm.subject_kind, alarm.subject_id, alarm.params) == ("thing", "7", {"count": 1})
    assert sweep_alarms() == Swept()

    clock(2 * HOUR)
    assert sweep_alarms() == Swept(worsened=1)
    assert Alarm.objects.get().severity == "red"

    change("DELETE FROM stuck_thing")
    assert sweep_alarms() == Swept(cleared=1)
    assert Alarm.objects.get().cleared_at == START + 3 * HOUR
    assert not AlarmSighting.objects.exists()

    put("7")
    clock(2 * HOUR)
    assert sweep_alarms() == Swept()
    assert Alarm.objects.count() == 1


def test_a_room_that_knows_since_when_is_believed(clock: Callable[[timedelta], None]) -> None:
    put("7", since=START - 4 * HOUR)
    sweep_alarms()
    alarm = Alarm.objects.get()
    assert (alarm.severity, alarm.since_at) == ("red", START - 4 * HOUR)


def test_a_room_that_says_how_bad_it_is_needs_no_limit(clock: Callable[[timedelta], None]) -> None:
    put("7", severity="red")
    put("8", severity="amber")
    assert sweep_alarms() == Swept(raised=2)
    assert {alarm.subject_id: alarm.severity for alarm in Alarm.objects.all()} == {"7": "red", "8": "amber"}


def test_what_became_milder_stays_red_until_it_is_over(clock: Callable[[timedelta], None]) -> None:
    put("7", severity="red")
    sweep_alarms()
    change("UPDATE stuck_thing SET severity = 'amber'")
    assert sweep_alarms() == Swept()
    assert Alarm.objects.get().severity == "red"


def test_worse_than_what_was_acknowledged_wants_acknowledging_again(clock: Callable[[timedelta], None]) -> None:
    put("7", severity="amber")
    sweep_alarms()
    acknowledge_alarm(alarm_id=Alarm.objects.get().pk, user=make_operator())
    change("UPDATE stuck_thing SET count = 2")
    sweep_alarms()
    alarm = Alarm.objects.get()
    assert alarm.params == {"count": 2}
    assert alarm.acknowledged_at is not None
    change("UPDATE stuck_thing SET severity = 'red'")
    sweep_alarms()
    assert Alarm.objects.get().acknowledged_at is None


def test_a_clock_that_jumped_raises_nothing_before_the_workers_had_their_moment(
    clock: Callable[[timedelta], None], settings: Any
) -> None:
    settings.ALARM_GRACE_SECONDS = 20
    put("7")
    put("8")
    sweep_alarms()
    clock(24 * HOUR)
    assert sweep_alarms() == Swept()
    change("DELETE FROM stuck_thing WHERE id = '7'")
    clock(timedelta(seconds=19))
    assert sweep_alarms() == Swept()
    clock(timedelta(seconds=1))
    assert sweep_alarms() == Swept(raised=1)
    assert Alarm.objects.get().subject_id == "8"


def test_the_moment_counts_anew_for_what_was_in_time_meanwhile(
    clock: Callable[[timedelta], None], settings: Any
) -> None:
    settings.ALARM_GRACE_SECONDS = 20
    put("7", since=START - 2 * HOUR)
    sweep_alarms()
    change("UPDATE stuck_thing SET since = now() + interval '1 day'")
    clock(timedelta(seconds=15))
    sweep_alarms()
    change("UPDATE stuck_thing SET since = since - interval '30 days'")
    clock(timedelta(seconds=15))
    assert sweep_alarms() == Swept()


def test_a_limit_may_count_the_machines_time(clock: Callable[[timedelta], None], settings: Any) -> None:
    settings.ALARM_LIMITS = {"stuck": Limit(amber=HOUR, clock=Clock.MACHINE)}
    put("7", since=START - 2 * HOUR)
    put("8", since=START)
    sweep_alarms()
    assert [alarm.subject_id for alarm in Alarm.objects.all()] == ["7"]


def test_one_watch_that_breaks_hides_no_other_and_clears_nothing_of_its_own(
    clock: Callable[[timedelta], None],
) -> None:
    register_watch(Watch("broken", "SELECT no_such_column FROM stuck_thing"))
    stands = raise_alarm(code="broken", severity="red", company_id=None, dedupe_key="broken:1")
    put("7", severity="red")
    with pytest.raises(UnableToWatchError, match="broken"):
        sweep_alarms()
    assert Alarm.objects.filter(code="stuck", cleared_at=None).count() == 1
    stands.refresh_from_db()
    assert stands.cleared_at is None


def test_what_happened_is_over_when_its_cause_no_longer_stands(clock: Callable[[timedelta], None]) -> None:
    register_ending(Ending("happened", "SELECT id FROM stuck_thing"))
    put("7")
    for name in ("7", "8"):
        raise_alarm(code="happened", severity="red", company_id=None, subject_id=name, dedupe_key=f"happened:{name}")
    assert sweep_alarms() == Swept(cleared=1)
    assert Alarm.objects.get(code="happened", cleared_at=None).subject_id == "7"


def test_two_things_of_one_key_are_one_alarm(clock: Callable[[timedelta], None]) -> None:
    put("7", severity="amber")
    put("7", severity="amber")
    assert sweep_alarms() == Swept(raised=1)


def test_many_cost_no_more_statements_than_one(clock: Callable[[timedelta], None]) -> None:
    put("0", severity="amber")
    with CaptureQueriesContext(connection) as one:
        sweep_alarms()
    change("INSERT INTO stuck_thing SELECT n::text, NULL, 1, NULL, 'amber' FROM generate_series(1, 3000) AS n")
    with CaptureQueriesContext(connection) as many:
        assert sweep_alarms() == Swept(raised=3000)
    assert len(many) == len(one) <= 20


def test_each_new_and_each_worse_one_is_told_once_to_whom_it_concerns(clock: Callable[[timedelta], None]) -> None:
    put("7", company=make_company(), severity="amber")
    sweep_alarms()
    sweep_alarms()
    (notice,) = AlarmNotice.objects.all()
    assert (notice.audience, notice.severity, notice.due_at) == ("central", "amber", START + timedelta(minutes=15))
    change("UPDATE stuck_thing SET severity = 'red'")
    sweep_alarms()
    sweep_alarms()
    (worse,) = AlarmNotice.objects.filter(severity="red")
    assert worse.due_at == START


@pytest.mark.django_db(transaction=True)
def test_an_alarm_that_somebody_holds_is_left_for_the_next_sweep(clock: Callable[[timedelta], None]) -> None:
    register_ending(Ending("happened", "SELECT 'none'"))
    raise_alarm(code="happened", severity="red", company_id=None, subject_id="7", dedupe_key="happened:7")
    holds, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        from django.db import transaction

        with transaction.atomic():
            Alarm.objects.select_for_update().get()
            holds.set()
            may_end.wait(20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert holds.wait(20)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        assert sweep_alarms() == Swept()
    except DatabaseError:
        pytest.fail("the sweep waited for a lock")
    finally:
        may_end.set()
        holder.join()
    assert sweep_alarms() == Swept(cleared=1)
