"""What a run does, drawn whole from its seed before anything happens: work, faults, deaths, and in which order.

The same seed gives the same plan. How far the processes have come when a step is taken is the machine's: that can't be
repeated, only tried again.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.chaos.work import BANKS, Fate, Order, Payment, Receipt, draw_orders, draw_receipts

FAULTS = (
    "drop_after_rename", "half_file_to_bank", "half_file_from_bank", "answer_twice", "out_of_order", "silence",
    "slow_line", "wrong_charset",
)  # fmt: skip
VICTIMS = (
    "web server", "web process", "worker-release", "worker-release process", "worker-bank_out",
    "worker-bank_out process", "worker-bank_in", "worker-bank_in process", "worker-deliver", "beat", "broker",
    "database", "bank",
)  # fmt: skip
FREEZABLE = (
    "web process", "worker-release", "worker-bank_out process", "worker-bank_in process", "worker-deliver", "beat",
    "broker", "bank",
)  # fmt: skip
MOMENTS = ("sending", "received", "released", "uploading", "renaming", "sent", "answered")


@dataclass(frozen=True)
class Fault:
    """A fault as `PUT banks/{id}/faults` takes it."""

    fault: str
    seed: int
    probability: float | None = None
    times: int | None = None
    seconds: float = 3.0

    def as_json(self) -> dict[str, str | int | float]:
        """Return what is put."""
        amount: dict[str, float] = (
            {"times": self.times} if self.times is not None else {"probability": self.probability or 0.0}
        )
        return {"fault": self.fault, "seed": self.seed, "seconds": self.seconds, **amount}


@dataclass(frozen=True)
class Step:
    """One thing to do, `pause` seconds after the one before.

    `kind` is the name of a method of `play.Play`; `about` what it is about.
    """

    kind: str
    about: object = None
    pause: float = 0.0

    def __str__(self) -> str:
        return f"{self.kind} {_short(self.about)}"


@dataclass(frozen=True)
class Death:
    """A process to be killed `delay` seconds after a moment of an order."""

    victim: str
    message_id: str
    moment: str
    delay: float


@dataclass(frozen=True)
class Freeze:
    """A process to be stopped for so many seconds; `past_lease` with another worker beside it that takes over."""

    victim: str
    message_id: str
    moment: str
    seconds: float
    past_lease: bool = False


@dataclass(frozen=True)
class Plan:
    """A run."""

    seed: int
    orders: tuple[Order, ...]
    receipts: tuple[Receipt, ...]
    steps: tuple[Step, ...] = field(repr=False)

    @property
    def payments(self) -> tuple[Payment, ...]:
        """Return all payments of all orders."""
        return tuple(payment for order in self.orders for payment in order.payments)

    def order_of(self, message_id: str) -> Order:
        """Return an order by its id."""
        return next(order for order in self.orders if order.message_id == message_id)


def draw_plan(seed: int, *, faults: bool = True) -> Plan:
    """Return the run of a seed; without `faults` the same work on a fair day."""
    work = random.Random(f"work {seed}")
    orders = tuple(draw_orders(work, seed))
    receipts = tuple(draw_receipts(work, seed))
    trouble = random.Random(f"trouble {seed}") if faults else None
    return Plan(seed, orders, receipts, tuple(_steps(work, trouble, orders, receipts)))


def _steps(
    work: random.Random, trouble: random.Random | None, orders: tuple[Order, ...], receipts: tuple[Receipt, ...]
) -> Iterator[Step]:
    """Yield the run's steps: sending with trouble in between, answers, late changes, cut-offs, what comes back."""
    jobs = [Step("send", order.message_id) for order in orders] + [Step("receive", receipt) for receipt in receipts]
    work.shuffle(jobs)
    if trouble is not None and trouble.random() < 0.2:
        # One of them refuses a date that has passed, and the whole file with it.
        yield Step("pause", trouble.choice((*BANKS, "nordea")))
    sending = list(_disturbed(jobs, trouble, orders, deaths=(1, 4), moments=MOMENTS, faults=2))
    yield from sending if trouble is None else _without_broker(orders, sending)
    yield Step("wait_for_sent")
    yield Step("give_answers")
    yield from _steps_for(orders, {Fate.REFUSED_LATE: "refuse", Fate.CANCELLED: "cancel"})
    cutoffs = [Step("cut_off") for _ in range(work.randint(1, 3))]
    yield from _disturbed(cutoffs, trouble, orders, deaths=(0, 2), moments=("executing", "reported"), faults=1)
    if trouble is not None:
        # The others come back when it is over.
        yield from (step for step in _steps_for(orders, {Fate.RETURNED: "give_back"}) if trouble.random() < 0.5)
        if trouble.random() < 0.5:
            yield Step("decide_doubts")


def _steps_for(orders: tuple[Order, ...], kinds: dict[Fate, str]) -> Iterator[Step]:
    """Yield a step for every payment with one of these fates, about its order and itself."""
    for order in orders:
        for payment in order.payments:
            if payment.fate in kinds:
                yield Step(kinds[payment.fate], (order.message_id, payment.end_to_end_id))


def _disturbed(
    jobs: list[Step],
    choice: random.Random | None,
    orders: tuple[Order, ...],
    *,
    deaths: tuple[int, int],
    moments: tuple[str, ...],
    faults: int,
) -> Iterator[Step]:
    """Yield jobs with faults, deaths and freezes between them."""
    if choice is None:
        yield from jobs
        return
    before: list[list[Step]] = [[] for _ in jobs]
    after: list[list[Step]] = [[] for _ in jobs]
    for bank in BANKS:
        for _ in range(choice.randint(0, faults)):
            choice.choice(before).append(Step("switch_faults", (bank, _draw_faults(choice))))
    moving = [place for place, job in enumerate(jobs) if job.kind in ("send", "cut_off")]
    for victim in choice.sample(VICTIMS, choice.randint(*deaths)):
        place = choice.choice(moving)
        death = Death(victim, _message_of(jobs[place]), choice.choice(moments), choice.uniform(0, 0.4))
        after[place].append(Step("kill", death))
    if choice.random() < 0.6:
        place = choice.choice(moving)
        after[place].append(Step("freeze", _draw_freeze(choice, _message_of(jobs[place]), moments)))
    if moments is MOMENTS:
        _disturb_sending(choice, orders, jobs, before, after)
    for job, first, then in zip(jobs, before, after, strict=True):
        yield from first
        yield Step(job.kind, job.about, pause=choice.uniform(0, 0.3))
        yield from then


def _without_broker(orders: tuple[Order, ...], steps: list[Step]) -> list[Step]:
    """Return the steps, perhaps with an order that comes while the broker is away: nobody is told of it."""
    choice = random.Random(f"broker {orders[0].message_id}")
    if choice.random() >= 0.3:
        return steps
    place = choice.choice([place for place, step in enumerate(steps) if step.kind == "send"])
    death = Step("kill", Death("broker", _message_of(steps[place]), "sending", 0.0))
    return [*steps[:place], death, *steps[place:]]


def _disturb_sending(
    choice: random.Random,
    orders: tuple[Order, ...],
    jobs: list[Step],
    before: list[list[Step]],
    after: list[list[Step]],
) -> None:
    """Add what only uploads know: faults from the beginning, folders that banks tidy, a sender lost in the rename."""
    for bank in BANKS:
        if choice.random() < 0.7:
            before[0].append(Step("switch_faults", (bank, _draw_faults(choice))))
    if choice.random() < 0.4:
        choice.choice(after).append(Step("tidy"))
    if choice.random() < 0.4:
        place = choice.choice([place for place, job in enumerate(jobs) if job.kind == "send"])
        first, then = _lose_upload(choice, orders, _message_of(jobs[place]))
        before[place] = [*before[place], *first]
        after[place] = [*then, *after[place]]


def _lose_upload(choice: random.Random, orders: tuple[Order, ...], message_id: str) -> tuple[list[Step], list[Step]]:
    """Return what is done before and after an order is sent so that its sender dies in the rename.

    The line is slow, so that the rename takes a while; the bank may tidy away the only trace.
    """
    bank = next(order.bank for order in orders if order.message_id == message_id)
    slow = Fault("slow_line", choice.randrange(2**31), probability=1.0)
    death = Death("worker-bank_out process", message_id, "renaming", 0.0)
    return [Step("switch_faults", (bank, (slow,)))], [
        Step("kill", death),
        *([Step("tidy")] if choice.random() < 0.7 else []),
    ]


def _message_of(job: Step) -> str:
    return job.about if isinstance(job.about, str) else ""


def _draw_freeze(choice: random.Random, message_id: str, moments: tuple[str, ...]) -> Freeze:
    if "uploading" in moments and choice.random() < 0.3:
        moment = choice.choice(("uploading", "renaming"))
        return Freeze("worker-bank_out process", message_id, moment, seconds=11.0, past_lease=True)
    return Freeze(choice.choice(FREEZABLE), message_id, choice.choice(moments), seconds=choice.uniform(0.5, 3.0))


def _draw_faults(choice: random.Random) -> tuple[Fault, ...]:
    """Return the faults that a bank has from now on, instead of those it had; perhaps none."""
    drawn = []
    for name in choice.sample(FAULTS, choice.randint(1, 3)):
        if choice.random() < 0.5:
            drawn.append(Fault(name, choice.randrange(2**31), times=choice.randint(1, 3)))
        else:
            drawn.append(Fault(name, choice.randrange(2**31), probability=round(choice.uniform(0.2, 0.7), 2)))
    return tuple(drawn)


def _short(about: object) -> str:
    if isinstance(about, tuple):
        return " ".join(_short(each) for each in about)
    if isinstance(about, Fault):
        return f"{about.fault} x{about.times}" if about.times is not None else f"{about.fault} {about.probability}"
    if isinstance(about, Receipt):
        return f"{about.bank} {about.count} x {about.minor} {about.kid or about.text}"
    return "" if about is None else str(about)
