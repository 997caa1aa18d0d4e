"""The calls on the clock all banks share."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from bank_gateway.simulator import instants
from bank_gateway.simulator.clock import FASTEST
from bank_gateway.simulator.control.guard import json_body
from bank_gateway.simulator.engine import Engine
from bank_gateway.simulator.house import House
from bank_gateway.simulator.profiles import next_cutoff
from bank_gateway.simulator.refusals import CallRefused

_FURTHEST = timedelta(days=3660)


class ClockCalls:
    """`GET clock`, `POST clock/advance`, `POST clock/rate`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of these calls."""
        return [
            web.get("/clock", self.show),
            web.post("/clock/advance", self.advance),
            web.post("/clock/rate", self.set_rate),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Answer `GET clock`."""
        return web.json_response(reading(self._engine.house))

    async def advance(self, request: web.Request) -> web.Response:
        """Answer `POST clock/advance` once everything that fell due has been played."""
        choose = self._target(await json_body(request))
        played = await self._engine.advance(choose)
        return web.json_response({**reading(self._engine.house), "played": played})

    async def set_rate(self, request: web.Request) -> web.Response:
        """Answer `POST clock/rate`."""
        body = await json_body(request)
        _refuse_unknown(body, known=("rate",))
        rate = body.get("rate") if isinstance(body, dict) else None
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= FASTEST:
            raise CallRefused(422, "rate_invalid", f"rate must be a number from 0 to {FASTEST:.0f}")
        await self._engine.change(lambda connection: self._engine.house.clock.set_rate(connection, rate=float(rate)))
        return web.json_response(reading(self._engine.house))

    def _target(self, body: Any) -> Callable[[datetime], datetime]:
        """Return how the time to advance to follows from now."""
        _refuse_unknown(body, known=("to", "seconds", "bank"))
        if not isinstance(body, dict) or len({"to", "seconds"} & body.keys()) != 1:
            raise CallRefused(422, "target_invalid", "Exactly one of to and seconds must be given")
        bank = body.get("bank")
        if bank is not None and (body.get("to") != "next_cutoff" or bank not in list(self._engine.house.banks)):
            raise CallRefused(422, "target_invalid", "bank must be one of the banks, beside to: next_cutoff")
        if "seconds" in body:
            return _after_seconds(body["seconds"])
        if body["to"] == "next_cutoff":
            house = self._engine.house
            return lambda now: earliest_cutoff(house, now, bank=bank)[1]
        at = _read_time(body["to"])
        return lambda now: _not_too_far(now, at)


def cutoffs(house: House, now: datetime) -> dict[str, datetime]:
    """Return every bank's first cut-off after a point in time."""
    return {bank: next_cutoff(habits, now) for bank, habits in house.banks.items()}


def earliest_cutoff(house: House, now: datetime, *, bank: str | None = None) -> tuple[str, datetime]:
    """Return the bank whose cut-off comes first after a point in time, or the one named, and when."""
    found = cutoffs(house, now)
    return min(((each, at) for each, at in found.items() if bank in (None, each)), key=lambda pair: pair[1])


def reading(house: House) -> dict[str, Any]:
    """Return the clock as the control API shows it."""
    now = house.clock.now()
    bank, at = earliest_cutoff(house, now)
    return {
        "now": _shown(now),
        "rate": house.clock.rate,
        "next_cutoff": {"bank": bank, "at": _shown(at)},
        "cutoffs": {each: _shown(when) for each, when in cutoffs(house, now).items()},
    }


def _shown(at: datetime) -> str:
    """Return a time in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _refuse_unknown(body: Any, *, known: tuple[str, ...]) -> None:
    """Refuse a field that nobody knows, which may be a known one misspelt."""
    if isinstance(body, dict) and (unknown := sorted(body.keys() - set(known))):
        errors: list[Mapping[str, str]] = [
            {"field": field, "code": "unknown", "detail": f"{field} is not known"} for field in unknown
        ]
        raise CallRefused(422, "invalid", f"{', '.join(unknown)} is not known; known are {', '.join(known)}", errors)


def _read_time(value: Any) -> datetime:
    """Read the time to advance to."""
    try:
        return instants.from_text(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise CallRefused(422, "target_invalid", "to must be next_cutoff or a time with an offset") from error


def _after_seconds(value: Any) -> Callable[[datetime], datetime]:
    """Return the time some seconds after now; fewer than none is backwards."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # Written so that what is no number (NaN) isn't within the bounds.
    if not is_number or not abs(value) <= _FURTHEST.total_seconds():
        raise CallRefused(422, "target_invalid", "seconds must be a number")
    return lambda now: now + timedelta(seconds=value)


def _not_too_far(now: datetime, at: datetime) -> datetime:
    """Return a time unless it is more than ten years ahead."""
    if at - now > _FURTHEST:
        raise CallRefused(422, "target_invalid", "to is more than ten years ahead")
    return at
