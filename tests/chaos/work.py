"""What a run sends and is paid: remittances, what is to become of each payment, and customers' payments, by seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.orders import kid_of

BANKS = ("dnb", "nordea", "sparebank1")
# An account of another company at the same bank, as the sandbox has it, and the shortest KID that it takes.
NEIGHBOURS = {"dnb": "15034987618", "nordea": "60210344554", "sparebank1": "42123355673"}
NINE_DIGITS_MOD11 = frozenset({"sparebank1"})
OUTSIDE = "86011117947"
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


def mark_of(seed: int) -> str:
    """Return what the ids of a run begin with."""
    return f"K{seed}-"


def draw_orders(choice: random.Random, seed: int) -> Iterator[Order]:
    """Yield one or two orders for every bank, and perhaps one that no account has the money for."""
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
    if fate is Fate.WRONG_KID:
        # Right by itself, but of a length that this creditor hasn't agreed on.
        account, kid = NEIGHBOURS[bank], kid_of(f"{seed % 1000:03}{place:05}00")
    elif fate is Fate.RETURNED and near and category == "supplier" and place % 2:
        # Taken back from a creditor of the bank, who has booked it.
        account, kid = NEIGHBOURS[bank], _kid_of_neighbour(bank, seed, place)
    elif wants_kid and near and fate is not Fate.RETURNED and choice.random() < 0.3:
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


def draw_receipts(choice: random.Random, seed: int) -> Iterator[Receipt]:
    """Yield what customers pay to the accounts at every bank, with KIDs and with texts."""
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
