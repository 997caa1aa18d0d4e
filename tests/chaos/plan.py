"""What a run does, drawn whole from its seed before anything happens: work, faults, deaths, and in which order.

The same seed gives the same plan. How far the processes have come when a step is taken is the machine's: that can't be
repeated, only tried again.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from tests.faults.orders import kid_of

BANKS = ("dnb", "nordea", "sparebank1")
# An account of another company at the same bank, as the sandbox has it, and the shortest KID that it takes.
NEIGHBOURS = {"dnb": "15034987618", "nordea": "60210344554", "sparebank1": "42123355673"}
NINE_DIGITS_MOD11 = frozenset({"sparebank1"})
OUTSIDE = "86011117947"
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
_MORE_THAN_THERE_IS = 600_000_000_000


class Fate(StrEnum):
    """What is to become of a payment at the bank."""

    EXECUTED = "executed"
    WRONG_KID = "wrong KID"
    NO_FUNDS = "no funds"
    REFUSED_LATE = "refused on its day"
    CANCELLED = "cancelled in the net bank"
    RETURNED = "returned"


@dataclass(frozen=True)
class Payment:
    """A payment to be made; `minor` is øre. Either a KID or a text goes with it."""

    end_to_end_id: str
    minor: int
    account: str
    kid: str = ""
    text: str = ""
    category: str = "supplier"
    fate: Fate = Fate.EXECUTED


@dataclass(frozen=True)
class Order:
    """A remittance to be sent: at which bank, how written, how booked."""

    message_id: str
    bank: str
    as_xml: bool
    batch_booking: bool | None
    payments: tuple[Payment, ...]


@dataclass(frozen=True)
class Receipt:
    """Customers who pay `count` times the same to the company's account at a bank, with a KID or a text."""

    bank: str
    minor: int
    count: int
    kid: str = ""
    text: str = ""
    at_cutoff: bool = False


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
    orders = tuple(_orders(work, seed))
    receipts = tuple(_receipts(work, seed))
    trouble = random.Random(f"trouble {seed}") if faults else None
    return Plan(seed, orders, receipts, tuple(_steps(work, trouble, orders, receipts)))


def mark_of(seed: int) -> str:
    """Return what the ids of a run begin with."""
    return f"K{seed}-"


def _orders(choice: random.Random, seed: int) -> Iterator[Order]:
    number = 0
    for bank in BANKS:
        for most in (200, *((30,) if choice.random() < 0.5 else ())):
            number += 1
            yield _order(choice, seed, number, bank, most=most)
    if choice.random() < 0.4:
        number += 1
        yield _too_much(choice, f"{mark_of(seed)}{number}", choice.choice(BANKS))


def _order(choice: random.Random, seed: int, number: int, bank: str, *, most: int) -> Order:
    name = f"{mark_of(seed)}{number}"
    count = choice.randint(20, most)
    category = "salary" if choice.random() < 0.15 else "supplier"
    fates = _fates(choice, count, category)
    # At a bank where a payment in fault takes all others to its creditor with it, there are no others.
    near = Fate.WRONG_KID not in fates
    payments = tuple(
        _payment(choice, seed, name, place, bank, category=category, fate=fate, near=near)
        for place, fate in enumerate(fates, 1)
    )
    as_xml = choice.random() < 0.5
    return Order(name, bank, as_xml, choice.choice((True, False, None)), payments)


def _fates(choice: random.Random, count: int, category: str) -> list[Fate]:
    fates = [Fate.EXECUTED] * count
    for fate, probability, most in (
        (Fate.WRONG_KID, 0.4, 3), (Fate.REFUSED_LATE, 0.4, 2), (Fate.CANCELLED, 0.4, 2), (Fate.RETURNED, 0.25, 1),
    ):  # fmt: skip
        if choice.random() < probability and not (category == "salary" and fate is Fate.WRONG_KID):
            for place in choice.sample(range(count), choice.randint(1, most)):
                fates[place] = fate
    return fates


def _payment(
    choice: random.Random, seed: int, order: str, place: int, bank: str, *, category: str, fate: Fate, near: bool
) -> Payment:
    """Return a payment; `near` if it may go to an account of another company at the same bank."""
    kid = text = ""
    account, wants_kid = OUTSIDE, category == "supplier" and choice.random() < 0.3
    minor = choice.randint(100_00, 5_000_00)
    # What comes back from an account at the same bank is taken from it, and nobody tells its owner.
    near = near and fate is not Fate.RETURNED
    if fate is Fate.WRONG_KID:
        # Right by itself, but of a length that this creditor hasn't agreed on.
        account, kid = NEIGHBOURS[bank], kid_of(f"{seed % 1000:03}{place:05}00")
    elif wants_kid and near and choice.random() < 0.3:
        account, kid = NEIGHBOURS[bank], _kid_of_neighbour(bank, seed, place)
    elif wants_kid:
        kid = kid_of(f"{seed % 1000:03}{place:06}")
    else:
        text = f"Faktura {order}-{place}"
    return Payment(f"{order}-{place}", minor, account, kid=kid, text=text, category=category, fate=fate)


def _kid_of_neighbour(bank: str, seed: int, place: int) -> str:
    if bank in NINE_DIGITS_MOD11:
        return _kid_mod11(f"{seed % 1000:03}{place:05}")
    return kid_of(f"{seed % 1000:03}{place:03}")


def _kid_mod11(body: str) -> str:
    """Return `body` with its MOD11 check digit, `-` standing for ten."""
    rest = -sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(body))) % 11
    return body + ("-" if rest == 10 else str(rest))


def _too_much(choice: random.Random, name: str, bank: str) -> Order:
    """Return an order that no account has the money for."""
    payment = Payment(
        f"{name}-1", _MORE_THAN_THERE_IS + choice.randrange(10_000), OUTSIDE, text=f"Faktura {name}-1",
        fate=Fate.NO_FUNDS,
    )  # fmt: skip
    return Order(name, bank, choice.random() < 0.5, False, (payment,))


def _receipts(choice: random.Random, seed: int) -> Iterator[Receipt]:
    for number, bank in enumerate(BANKS * 2):
        yield Receipt(
            bank, choice.randint(50_00, 900_00), choice.randint(1, 40), kid=kid_of(f"{seed % 1000:03}{number:03}"),
            at_cutoff=choice.random() < 0.3,
        )  # fmt: skip
    for bank in BANKS:
        if choice.random() < 0.6:
            yield Receipt(
                bank, choice.randint(50_00, 900_00), choice.randint(1, 4), text=f"Takk {mark_of(seed)}{bank}",
                at_cutoff=choice.random() < 0.3,
            )  # fmt: skip


def _steps(
    work: random.Random, trouble: random.Random | None, orders: tuple[Order, ...], receipts: tuple[Receipt, ...]
) -> Iterator[Step]:
    """Yield the run's steps: sending with trouble in between, answers, late changes, cut-offs."""
    jobs = [Step("send", order.message_id) for order in orders] + [Step("receive", receipt) for receipt in receipts]
    work.shuffle(jobs)
    if trouble is not None and trouble.random() < 0.2:
        # One of them refuses a date that has passed, and the whole file with it.
        yield Step("pause", trouble.choice((*BANKS, "nordea")))
    sending = list(_disturbed(jobs, trouble, orders, deaths=(1, 4), moments=MOMENTS, faults=2))
    yield from sending if trouble is None else _without_broker(orders, sending)
    yield Step("wait_for_sent")
    yield Step("give_answers")
    late = [
        Step("refuse" if payment.fate is Fate.REFUSED_LATE else "cancel", (order.message_id, payment.end_to_end_id))
        for order in orders
        for payment in order.payments
        if payment.fate in (Fate.REFUSED_LATE, Fate.CANCELLED)
    ]
    yield from late
    cutoffs = [Step("cut_off") for _ in range(work.randint(1, 3))]
    yield from _disturbed(cutoffs, trouble, orders, deaths=(0, 2), moments=("executing", "reported"), faults=1)
    if trouble is not None and trouble.random() < 0.5:
        yield Step("decide_doubts")


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
