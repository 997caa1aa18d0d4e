"""What this room takes of a bank's files: reports on its own orders, debits of its payments, own payments returned."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import connection

from agreements.models import Kind
from agreements.queries import accounts_ever_confirmed
from bank_gateway.takers import Effects, StagedNotifications, StagedReport, Taker

from ..services.delivery import SUBJECT_KIND
from .debits import apply_entries
from .effects import watch_payments
from .reports import apply_report


class RemittanceTaker(Taker):
    """Takes first, before incoming payments: a credit that carries an order's ids is a return."""

    def known_accounts(self, *, bank: str, accounts: Sequence[str]) -> set[str]:
        """Return the accounts that have or had a remittance agreement at the bank."""
        return accounts_ever_confirmed(bank=bank, accounts=accounts, kind=Kind.REMITTANCE)

    def take_report(self, *, report: StagedReport) -> bool:
        """Apply a report on one of our orders; another room's is not ours to take."""
        if report.subject_kind != SUBJECT_KIND:
            return False
        with connection.cursor() as cursor:
            apply_report(cursor, report)
        return True

    def watch(self, *, file_id: UUID) -> Callable[[], Effects]:
        """Return a function that tells how payments moved by the file, and what was posted of them."""
        return watch_payments(file_id=file_id)

    def take_entries(self, *, notifications: StagedNotifications) -> None:
        """Apply the debits and returns among the staged entries."""
        with connection.cursor() as cursor:
            apply_entries(cursor, notifications)
