"""Statuses of the plainest shapes: from their texts straight to the line of `staged_status`.

What `StatusAssembler` does for any transaction, for those that say nothing but ids, a status and the bank's reference.
"""

from collections.abc import Sequence

from bank_gateway.messages.bank_files import values
from bank_gateway.messages.bank_files.fields import PlannedRow
from bank_gateway.messages.picking import picker

# Where a shape has no such text, the place behind all of them.
_NOWHERE = -1
_TEXTS = ("iid", "e2e", "sts", "asr", "acc")
_MOST_OF_A_STATUS = 4


class PlainStatus:
    """One shape of transactions that is plain."""

    __slots__ = ("_pick", "_says_when")

    def __init__(self, transaction: PlannedRow) -> None:
        self._says_when = "acc" in transaction.places
        self._pick = picker([transaction.places.get(tag, _NOWHERE) for tag in _TEXTS])

    def line(self, texts: Sequence[str], *, place: str) -> str | None:
        """Make the line of a status whose first columns are `place`, None where its texts aren't plain after all."""
        iid, e2e, status, asr, accepted = self._pick((*texts, ""))
        if not (iid or e2e) or not 1 <= len(status) <= _MOST_OF_A_STATUS or status != status.strip():
            return None
        if self._says_when and (status == "ACWC" or not values.read_date(accepted)):
            return None
        iid, e2e, status, asr = [f'"{text}"' if text else "" for text in (iid, e2e, status, asr)]
        # No reason, no text, no date.
        return f"{place},{iid},{e2e},{status},,,{asr},"


def plain_status(rows: Sequence[PlannedRow]) -> PlainStatus | None:
    """Return the short cut of a shape by its rows, None for one that says more than a short cut knows."""
    transaction = rows[0]
    is_plain = (
        len(rows) == 1 and transaction.tags == transaction.places.keys() <= set(_TEXTS) and "sts" in transaction.tags
    )
    return PlainStatus(transaction) if is_plain else None
