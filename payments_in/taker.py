"""What this room takes of a bank's files: credits to accounts with an incoming agreement, after remittance."""

from collections.abc import Sequence

from django.db import connection

from agreements.models import Agreement, Kind
from agreements.queries import agreement_of_account
from bank_gateway.takers import StagedNotifications, Taker

from .services import book_account


class IncomingTaker(Taker):
    """Books customers' payments."""

    def known_accounts(self, *, bank: str, accounts: Sequence[str]) -> set[str]:
        """Return the accounts with an incoming agreement at the bank."""
        return set(_agreements(bank, accounts))

    def take_entries(self, *, notifications: StagedNotifications) -> None:
        """Book what is left of the staged entries, account by account in the order of their companies."""
        found = _agreements(notifications.bank, notifications.accounts)
        with connection.cursor() as cursor:
            for account, agreement in sorted(found.items(), key=lambda item: (item[1].company_id, item[0])):
                book_account(cursor, agreement=agreement, account=account, notifications=notifications)


def _agreements(bank: str, accounts: Sequence[str]) -> dict[str, Agreement]:
    found = {a: agreement_of_account(bank=bank, account=a, kind=Kind.INCOMING) for a in accounts}
    return {account: agreement for account, agreement in found.items() if agreement is not None}
