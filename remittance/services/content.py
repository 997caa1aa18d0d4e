"""What an approver signs: a hash over everything that decides who gets how much, when, and with which text.

A payment's hash is made of its own fields alone, so that a set that only shrinks keeps every approval; the
remittance's is made of its payments' hashes in their order and of the account they draw on. The same SQL runs
over stored payments and over the file that was written for the bank, read back.
"""

from typing import Any
from uuid import UUID

# Text fields can't hold U+001F: control characters were refused, so no two contents give the same string.
_SEPARATOR = "E'\\x1f'"


def payment_hash_sql(
    alias: str, *, documents: str, account: str, amount: str, bank_date: str, kind: str, charges: str,
    batch_booking: str, address: str,
) -> str:  # fmt: skip
    """Return the SQL expression (bytea) of a payment's hash over columns of `alias` and the given expressions.

    Everything that the bank gets of a payment is in it, but the ids that are ours.
    """
    fields = ", ".join(
        f"coalesce(({field})::text, E'\\x1e')"
        for field in (
            f"{alias}.end_to_end_id", amount, f"{alias}.currency", account, f"{alias}.creditor_name",
            f"{alias}.kid", f"{alias}.message", documents, bank_date, kind, charges, batch_booking,
            f"{alias}.creditor_bic", address,
        )
    )  # fmt: skip
    return f"sha256(convert_to(concat_ws({_SEPARATOR}, {fields}), 'UTF8'))"


def stored_hash(alias: str, *, batch_booking: str = "", address: str = "") -> str:
    """Return the SQL expression of a stored payment's hash; what is given stands for the stored column."""
    return payment_hash_sql(
        alias,
        documents=f"{alias}.documents",
        account=f"{alias}.creditor_account",
        amount=f"{alias}.amount",
        bank_date=f"{alias}.bank_date",
        kind=f"{alias}.category || '/' || {alias}.urgent::text",
        charges=f"{alias}.charges",
        batch_booking=batch_booking or f"{alias}.batch_booking",
        address=address or f"{alias}.creditor_address",
    )


# Payee, amount and reference; leading zeros of a KID count. A hash to look up by, not to trust: payments that share
# it are compared by payee and amount as well, so that two wrongs of one in 2^64 suspect nobody.
RADAR_KEY = """hashtextextended(concat_ws(E'\\x1f', {account}, {amount}, {currency},
    coalesce({kid}, {message}, {documents}::text, '')), 0)"""


def content_hash(cursor: Any, *, remittance_id: UUID, debtor_account: str) -> str:
    """Return the hex hash of all of a remittance's payments but those that AutoPay refused at the door.

    Computed anew from the stored fields, never from stored hashes: a row changed behind the services' back
    doesn't pass for what was approved.
    """
    cursor.execute(
        f"""
        SELECT encode(sha256(convert_to(%s, 'UTF8') || coalesce(
                   string_agg({stored_hash("p")}, ''::bytea ORDER BY p.position), ''::bytea)), 'hex')
          FROM remittance_payment p
         WHERE p.remittance_id = %s AND NOT (p.status = 'rejected_by_autopay' AND p.reason_params IS NOT NULL)
        """,
        [debtor_account, remittance_id],
    )
    return str(cursor.fetchone()[0])
