"""Money that arrives from outside: `POST incoming`."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from bank_gateway.simulator import amounts, bookings, credits, instants, storage
from bank_gateway.simulator.norwegian import accounts, kid
from bank_gateway.simulator.orders.judging import kid_formats
from bank_gateway.simulator.profiles import BankHabits, next_cutoff
from bank_gateway.simulator.refusals import CallRefused, Form

MOST = 200_000
_LONGEST_MESSAGE = 1750


@dataclass(frozen=True)
class Payment:
    """A payment that arrives `count` times."""

    account: str
    currency: str
    amount: int
    count: int
    kid: str
    message: str
    debtor_name: str
    debtor_account: str
    at_cutoff: bool


def read_payment(connection: sqlite3.Connection, *, habits: BankHabits, body: Any) -> Payment:
    """Read the body of `POST incoming` and check it against the account's agreement.

    Raises CallRefused with all of its faults.
    """
    form = Form(body)
    account = form.text("account", required=True)
    agreement = connection.execute(
        "SELECT currency, kid FROM agreement WHERE bank = ? AND account = ? AND direction = 'incoming'",
        (habits.id, account),
    ).fetchone()
    if account and agreement is None:
        form.fault("account", "account_unknown", f"{account} has no incoming agreement at this bank")
    currency = agreement["currency"] if agreement else "NOK"
    payment = Payment(
        account=account,
        currency=currency,
        amount=_read_amount(form, currency),
        count=form.whole("count", default=1, lowest=1, highest=MOST),
        kid=form.text("kid", longest=25),
        message=form.text("message", longest=_LONGEST_MESSAGE),
        debtor_name=form.text("debtor_name", default="Simulert betaler"),
        debtor_account=form.text("debtor_account"),
        at_cutoff=bool(form.raw("at")),
    )
    _check(form, payment, formats=agreement["kid"] if agreement else "[]")
    form.check()
    return payment


def _read_amount(form: Form, currency: str) -> int:
    """Read the amount, a decimal text."""
    text = form.text("amount", required=True)
    if not text:
        return 0
    try:
        return amounts.to_minor(text, currency)
    except ValueError as error:
        form.fault("amount", "amount_invalid", str(error))
        return 0


def _check(form: Form, payment: Payment, *, formats: str) -> None:
    """Note what is wrong with a payment as a whole."""
    if bool(payment.kid) == bool(payment.message):
        form.fault("kid", "kid_or_message", "Exactly one of kid and message must be given")
    if payment.debtor_account and not accounts.is_account(payment.debtor_account):
        form.fault("debtor_account", "account_invalid", "debtor_account must be 11 digits with a right check digit")
    if form.raw("at") not in (None, "", "next_cutoff"):
        form.fault("at", "invalid", "at must be next_cutoff or absent")
    known = kid_formats(formats)
    if payment.kid and not (kid.fits_agreement(payment.kid, known) if known else kid.is_kid(payment.kid)):
        form.fault("kid", "kid_invalid", f"{payment.kid} is not a KID of this account")


def receive(connection: sqlite3.Connection, *, habits: BankHabits, payment: Payment, at: str) -> tuple[str, list[int]]:
    """Keep a payment, in the caller's transaction, and book and report it unless it waits for the next cut-off.

    Returns when it is or was booked, and the ids of its reports. Raises CallRefused (422) when the payer has an
    account at this bank and not the money.
    """
    due = instants.to_text(next_cutoff(habits, instants.from_text(at))) if payment.at_cutoff else at
    connection.execute(
        "INSERT INTO credit (bank, account, currency, amount, count, kid, text, debtor_name, debtor_account, source,"
        " due_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'giro', ?, 'waiting')",
        (
            habits.id, payment.account, payment.currency, payment.amount, payment.count, payment.kid, payment.message,
            payment.debtor_name, payment.debtor_account, due,
        ),
    )  # fmt: skip
    if payment.at_cutoff:
        storage.schedule(connection, bank=habits.id, kind="cutoff", at=due)
        return due, []
    _check_funds(connection, habits=habits, payment=payment)
    credits.book_waiting(connection, bank=habits.id, at=at)
    return at, credits.report_booked(connection, habits=habits, at=at)


def _check_funds(connection: sqlite3.Connection, *, habits: BankHabits, payment: Payment) -> None:
    """Refuse a payment of a payer at this bank that hasn't the money."""
    source = credits.payer_of(
        connection, bank=habits.id, account=payment.debtor_account, currency=payment.currency
    )  # fmt: skip
    funds = bookings.balance_of(connection, bank=habits.id, number=source, currency=payment.currency)
    if source != bookings.EXTERNAL and (funds or 0) < payment.amount * payment.count:
        raise CallRefused(422, "insufficient_funds", f"{source} has not enough money")
