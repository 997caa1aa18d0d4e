"""Settling a deviation on its page, as an operator does."""

import re

from django.test import Client

from bank_gateway.models import Deviation

RELAY = "/central/relay/"
_SEEN = re.compile(r'name="seen" value="([^"]+)"')


def address_of(deviation: Deviation) -> str:
    """Return where a deviation's page is."""
    return f"{RELAY}deviations/{deviation.pk}/"


def look(client: Client, deviation: Deviation, *, how: str = "release", note: str = "Ringte banken") -> str:
    """Choose a decision and return the page that shows what it would do."""
    page = client.post(f"{address_of(deviation)}settle/", {"how": how, "note": note})
    return str(page.content.decode())


def settle_on_page(client: Client, deviation: Deviation, *, how: str = "release", note: str = "Ringte banken") -> str:
    """Choose a decision, see what it does and confirm that; return the page on which it was confirmed or refused."""
    shown = look(client, deviation, how=how, note=note)
    if seen := _SEEN.search(shown):
        done = client.post(f"{address_of(deviation)}settle/", {"how": how, "note": note, "seen": seen[1]})
        assert done.status_code in {302, 409}, done.content.decode()
    return shown
