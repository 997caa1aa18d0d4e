"""Statuses of the plainest shapes: from their texts straight to the line of `staged_status`.

What `StatusAssembler` does for any transaction, for those that say nothing but ids, a status and the bank's reference,
all of them plainly (`plain_texts`).
"""

from collections.abc import Mapping, Sequence

from bank_gateway.messages.bank_files import plain_texts, values
from bank_gateway.messages.bank_files.fields import PlannedRow
from bank_gateway.messages.picking import picker

# How each text must be written.
_PLAINLY = {
    "iid": plain_texts.ANY, "e2e": plain_texts.ANY, "sts": plain_texts.STATUS, "asr": plain_texts.ANY,
    "acc": plain_texts.ANY,
}  # fmt: skip
# No reason and no text stand between the status and the bank's reference, no date behind it.
_IN_ORDER = ("iid", "e2e", "sts", "", "", "asr", "")


class PlainStatus:
    """One shape of transactions that is plain."""

    __slots__ = ("_accepted", "_pick", "_status", "_template", "texts")

    def __init__(self, places: Mapping[str, int]) -> None:
        self.texts = {place: _PLAINLY[tag] for tag, place in places.items()}
        self._status, self._accepted = places["sts"], places.get("acc")
        self._template = ",".join(["%d,%d,transaction,%s", *('"%s"' if tag in places else "" for tag in _IN_ORDER)])
        self._pick = picker([places[tag] for tag in _IN_ORDER if tag in places])

    def line(self, row: int, line: int, above: str, texts: Sequence[str]) -> str | None:
        """Make the line of a status, `above` the columns of what it stands in; None where its date may matter."""
        if self._accepted is not None and not self._is_beside_the_point(texts[self._accepted], texts[self._status]):
            return None
        return self._template % (row, line, above, *self._pick(texts))

    @staticmethod
    def _is_beside_the_point(accepted: str, status: str) -> bool:
        """Tell whether a moment of acceptance can be read and says nothing: ACWC tells the bank's date by it."""
        return status != "ACWC" and bool(values.read_date(accepted))


def plain_status(rows: Sequence[PlannedRow]) -> PlainStatus | None:
    """Return the short cut of a shape by its rows, None for one that says more than a short cut knows."""
    transaction = rows[0]
    tags = transaction.tags
    is_plain = (
        len(rows) == 1
        and tags == transaction.places.keys() <= _PLAINLY.keys()
        and "sts" in tags
        and not tags.isdisjoint({"iid", "e2e"})
    )
    return PlainStatus(transaction.places) if is_plain else None
