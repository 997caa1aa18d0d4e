"""What a bank's notifications (camt.054) make of payments and of the books, by docs/money.md 1, 3 and 6."""

from collections.abc import Sequence

from .model import AT_BANK, FINAL, REJECTED, UNSENT, File, Line, Model, Payment
from .spoken import Booking, Notice, Notification

_NOT_PAID = UNSENT | AT_BANK | REJECTED | {"cancelled", "stopped"}
_CONTRADICTED = REJECTED | {"cancelled", "stopped", "in_doubt"}


def read(model: Model, notice: Notice) -> None:
    """Apply a file of notifications: of each account the entries that are new, each whole or not at all."""
    fresh = [(one.account, booking) for one in notice.notifications for booking in _new_bookings(model, one)]
    model.entries |= set(fresh)
    for account, booking in fresh:
        _notice_second_debit(model, account, booking)
    for direction in ("DBIT", "CRDT"):
        found = [
            (booking, payments)
            for account, booking in fresh
            if booking.direction == direction and (payments := _payments_of(model, account, booking))
        ]
        _book_in_order(model, found)


def _book_in_order(model: Model, found: Sequence[tuple[Booking, Sequence[Payment]]]) -> None:
    """Book entries of one direction: of those that name the same payment only the first, the others are held (3.3)."""
    named: set[Payment] = set()
    booked: set[Payment] = set()
    later: list[tuple[Booking, Sequence[Payment]]] = []
    for booking, payments in found:
        if named & set(payments):
            later.append((booking, payments))
        else:
            booked |= set(payments)
            _book(model, booking, payments)
        named |= set(payments)
    for booking, payments in later:
        if booking.direction == "DBIT":
            again = booked & set(payments)
            model.alarms |= {("payment_debited_twice", model.remittance_of(payment).id) for payment in again}


def _new_bookings(model: Model, one: Notification) -> list[Booking]:
    """Return the booked entries that aren't repeats; what looks like one of another file waits for a person."""
    if one.account not in model.accounts:
        model.alarms.add(("bank_account_unknown", ""))
        return []
    if one.is_copy or (one.account, one.id) in model.notifications:
        return []
    model.notifications.add((one.account, one.id))
    booked = [booking for booking in one.bookings if booking.status == "BOOK"]
    new = [booking for booking in booked if (one.account, booking) not in model.entries]
    if len(new) < len(booked):
        model.alarms.add(("bank_entry_possible_repeat", ""))
    return new


def _notice_second_debit(model: Model, account: str, booking: Booking) -> None:
    """Call for an alarm where an entry, right in every id and amount, debits what has been debited before (2.7)."""
    if booking.direction != "DBIT":
        return
    payments = _detailed(_files_on(model, account), booking)
    if len(payments) != len(booking.details):
        return
    if len(payments) == len(set(payments)):
        again = [payment for payment in payments if payment.state in {"paid", "returned"}]
    elif sum(payment.amount for payment in payments) == booking.amount:
        again = [payment for payment in payments if payments.count(payment) > 1]
    else:
        again = []
    model.alarms |= {("payment_debited_twice", model.remittance_of(payment).id) for payment in again}


def _files_on(model: Model, account: str) -> list[File]:
    return [file for file in model.files if model.accounts[file.remittance.company] == account]


def _payments_of(model: Model, account: str, booking: Booking) -> Sequence[Payment]:
    """Return the payments that an entry books; none where it fits nothing exactly (3.4)."""
    files = _files_on(model, account)
    payments = _named(files, booking) if booking.details else _of_lump(files, booking)
    if len(set(payments)) < len(payments) or sum(payment.amount for payment in payments) != booking.amount:
        return []
    return payments


def _named(files: Sequence[File], booking: Booking) -> Sequence[Payment]:
    """Return the payments of an entry's details: ids and amounts equal, and each may be booked so."""
    may = _NOT_PAID if booking.direction == "DBIT" else {"paid"}
    payments = [payment for payment in _detailed(files, booking) if payment.state in may]
    return payments if len(payments) == len(booking.details) else []


def _detailed(files: Sequence[File], booking: Booking) -> list[Payment]:
    """Return the payments of these files whose ids and amounts an entry's details give."""
    return [
        payment
        for detail in booking.details
        for file in files
        if file.message_id == detail.message_id
        for payment in file.remittance.payments
        if (payment.end_to_end_id, payment.amount) == (detail.end_to_end_id, detail.amount)
    ]


def _of_lump(files: Sequence[File], booking: Booking) -> Sequence[Payment]:
    """Return what is neither rejected, stopped nor paid of the group that a lump without details names."""
    if booking.batch is None or booking.direction != "DBIT":
        return []
    group, count = booking.batch
    payments = [payment for file in files for payment in file.groups.get(group, ()) if payment.state not in FINAL]
    return payments if len(payments) == count else []


def _book(model: Model, booking: Booking, payments: Sequence[Payment]) -> None:
    """Pay or return the payments of an entry, and write its voucher (6)."""
    for payment in payments:
        if booking.direction == "DBIT" and payment.state in _CONTRADICTED:
            model.alarms.add(("debit_contradicts_state", model.remittance_of(payment).id))
        payment.state = "paid" if booking.direction == "DBIT" else "returned"
    for file in model.files:
        named = file.message_id in {detail.message_id for detail in booking.details}
        if file.place in ("waiting", "in_doubt") and (named or (booking.batch and booking.batch[0] in file.groups)):
            # What is booked has left, and the rest of its file with it.
            model.delivered(file)
    lines = sorted(_lines(booking, payments), key=repr)
    model.vouchers[model.remittance_of(payments[0]).company, tuple(lines)] += 1


def _lines(booking: Booking, payments: Sequence[Payment]) -> list[Line]:
    """Return one bank line, one per invoice, credit note or payment, and one for all salary."""
    sign = 1 if booking.direction == "DBIT" else -1
    salary = sum(payment.amount for payment in payments if payment.is_salary)
    return [
        _line("1920", -sign * booking.amount, None),
        *([_line("2930", sign * salary, None)] if salary else []),
        *(
            _line("2400", sign * amount, payment.end_to_end_id)
            for payment in payments
            if not payment.is_salary
            for amount in payment.lines or (payment.amount,)
        ),
    ]


def _line(account: str, debit: int, end_to_end_id: str | None) -> Line:
    return (account, max(debit, 0), max(-debit, 0), end_to_end_id)
