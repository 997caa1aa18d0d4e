"""A run's plan follows from its seed and from nothing else, and runs together try everything there is."""

import subprocess
import sys
from datetime import date

from tests.chaos.orders import write_order
from tests.chaos.plan import FAULTS, VICTIMS, Death, Fault, Step, draw_plan
from tests.chaos.work import BANKS, NEIGHBOURS, OUTSIDE, Fate
from tests.sandbox.running import ROOT

SEEDS = range(1, 51)
SAMPLE_DAY = date(2026, 11, 24)


def _faults(step: Step) -> tuple[Fault, ...]:
    return step.about[1] if step.kind == "switch_faults" else ()  # type: ignore[index]


def test_the_same_seed_gives_the_same_work_and_the_same_trouble() -> None:
    assert draw_plan(7) == draw_plan(7)
    assert draw_plan(7) != draw_plan(8)


def test_another_process_draws_the_same_plan() -> None:
    program = "from tests.chaos.plan import draw_plan; p = draw_plan(7); print([p, p.steps])"
    said = {
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }

    assert len(said) == 1


def test_the_same_seed_gives_the_same_work_on_a_fair_day() -> None:
    fair = draw_plan(7, faults=False)

    assert (fair.orders, fair.receipts) == (draw_plan(7).orders, draw_plan(7).receipts)
    assert not {step.kind for step in fair.steps} & {"kill", "freeze", "switch_faults", "tidy", "pause"}


def test_every_run_sends_and_is_paid_at_every_bank() -> None:
    for seed in SEEDS:
        plan = draw_plan(seed)
        jobs = [step.about for step in plan.steps if step.kind in ("send", "receive")]

        assert {order.bank for order in plan.orders} == {receipt.bank for receipt in plan.receipts} == set(BANKS)
        assert sorted(map(str, jobs)) == sorted(map(str, [*(o.message_id for o in plan.orders), *plan.receipts]))


def test_fifty_runs_try_every_fault_at_every_bank_every_victim_and_every_fate() -> None:
    plans = [draw_plan(seed) for seed in SEEDS]
    steps = [step for plan in plans for step in plan.steps]
    struck = {(step.about[0], fault.fault) for step in steps for fault in _faults(step)}  # type: ignore[index]
    killed = {step.about.victim for step in steps if isinstance(step.about, Death)}

    assert struck == {(bank, fault) for bank in BANKS for fault in FAULTS}
    assert killed == set(VICTIMS)
    assert {payment.fate for plan in plans for payment in plan.payments} == set(Fate)


def test_fifty_runs_take_payments_back_from_creditors_at_every_bank() -> None:
    returned = [
        (order.bank, payment.account)
        for seed in SEEDS
        for order in draw_plan(seed).orders
        for payment in order.payments
        if payment.fate is Fate.RETURNED
    ]

    assert set(NEIGHBOURS.items()) <= set(returned)
    assert {(bank, OUTSIDE) for bank in BANKS} <= set(returned)


def test_no_two_payments_of_fifty_runs_have_the_same_id() -> None:
    names = [payment.end_to_end_id for seed in SEEDS for payment in draw_plan(seed).payments]

    assert len(set(names)) == len(names)


def test_an_order_sent_again_has_the_same_bytes() -> None:
    plan, again = draw_plan(7), draw_plan(7)
    for order, same in zip(plan.orders, again.orders, strict=True):
        day = SAMPLE_DAY

        assert write_order(order, account="12345678903", day=day) == write_order(same, account="12345678903", day=day)
