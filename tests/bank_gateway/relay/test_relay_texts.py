"""Everything that the relay says to people has words."""

import re
from pathlib import Path

import bank_gateway.relay
from autopay_portal.core.errors import registered_codes

ROOM = Path(bank_gateway.relay.__file__).parent


def test_every_alarm_and_refusal_of_the_relay_has_a_text() -> None:
    source = "".join(path.read_text() for path in ROOM.rglob("*.py"))
    alarms = set(re.findall(r'raise_alarm\(\s*code="(\w+)"', source))
    refusals = set(re.findall(r'(?:DomainError|ConflictError)\(\s*"(\w+)"', source))
    assert len(alarms) >= 10
    assert len(refusals) >= 8
    assert alarms | refusals <= registered_codes()
