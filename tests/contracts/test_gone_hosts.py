"""A host that loses its power keeps no lock: either side of a database connection gives the other up soon."""

from django.conf import settings
from django.db import connection

SOON = 30


def test_both_sides_give_up_a_peer_that_is_gone_within_half_a_minute() -> None:
    options = settings.DATABASES["default"]["OPTIONS"]
    ours = options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"]
    servers = dict(part.split("=") for part in options["options"].replace("-c ", "").split())
    idle, interval, count = (int(servers[f"tcp_keepalives_{name}"]) for name in ("idle", "interval", "count"))

    assert ours <= SOON
    assert options["tcp_user_timeout"] <= SOON * 1000
    assert idle + interval * count <= SOON
    assert int(servers["tcp_user_timeout"]) <= SOON * 1000


def test_the_settings_are_those_of_every_connection() -> None:
    parameters = connection.get_connection_params()

    assert parameters["options"] == settings.DATABASES["default"]["OPTIONS"]["options"]
    assert parameters["keepalives_idle"] == settings.DATABASES["default"]["OPTIONS"]["keepalives_idle"]
