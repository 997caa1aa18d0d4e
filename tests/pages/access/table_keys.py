"""Signing keys and a company's administration: administrators only, and never an operator."""

from uuid import UUID

from tests.pages.access.rows import ADMINISTRATORS, CUSTOMER_ADMINISTRATOR, Maker, Row, deed, page
from tests.pages.access.world import World

_A = "/c/{company}/administration/"


def make_key(world: World) -> UUID:
    """Return the id of the company's key."""
    return world.key.key_id


THINGS: dict[str, Maker] = {"signing_key": make_key}

ROWS: tuple[Row, ...] = (
    page("autopay_companies", "/customers/{customer}/autopay/companies/", CUSTOMER_ADMINISTRATOR, others=404),
    page("company_administration", _A, ADMINISTRATORS),
    # Who may is led to showing his second factor first.
    deed("regenerate_key", _A + "key/", ADMINISTRATORS),
    deed("revoke_keys", _A + "key/revoke/", ADMINISTRATORS),
    # The factor is asked for first, whichever key is named.
    deed("show_key", _A + "key/{signing_key}/", ADMINISTRATORS, elsewhere=302),
    deed("save_employee", _A + "employee/", ADMINISTRATORS),
    deed("change_two_step", _A + "two-step/", ADMINISTRATORS, body={"demand": "on"}),
)
