"""Picking values by their places, for what was cut once and is read many times."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TypeVar

Value = TypeVar("Value")


def picker(places: Sequence[int]) -> Callable[[Sequence[Value]], tuple[Value, ...]]:
    """Return what picks the values at these places as a tuple, whatever their number."""
    if len(places) > 1:
        return itemgetter(*places)
    if places:
        only = places[0]
        return lambda values: (values[only],)
    return lambda _values: ()
