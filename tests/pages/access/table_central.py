"""AutoPay Central's pages: 403 to everybody else, whose company they are not."""

from uuid import UUID

from bank_gateway.models import Deviation, IncomingFile
from bank_gateway.relay.services import pause_outgoing
from companies.actors import Actor
from companies.services import raise_alarm
from tests.pages.access.rows import OPERATOR, Maker, Row, deed, page
from tests.pages.access.table_money import send_at_once
from tests.pages.access.world import World
from tests.pages.money.doubts import doubt_delivery


def make_central_alarm(world: World) -> UUID:
    """Raise an alarm of no company."""
    return raise_alarm(
        code="bank_file_quarantined", severity="amber", company_id=None, dedupe_key="central",
        params={"bank": "dnb", "name": "SIM-HEMMELIG.xml"},
    ).pk  # fmt: skip


def make_central_pause(world: World) -> UUID:
    """Put a bank on hold, as an operator; what holds everybody would be everybody's to see."""
    operator = Actor.user(world.people["operator"])
    return pause_outgoing(scope="bank", bank="nordea", actor=operator, reason="Hemmelig grunn").pk


def make_deviation(world: World) -> UUID:
    """Make a deviation: a receipt that no agreement takes."""
    file = IncomingFile.objects.get(pk=world.thing("incoming_file"))
    return Deviation.objects.create(
        kind="other_service", reference="HEMMELIG-SSA", file=file, account="12345678903", amount=95_000, currency="NOK"
    ).pk


def make_doubt(world: World) -> UUID:
    """Put a file in doubt."""
    return doubt_delivery(send_at_once(world, account="15032080143", message_id="HEMMELIG-2026-4")).pk


THINGS: dict[str, Maker] = {
    "central_alarm": make_central_alarm,
    "central_pause": make_central_pause,
    "deviation": make_deviation,
    "doubt": make_doubt,
}
_ALARM, _RELAY = "/central/alarms/", "/central/relay/"
_ELSEWHERE = {"stranger": 403}
ROWS: tuple[Row, ...] = (
    page("alarms", _ALARM, OPERATOR, **_ELSEWHERE),
    deed("take_alarms", _ALARM + "take/", OPERATOR, body={"kind": "bank_file_quarantined"}, **_ELSEWHERE),
    deed("take_alarm", _ALARM + "{central_alarm}/take/", OPERATOR, **_ELSEWHERE),
    deed("close_alarm", _ALARM + "{central_alarm}/close/", OPERATOR, body={"note": "Sett på"}, **_ELSEWHERE),
    page("relay", _RELAY, OPERATOR, **_ELSEWHERE),
    page("relay", _RELAY + "?show=out", OPERATOR, **_ELSEWHERE),
    page("relay", _RELAY + "?show=in", OPERATOR, **_ELSEWHERE),
    page("relay", _RELAY + "?show=deviations", OPERATOR, **_ELSEWHERE),
    deed("replay_file", _RELAY + "files/{incoming_file}/replay/", OPERATOR, **_ELSEWHERE),
    deed("set_file_aside", _RELAY + "files/{incoming_file}/set-aside/", OPERATOR, body={"note": "x"}, **_ELSEWHERE),
    page("deviation", _RELAY + "deviations/{deviation}/", OPERATOR, **_ELSEWHERE),
    deed("settle_deviation", _RELAY + "deviations/{deviation}/settle/", OPERATOR, status=200,
         body={"how": "close", "note": "Ringte banken"}, **_ELSEWHERE),
    page("doubts", _RELAY + "doubts/", OPERATOR, **_ELSEWHERE),
    page("doubt", _RELAY + "doubts/{doubt}/", OPERATOR, **_ELSEWHERE),
    deed("decide_doubt", _RELAY + "doubts/{doubt}/decide/", OPERATOR, status=422, **_ELSEWHERE),
    deed("pause_outgoing", _RELAY + "pauses/", OPERATOR, body={"scope": "whole", "reason": "x"}, **_ELSEWHERE),
    page("lift_pause", _RELAY + "pauses/{central_pause}/lift/", OPERATOR, no_page="a question", **_ELSEWHERE),
    deed("lift_pause", _RELAY + "pauses/{central_pause}/lift/", OPERATOR, **_ELSEWHERE),
)  # fmt: skip
