"""Processes killed with SIGKILL, one at a time, at seeded moments of a batch of 200 payments.

FAULT_SEEDS batches are sent (4, each with a death of its own; ten is the full round); FAULT_SEED draws another round.
"""

import random
import time

import pytest

from tests.faults.books import find_faults, find_incoming_faults, find_left_over
from tests.faults.orders import kid_of, make_order
from tests.faults.plan import Death, batch_count, draw_deaths, first_seed
from tests.faults.system import System
from tests.faults.walk import Walk, finish, wait_for_all_received

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(900), pytest.mark.xdist_group("sandbox")]

PAYMENTS = 200
BATCHES = batch_count()
# How long the portal takes on a quiet machine to see, fetch and apply a file from the bank.
_UNTIL_APPLIED = 2.5


def test_every_payment_is_executed_booked_and_told_once_whoever_dies_when(system: System) -> None:
    seed = first_seed()
    choice = random.Random(seed)
    print(f"FAULT_SEED={seed} FAULT_SEEDS={BATCHES}")
    for death in draw_deaths(choice, count=BATCHES):
        order = make_order(
            f"T{seed}-{death.number}", account=system.account("remittance"), day=system.day, count=PAYMENTS,
            as_xml=death.number % 2 == 0,
        )  # fmt: skip
        _walk_with_a_death(system, Walk(system, order), death, choice)
    finish(system, seconds=240)

    assert find_faults(system) == []


def _walk_with_a_death(system: System, walk: Walk, death: Death, choice: random.Random) -> None:
    walk.wait_for(death.moment)
    time.sleep(death.delay)
    print(death, "killed:", system.kill(death.victim, choice))
    system.wait_until_whole()
    walk.finish_calls()


def test_every_payment_from_a_customer_is_booked_once_whoever_dies_when(system: System) -> None:
    seed = first_seed()
    choice = random.Random(seed)
    victims = ("worker-bank_in process", "database", "worker-bank_in", "broker")
    print(f"FAULT_SEED={seed} FAULT_SEEDS={BATCHES}")
    for number in range(BATCHES):
        system.pay_in(kid=kid_of(f"{seed % 900:03}{number:03}"), count=choice.randint(1, 200))
        delay = choice.uniform(0, _UNTIL_APPLIED)
        time.sleep(delay)
        print(f"{number}: killed {delay:.2f} s after the bank:", system.kill(victims[number % len(victims)], choice))
        system.wait_until_whole()
    wait_for_all_received(system)

    assert find_incoming_faults(system) == []
    assert find_left_over(system) == []
