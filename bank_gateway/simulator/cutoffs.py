"""A cut-off: what is due is executed in one transaction with its balances, its reports stand in the outbox with it."""

import sqlite3
from datetime import date

from bank_gateway.simulator import bookings, credits, instants, late_refusals, receipts, reports, storage
from bank_gateway.simulator.house import Event, House
from bank_gateway.simulator.profiles import BankHabits, cutoff_later_that_day

_DUE = """
SELECT info.*, message.message_id, message.version, message.login_id
FROM payment_information AS info JOIN message ON message.id = info.message
WHERE info.bank = ? AND info.status = 'due' AND info.due_at <= ? ORDER BY info.id
"""
_EXECUTE = """
INSERT INTO execution (bank, payment, message_id, end_to_end_id, amount, currency, debtor_account, creditor_account,
                       executed_at)
SELECT ?, id, ?, end_to_end_id, amount, currency, ?, creditor_account, ?
FROM payment WHERE payment_information = ? AND reason_code = '' ORDER BY id
"""
_OWN_CREDITORS = """
SELECT payment.creditor_account AS account, sum(payment.amount) AS total
FROM payment JOIN account ON account.bank = ? AND account.number = payment.creditor_account
                         AND account.currency = payment.currency
WHERE payment.payment_information = ? AND payment.reason_code = '' GROUP BY payment.creditor_account
"""


def play_cutoff(connection: sqlite3.Connection, house: House, event: Event) -> None:
    """Book the credits that waited for this cut-off, execute what is due, and put the reports into the outbox."""
    run = _CutOff(connection, habits=house.banks[event.bank], at=event.at)
    credits.book_waiting(connection, bank=event.bank, at=event.at)
    run.refuse_planned()
    for row in connection.execute(_DUE, (event.bank, event.at)).fetchall():
        run.settle(row)
    credits.report_booked(connection, habits=run.habits, at=event.at)


class _CutOff:
    """One cut-off being played."""

    def __init__(self, connection: sqlite3.Connection, *, habits: BankHabits, at: str) -> None:
        self.habits = habits
        self._connection = connection
        self._at = at
        self._day: date = instants.bank_date(instants.from_text(at))
        self._debit_reports: dict[tuple[str, str], int] = {}
        self._status_reports: dict[tuple[str, int], int] = {}

    def refuse_planned(self) -> None:
        """Take out the payments that are to be refused when their day has come."""
        for planned in late_refusals.planned(self._connection, bank=self.habits.id, at=self._at):
            report_id = self._status_report("refused", planned["message"])
            late_refusals.carry_out(self._connection, planned=planned, report_id=report_id)

    def settle(self, row: sqlite3.Row) -> None:
        """Execute a PmtInf whole, or let it wait for funds until the day's last cut-off, or refuse it."""
        funds = bookings.balance_of(
            self._connection, bank=self.habits.id, number=row["account"], currency=row["currency"]
        )
        if (funds or 0) >= row["accepted_sum"]:
            self._execute(row)
        elif later := cutoff_later_that_day(self.habits, kind=row["kind"], at=instants.from_text(self._at)):
            self._postpone(row, until=instants.to_text(later))
        else:
            self._refuse(row)

    def _execute(self, row: sqlite3.Row) -> None:
        """Execute a PmtInf: one row per payment, the money moved, the debit noted for its report."""
        executed = self._connection.execute(
            _EXECUTE, (self.habits.id, row["message_id"], row["account"], self._at, row["id"])
        ).rowcount
        if executed != row["accepted_count"]:
            raise RuntimeError(f"PmtInf {row['id']}: {executed} executions for {row['accepted_count']} payments")
        self._move_money(row)
        self._connection.execute("UPDATE payment_information SET status = 'executed' WHERE id = ?", (row["id"],))
        self._tell(self._debit_report(row), row)
        if self.habits.tells_settled:
            self._tell(self._status_report("settled", row["message"]), row)

    def _move_money(self, row: sqlite3.Row) -> None:
        """Move a PmtInf's money: to the bank's own creditors each his sum, the rest out of the bank."""
        bank, outside = self.habits.id, row["accepted_sum"]
        own = self._connection.execute(_OWN_CREDITORS, (bank, row["id"])).fetchall()
        for each in own:
            self._move(row, target=each["account"], amount=each["total"])
            outside -= each["total"]
        self._move(row, target=bookings.EXTERNAL, amount=outside)
        if own:
            credits.note_from_remittance(self._connection, bank=bank, row=row, at=self._at, day=self._day)

    def _move(self, row: sqlite3.Row, *, target: str, amount: int) -> None:
        """Move an amount away from the account that pays."""
        bookings.move(
            self._connection,
            bank=self.habits.id,
            source=row["account"],
            target=target,
            currency=row["currency"],
            amount=amount,
        )

    def _debit_report(self, row: sqlite3.Row) -> int:
        """Return this cut-off's debit notification of an account, in the version that pairs with the order's."""
        version = self.habits.answers[row["version"]].notification
        key = (row["account"], version)
        if key not in self._debit_reports:
            self._debit_reports[key] = reports.add(
                self._connection,
                habits=self.habits,
                login_id=row["login_id"],
                kind="debit",
                version=version,
                at=self._at,
                account=row["account"],
            )
        return self._debit_reports[key]

    def _status_report(self, kind: str, message_id: int) -> int:
        """Return this cut-off's pain.002 of a kind on an order."""
        key = (kind, message_id)
        if key not in self._status_reports:
            message = receipts.message_row(self._connection, message_id)
            self._status_reports[key] = receipts.report(self._connection, self.habits, message, kind=kind, at=self._at)
        return self._status_reports[key]

    def _tell(self, report_id: int, row: sqlite3.Row) -> None:
        """Let a report speak of a PmtInf."""
        reports.add_part(self._connection, report_id=report_id, payment_information=row["id"])

    def _postpone(self, row: sqlite3.Row, *, until: str) -> None:
        """Let a PmtInf wait for funds until a later cut-off of the day, told once where the bank tells it."""
        self._connection.execute("UPDATE payment_information SET due_at = ? WHERE id = ?", (until, row["id"]))
        storage.schedule(self._connection, bank=self.habits.id, kind="cutoff", at=until)
        if self.habits.tells_waiting_for_funds and not row["told_pending"]:
            self._tell(self._status_report("waiting", row["message"]), row)
            self._connection.execute("UPDATE payment_information SET told_pending = 1 WHERE id = ?", (row["id"],))

    def _refuse(self, row: sqlite3.Row) -> None:
        """Refuse a PmtInf for want of funds, in one report per order."""
        self._tell(self._status_report("refused", row["message"]), row)
        self._connection.execute(
            "UPDATE payment_information SET status = 'rejected', reason_code = 'AM04', "
            "reason_text = 'Manglende dekning ved dagens siste tidsfrist' WHERE id = ?",
            (row["id"],),
        )
