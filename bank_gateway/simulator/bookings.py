"""Moving money between accounts. Nothing else writes a balance, so the sum per bank and currency never changes."""

import sqlite3

EXTERNAL = "external"


def open_account(connection: sqlite3.Connection, *, bank: str, number: str, currency: str, login_id: int) -> None:
    """Open an account at zero, and the bank's `external` account of that currency beside it."""
    connection.executemany(
        "INSERT INTO account (bank, number, currency, login_id, balance) VALUES (?, ?, ?, ?, 0) ON CONFLICT DO NOTHING",
        [(bank, EXTERNAL, currency, None), (bank, number, currency, login_id)],
    )


def balance_of(connection: sqlite3.Connection, *, bank: str, number: str, currency: str) -> int | None:
    """Return an account's balance in minor units, or None when the bank has no such account."""
    row = connection.execute(
        "SELECT balance FROM account WHERE bank = ? AND number = ? AND currency = ?", (bank, number, currency)
    ).fetchone()
    return None if row is None else int(row[0])


def move(connection: sqlite3.Connection, *, bank: str, source: str, target: str, currency: str, amount: int) -> None:
    """Move an amount in minor units from one account of a bank to another, in the caller's transaction.

    Raises RuntimeError when either account isn't there; the storage refuses a balance below zero.
    """
    for number, change in ((source, -amount), (target, amount)):
        changed = connection.execute(
            "UPDATE account SET balance = balance + ? WHERE bank = ? AND number = ? AND currency = ?",
            (change, bank, number, currency),
        ).rowcount
        if changed != 1:
            raise RuntimeError(f"{bank} has no account {number} in {currency}")
