"""What the machine draws: orders, what a bank says of a file, and what it books, mostly right and sometimes not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

from .model import File, Payment
from .spoken import Booking, Detail, Named, Report, Said, SaidOfGroup

Draw = Callable[..., Any]
T = TypeVar("T")

_WORDS = (
    "ACTC", "RCVD", "ACCP", "ACSP", "ACWC", "ACSC", "ACCC", "PDNG", "BLCK", "CANC", "CANC", "RJCT", "RJCT", "RJCT",
    "ACCR", "ZZZZ",
)  # fmt: skip
_REASONS = ("AC04", "FF01", "AM05", "DU01", "DUPL", "NARR", "", "CUST", "DT01")
AMOUNTS = (10000, 10001, 25050, 1, 99999999)
# KIDs right by MOD10.
_KIDS = ("0010017", "0010025", "0010033")


def pick(draw: Draw, among: Sequence[T]) -> T:
    """Draw one of these by its place, which is all that a failure then prints."""
    return among[draw(st.integers(0, len(among) - 1))]


@dataclass(frozen=True)
class DrawnPayment:
    """A payment as the ERP sends it, and what the model needs to know of it."""

    fields: dict[str, Any]
    payment: Payment


def payments(draw: Draw, *, known: Sequence[Payment], number: int, today: date) -> list[DrawnPayment]:
    """Draw the payments of an order, named as in every other order; `number` tells their texts apart."""
    salary = draw(st.booleans()) and draw(st.booleans())
    count = draw(st.sampled_from((1, 2, 3, 4, 5, 6, 3, 2)))
    return [_payment(draw, place, known, f"{number}-{place}", today, salary=salary) for place in range(1, count + 1)]


def _payment(draw: Draw, place: int, known: Sequence[Payment], text: str, today: date, *, salary: bool) -> DrawnPayment:
    amount, account = draw(st.sampled_from(AMOUNTS)), draw(st.sampled_from(("86011117947", "15030000029")))
    fields: dict[str, Any] = {
        "end_to_end_id": f"E-{place}",
        "currency": "NOK",
        "execution_date": (today + timedelta(days=draw(st.sampled_from((1, 6))))).isoformat(),
        "category": "salary" if salary else "supplier",
        "urgent": draw(st.booleans()) and not salary,
        "message": f"Faktura {text}",
    }
    lines: tuple[int, ...] = ()
    shape = draw(st.integers(0, 5))
    if shape == 0 and known:
        account, amount, fields["message"] = pick(draw, known).radar
    elif shape == 1 and amount > 1 and not salary:
        del fields["message"]
        lines = (amount + 500, -500)
        fields["documents"] = [
            {"type": "invoice", "number": f"F{text}", "amount": f"{lines[0] / 100:.2f}"},
            {"type": "credit_note", "number": f"K{text}", "amount": "5.00"},
        ]
    fields |= {"amount": f"{amount / 100:.2f}", "creditor": {"name": "Strøm & Nett AS", "account": account}}
    radar = (account, amount, fields.get("message", text))
    payment = Payment(fields["end_to_end_id"], amount, radar, is_salary=salary, lines=lines)
    return DrawnPayment(fields, payment)


def report(draw: Draw, file: File, *, number: int, now: datetime) -> Report:
    """Draw a report on a file, at any of its levels; some were made before others that came sooner."""
    groups = [_group(draw, file, group) for group in file.groups if draw(st.booleans())]
    return Report(
        id=f"S-{number}",
        original_message_id=file.message_id,
        created_at=now - timedelta(minutes=draw(st.sampled_from((0, 0, 0, 0, 45, 600)))),
        said=_said(draw, mostly=False, above=True),
        groups=groups,
        version=draw(st.sampled_from(("03", "10"))),
    )


def _group(draw: Draw, file: File, group: str) -> SaidOfGroup:
    named = [_named(draw, file, payment) for payment in file.groups[group] if draw(st.booleans())]
    return SaidOfGroup(id=group, said=_said(draw, mostly=False, above=True), named=named)


def _named(draw: Draw, file: File, payment: Payment) -> Named:
    by = draw(st.sampled_from(("both", "theirs", "ours")))
    return Named(
        end_to_end_id="" if by == "ours" else payment.end_to_end_id,
        instruction_id="" if by == "theirs" else file.instruction_ids[payment],
        said=_said(draw, mostly=True, above=False),
    )


def _said(draw: Draw, *, mostly: bool, above: bool) -> Said:
    """Draw a word, or none: above, most say nothing or PART."""
    silent = (None,) if mostly else (None,) * 8
    word = draw(st.sampled_from((*silent, *(("PART",) * 6 if above else ()), *_WORDS)))
    if word != "RJCT":
        return Said(word)
    reason = draw(st.sampled_from(_REASONS))
    return Said(word, reason, "Avvist av banken" if reason in ("NARR", "") else "")


def bookings(draw: Draw, files: Sequence[File], *, number: int) -> list[Booking]:
    """Draw one to three entries about these files, of payments no two of which are the same."""
    left = [(file, payment) for file in files for payment in file.payments]
    drawn: list[Booking] = []
    for place in range(draw(st.integers(1, 3))):
        if not left:
            break
        booking, taken = _booking(draw, left, reference=f"B{number}-{place}")
        left = [each for each in left if each[1] not in taken]
        drawn.append(booking)
    return drawn


def _booking(draw: Draw, left: Sequence[tuple[File, Payment]], *, reference: str) -> tuple[Booking, Sequence[Payment]]:
    file, first = pick(draw, left)
    kind = draw(
        st.sampled_from(("details", "details", "lump", "lump", "return", "wrong_amount", "wrong_id", "pending"))
    )
    group = next(key for key, payments in file.groups.items() if first in payments)
    mine = [payment for each, payment in left if each is file and payment in file.groups[group]]
    if kind == "return":
        return detailed(file, [first], reference, direction="CRDT"), [first]
    chosen = [first, *(payment for payment in mine if payment is not first and draw(st.booleans()))]
    if kind == "lump":
        return _lump(draw, file, group, chosen, reference), file.groups[group]
    booking = detailed(file, chosen, reference, status="PDNG" if kind == "pending" else "BOOK")
    if kind in ("wrong_amount", "wrong_id"):
        booking = _wrong(booking, kind)
    return booking, chosen


def detailed(
    file: File, chosen: Sequence[Payment], reference: str, *, direction: str = "DBIT", status: str = "BOOK"
) -> Booking:
    """Return an entry that names these payments by the right ids and amounts."""
    details = tuple(
        Detail(file.message_id, payment.end_to_end_id, file.instruction_ids[payment], payment.amount)
        for payment in chosen
    )
    total = sum(payment.amount for payment in chosen)
    return Booking(total, reference, direction=direction, status=status, details=details)


def _lump(draw: Draw, file: File, group: str, chosen: Sequence[Payment], reference: str) -> Booking:
    """Draw a lump without details: of all of its group, of what may still be paid, or of some."""
    open_ = [payment for payment in file.groups[group] if payment.state in _MAY_BE_PAID]
    of = pick(draw, (open_ or chosen, open_ or chosen, file.groups[group], chosen))
    return Booking(sum(payment.amount for payment in of), reference, batch=(group, len(of)))


_MAY_BE_PAID = {"sent", "received_by_bank", "accepted", "pending", "in_doubt"}


def _wrong(booking: Booking, kind: str) -> Booking:
    first, *rest = booking.details
    if kind == "wrong_id":
        changed = Detail(first.message_id, "E-99", first.instruction_id, first.amount)
    else:
        changed = Detail(first.message_id, first.end_to_end_id, first.instruction_id, first.amount + 1)
    total = booking.amount + changed.amount - first.amount
    return Booking(total, booking.reference, details=(changed, *rest))
