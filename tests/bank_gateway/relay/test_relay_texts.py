"""Everything that the relay refuses has words; its alarms are held by tests/contracts/test_alarms.py."""

import re
from pathlib import Path

import bank_gateway.relay
from autopay_portal.core.errors import registered_codes

ROOM = Path(bank_gateway.relay.__file__).parent


def test_every_refusal_of_the_relay_has_a_text() -> None:
    source = "".join(path.read_text() for path in ROOM.rglob("*.py"))
    refusals = set(re.findall(r'(?:DomainError|ConflictError)\(\s*"(\w+)"', source))
    assert len(refusals) >= 8
    assert refusals <= registered_codes()
