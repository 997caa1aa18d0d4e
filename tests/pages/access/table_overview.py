"""The start page, the lists of companies, alarms and pauses, preferences, the clock, and what answers anybody."""

from uuid import UUID

from bank_gateway.relay.services import pause_outgoing
from companies.actors import Actor
from companies.services import raise_alarm
from tests.pages.access.rows import ADMINISTRATORS, EVERYBODY, OPERATOR, Maker, Row, deed, only, page
from tests.pages.access.world import World

TAKERS = EVERYBODY - {"viewer"}
KEEPERS = ADMINISTRATORS | OPERATOR


def make_alarm(world: World) -> UUID:
    """Raise an alarm that is the company's own task, and that somebody who keeps its ledger ends by his word."""
    return raise_alarm(
        code="ledger_maybe_posted_twice", severity="red", company_id=world.company.pk, dedupe_key="hemmelig",
        params={"number": 41, "reason": "Hemmelig grunn"},
    ).pk  # fmt: skip


def make_pause(world: World) -> UUID:
    """Put the company on hold, as its administrator."""
    administrator = Actor.user(world.people["autopay_administrator"])
    reason = "Hemmelig grunn"
    return pause_outgoing(scope="company", company_id=world.company.pk, actor=administrator, reason=reason).pk


THINGS: dict[str, Maker] = {"alarm": make_alarm, "pause": make_pause}
_C, _ALARM = "/c/{company}/", "/c/{company}/alarms/{alarm}/"
_EVERYBODY = only(EVERYBODY)
ROWS: tuple[Row, ...] = (
    Row("home", "/", only(EVERYBODY, status=302), stranger=None, no_page="leads on"),
    page("company_overview", _C),
    page("company_alarms", _C + "alarms/"),
    page("company_alarms", _C + "alarms/?show=taken"),
    page("company_alarms", _C + "alarms/?show=over"),
    deed("take_company_alarms", _C + "alarms/take/", TAKERS, body={"kind": "ledger_maybe_posted_twice"}),
    deed("take_company_alarm", _ALARM + "take/", TAKERS),
    deed("close_company_alarm", _ALARM + "close/", KEEPERS, body={"note": "Sett på"}),
    page("company_pauses", _C + "pauses/"),
    page("company_pauses", _C + "pauses/?show=lifted"),
    deed("company_pauses", _C + "pauses/", KEEPERS, body={"what": "all", "reason": "Vedlikehold"}),
    page("lift_company_pause", _C + "pauses/{pause}/lift/", KEEPERS, no_page="a question", elsewhere=302),
    deed("lift_company_pause", _C + "pauses/{pause}/lift/", KEEPERS, elsewhere=302),
    Row("companies", "/companies/", _EVERYBODY, stranger=None),
    Row("preferences", "/preferences/", only(EVERYBODY, status=302), method="POST", stranger=None, nobody=302,
        body={"language": "en", "next": "/account/login/"}),
    Row("clock", "/sandbox/clock/", _EVERYBODY, stranger=None, no_page="a part of a page"),
    Row("move_clock", "/sandbox/clock/move/", only(EVERYBODY, status=302), method="POST", stranger=None,
        body={"to": "next_cutoff"}),
    Row("gallery", "/design/", _EVERYBODY, stranger=None),
    Row("livez", "/livez", _EVERYBODY, stranger=None, nobody=200, no_page="for machines"),
    Row("readyz", "/readyz", _EVERYBODY, stranger=None, nobody=200, no_page="for machines"),
)  # fmt: skip
