"""What the banks know, read from their own storage: the truth that the books are counted against."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CREDITS = """
SELECT bank, account, kid, text, amount, sum(count) AS count FROM credit
WHERE id > ? AND state = 'booked' AND (source <> 'return' OR amount < 0) GROUP BY bank, account, kid, text, amount
"""
_RETURNS = """
SELECT payment.end_to_end_id, payment.amount, returned.fee FROM returned JOIN payment ON payment.id = returned.payment
JOIN credit ON credit.id = returned.credit WHERE credit.id > ?
"""
_WAITING = {
    "files not delivered": "SELECT bank, name, state, fault FROM file WHERE state IN ('taking', 'written', 'held')",
    "reports not written": "SELECT bank, kind, at FROM report WHERE file_id IS NULL",
    "orders not finished": """SELECT bank, reference, status FROM payment_information
                              WHERE status IN ('read', 'unsigned', 'due')""",
    "money on its way": "SELECT bank, account, due_at FROM credit WHERE state = 'waiting'",
    "failed events": "SELECT bank, kind, fault FROM event WHERE state = 'failed'",
    "receipts to give": """SELECT bank, kind, at FROM event
                           WHERE state = 'waiting' AND kind IN ('read', 'technical', 'business', 'unsigned')""",
}


@dataclass(frozen=True)
class Credit:
    """Money that arrived, one row of equal payments; below zero what was taken back."""

    bank: str
    account: str
    kid: str
    text: str
    minor: int


@dataclass(frozen=True)
class Mark:
    """Where the banks' storage stood when a run began."""

    credit: int
    execution: int
    hit: int


class Truth:
    """The storage of the simulated banks in `folder`, only read but for what banks tidy away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(f"file:{self._folder / 'banks.sqlite3'}?mode=ro", uri=True, timeout=20)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()

    def rows(self, query: str, *parameters: object) -> list[sqlite3.Row]:
        """Return the rows of a query."""
        with self._open() as connection:
            return connection.execute(query, parameters).fetchall()

    def mark(self) -> Mark:
        """Return where the storage stands now."""
        return Mark(*(self._last(table) for table in ("credit", "execution", "fault_hit")))

    def _last(self, table: str) -> int:
        return int(self.rows(f"SELECT coalesce(max(id), 0) AS last FROM {table}")[0]["last"])

    def credits(self, since: Mark) -> Counter[Credit]:
        """Return how often what arrived or was taken back since then; a payer's own returns aside."""
        return Counter(
            {
                Credit(row["bank"], row["account"], row["kid"], row["text"], row["amount"]): row["count"]
                for row in self.rows(_CREDITS, since.credit)
            }
        )

    def returns(self, since: Mark) -> dict[str, tuple[int, int]]:
        """Return amount and fee in øre of the payments that came back since then, by end-to-end id."""
        return {row["end_to_end_id"]: (row["amount"], row["fee"]) for row in self.rows(_RETURNS, since.credit)}

    def hits(self, since: Mark) -> Counter[tuple[str, str]]:
        """Return how often each fault struck at each bank since then."""
        rows = self.rows("SELECT bank, fault, detail FROM fault_hit WHERE id > ?", since.hit)
        return Counter((row["bank"], row["fault"]) for row in rows)

    def waiting(self) -> list[str]:
        """Return what the banks haven't finished."""
        return [f"{what}: {tuple(row)}" for what, query in _WAITING.items() for row in self.rows(query)]

    def lying_about(self) -> list[str]:
        """Return the files in the logins' folders that the other side hasn't taken."""
        boxes = (*self._folder.glob("sftp/*/to_bank"), *self._folder.glob("sftp/*/from_bank"))
        return [
            f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
            for box in boxes
            for path in box.iterdir()
            if path.is_file() and path.suffix in (".xml", ".txt")
        ]

    def clear_unfinished(self) -> list[str]:
        """Remove every unfinished upload from the logins' folders and return their names."""
        parts = list(self._folder.glob("sftp/*/to_bank/*.part"))
        for path in parts:
            path.unlink(missing_ok=True)
        return [path.name for path in parts]

    def has_message(self, message_id: str) -> bool:
        """Return whether a bank took an order with that id, from whom ever."""
        return bool(self.rows("SELECT 1 FROM message WHERE message_id = ? LIMIT 1", message_id))
