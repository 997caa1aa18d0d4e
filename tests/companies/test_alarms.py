"""Alarms: one row while open, seen by those whose it is."""

from typing import Any
from uuid import uuid4

import pytest

from autopay_portal.core.errors import NotFoundError
from companies.models import Alarm, AuditEvent, Company, Role
from companies.queries import count_open_alarms, open_alarms
from companies.services import acknowledge_alarm, clear_alarm, raise_alarm
from tests.companies.builders import make_company, make_operator, make_user

pytestmark = pytest.mark.django_db


def _raise(company: Company | None = None, **changed: Any) -> Alarm:
    given: dict[str, Any] = {
        "code": "bank_silent",
        "severity": "amber",
        "company_id": company.pk if company else None,
        "subject_kind": "connection",
        "subject_id": "7",
        "params": {"bank": "dnb"},
        "dedupe_key": "bank_silent:7",
    }
    return raise_alarm(**{**given, **changed})


def test_the_same_alarm_again_is_the_same_row_counted_up() -> None:
    first = _raise()
    again = _raise(params={"bank": "dnb", "minutes": 9})
    assert again.pk == first.pk
    assert (again.times_raised, again.raised_at) == (2, first.raised_at)
    assert again.last_raised_at >= first.last_raised_at
    assert again.params == {"bank": "dnb", "minutes": 9}


def test_after_it_was_cleared_it_is_a_new_alarm() -> None:
    first = _raise()
    assert clear_alarm(dedupe_key=first.dedupe_key)
    assert not clear_alarm(dedupe_key=first.dedupe_key)
    assert _raise().pk != first.pk


def test_red_stays_red_and_a_worse_one_needs_acknowledging_again() -> None:
    user = make_operator()
    alarm = acknowledge_alarm(alarm_id=_raise().pk, user=user)
    assert alarm.acknowledged_by == user
    assert _raise().acknowledged_by == user
    worse = _raise(severity="red")
    assert (worse.severity, worse.acknowledged_at) == ("red", None)
    assert _raise(severity="amber").severity == "red"


def test_the_first_acknowledgement_stands_and_is_in_the_audit() -> None:
    first, second = make_operator(), make_operator()
    alarm = _raise()
    acknowledge_alarm(alarm_id=alarm.pk, user=first)
    assert acknowledge_alarm(alarm_id=alarm.pk, user=second).acknowledged_by == first
    events = AuditEvent.objects.filter(action="alarm.acknowledged", subject_id=str(alarm.pk))
    assert [event.actor_user_id for event in events] == [first.pk]


def test_a_cleared_or_unknown_alarm_cannot_be_acknowledged() -> None:
    alarm = _raise()
    clear_alarm(dedupe_key=alarm.dedupe_key)
    for alarm_id in (alarm.pk, uuid4()):
        with pytest.raises(NotFoundError):
            acknowledge_alarm(alarm_id=alarm_id, user=make_operator())


def test_operators_see_all_alarms_and_others_only_those_of_their_companies() -> None:
    mine, other = make_company(), make_company()
    whole = _raise(dedupe_key="a", severity="amber")
    of_mine = _raise(mine, dedupe_key="b", severity="amber")
    of_other = _raise(other, dedupe_key="c", severity="red")
    viewer = make_user(company=mine, roles=(Role.VIEWER,))
    assert list(open_alarms(user=viewer)) == [of_mine]
    assert list(open_alarms(user=viewer, company_id=other.pk)) == []
    assert list(open_alarms(user=make_operator())) == [of_other, of_mine, whole]
    count = count_open_alarms(user=make_operator())
    assert (count.red, count.amber, count.unacknowledged) == (1, 2, 3)
