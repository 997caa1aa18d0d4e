"""What this room takes of a bank's files: credits to accounts with an incoming agreement, after remittance."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import connection

from agreements.models import Agreement, Kind
from agreements.queries import agreements_of_accounts
from bank_gateway.takers import Effects, StagedNotifications, Taker

from .effects import watch_receipts
from .services import book_account
from .statements import ACCOUNTS_LEFT


class IncomingTaker(Taker):
    """Books customers' payments."""

    def known_accounts(self, *, bank: str, accounts: Sequence[str]) -> set[str]:
        """Return the accounts with an incoming agreement at the bank."""
        return set(_agreements(bank, accounts))

    def watch(self, *, file_id: UUID) -> Callable[[], Effects]:
        """Return a function that tells what receipts were stored of the file, and what was posted of them."""
        return watch_receipts(file_id=file_id)

    def take_entries(self, *, notifications: StagedNotifications) -> None:
        """Book what is left of the staged entries, account by account in the order of their companies."""
        with connection.cursor() as cursor:
            cursor.execute(ACCOUNTS_LEFT)
            found = _agreements(notifications.bank, [account for (account,) in cursor.fetchall()])
            for account, agreement in sorted(found.items(), key=lambda item: (item[1].company_id, item[0])):
                book_account(cursor, agreement=agreement, account=account, notifications=notifications)


def _agreements(bank: str, accounts: Sequence[str]) -> dict[str, Agreement]:
    return agreements_of_accounts(bank=bank, accounts=accounts, kind=Kind.INCOMING) if accounts else {}
