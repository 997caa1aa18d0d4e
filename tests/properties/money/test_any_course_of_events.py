"""Whatever happens, in whatever order: every payment stands where docs/money.md puts it, and the books and the feed
say the same.
"""

from pathlib import Path

from hypothesis.stateful import run_state_machine_as_test

from tests.properties.depth import depth, unhurried

from .machine import Payments
from .world import make_operators, make_places


@unhurried
def test_payments_stand_where_the_money_rules_put_them(db: None, tmp_path: Path) -> None:
    class ThesePayments(Payments):
        places = make_places()
        operators = make_operators()
        folder = tmp_path

    run_state_machine_as_test(ThesePayments, settings=depth(examples=8, steps=20))
