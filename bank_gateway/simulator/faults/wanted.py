"""Read the list of faults that `PUT faults` brings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bank_gateway.simulator.faults import kinds
from bank_gateway.simulator.refusals import CallRefused

MOST_TIMES, HIGHEST_SEED = 1_000_000, 2**53
SHORTEST, LONGEST, USUAL = 0.1, 3600.0, 20.0
_FIELDS = {"fault", "probability", "times", "seed", "seconds"}

Errors = list[Mapping[str, str]]


@dataclass(frozen=True)
class Fault:
    """One fault as it is wanted: with a probability at every event it can strike, or at the next so many of them.

    `seconds` of machine time is how long it holds a file where it does so by itself.
    """

    name: str
    probability: float | None
    times: int | None
    seed: int
    seconds: float


def read_faults(body: Any) -> list[Fault]:
    """Read the body of `PUT faults`, a list of `{"fault", "probability" or "times", "seed", "seconds"}`.

    Raises CallRefused with every fault of every item.
    """
    if not isinstance(body, list):
        raise CallRefused(422, "invalid", "The body must be a list of faults")
    errors: Errors = []
    faults = [_read(item, place=place, errors=errors) for place, item in enumerate(body)]
    names = [fault.name for fault in faults]
    for name in {name for name in names if name in kinds.ALL and names.count(name) > 1}:
        _note(errors, len(names) - 1 - names[::-1].index(name), "fault", f"{name} stands twice in the list")
    if errors:
        raise CallRefused(422, "invalid", "; ".join(error["detail"] for error in errors), errors)
    return faults


def _read(item: Any, *, place: int, errors: Errors) -> Fault:
    """Read one fault."""
    if not isinstance(item, dict):
        _note(errors, place, "", "must be an object")
        item = {"fault": kinds.SILENCE, "times": 1}
    for name in sorted(map(str, item.keys() - _FIELDS)):
        _note(errors, place, name, f"{name} is not known")
    name = item.get("fault")
    if name not in kinds.ALL:
        _note(errors, place, "fault", f"fault must be one of {', '.join(kinds.ALL)}")
    if (item.get("probability") is None) == (item.get("times") is None):
        _note(errors, place, "probability", "exactly one of probability and times must be given")
    return Fault(
        name=str(name),
        probability=_number(item, "probability", place=place, errors=errors, bounds=(0, 1), default=None),
        times=_whole(item, "times", place=place, errors=errors, bounds=(1, MOST_TIMES), default=None),
        seed=_whole(item, "seed", place=place, errors=errors, bounds=(0, HIGHEST_SEED), default=0) or 0,
        seconds=_number(item, "seconds", place=place, errors=errors, bounds=(SHORTEST, LONGEST), default=USUAL)
        or USUAL,
    )


def _number(
    item: dict[str, Any],
    name: str,
    *,
    place: int,
    errors: Errors,
    bounds: tuple[float, float],
    default: float | None,
) -> float | None:
    """Read a number within bounds."""
    value = item.get(name)
    if value is None:
        return default
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and bounds[0] <= value <= bounds[1]:
        return float(value)
    _note(errors, place, name, f"{name} must be a number from {bounds[0]} to {bounds[1]}")
    return default


def _whole(
    item: dict[str, Any], name: str, *, place: int, errors: Errors, bounds: tuple[int, int], default: int | None
) -> int | None:
    """Read a whole number within bounds."""
    value = item.get(name)
    if value is None:
        return default
    if isinstance(value, int) and not isinstance(value, bool) and bounds[0] <= value <= bounds[1]:
        return value
    _note(errors, place, name, f"{name} must be a whole number from {bounds[0]} to {bounds[1]}")
    return default


def _note(errors: Errors, place: int, field: str, detail: str) -> None:
    """Note a fault of one item."""
    where = f"{place}.{field}" if field else str(place)
    errors.append({"field": where, "code": "invalid", "detail": f"Item {place}: {detail}"})
