"""One run, from its plan to its count, and the line it comes to."""

import time
from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.count import Count
from tests.chaos.house import NOT_WITHIN, House
from tests.chaos.people import People
from tests.chaos.plan import draw_plan
from tests.chaos.play import Play
from tests.chaos.settle import Settling

_SETTLE_SECONDS = 240.0


@dataclass
class Outcome:
    """What a run came to. `faults` is empty if all is well; `late` is what it waited for in vain, with times."""

    seed: int
    faults: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    # By bank and fault.
    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    freezes: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def run_seed(house: House, seed: int, *, faults: bool = True) -> Outcome:
    """Play the run of a seed in the house and count; nothing of it is left waiting in the house if all is well."""
    began = time.monotonic()
    outcome = Outcome(seed)
    plan = draw_plan(seed, faults=faults)
    house.note(f"seed {seed}")
    noted = len(house.said)
    before = house.before()
    people = People(house, before)
    kills, freezes = house.kills.copy(), house.freezes.copy()
    try:
        Play(house, plan, people).run()
        left = Settling(house, plan, people).run(seconds=_SETTLE_SECONDS)
        count = Count(house, plan, before)
        _wait_for_feeds(house)
        outcome.faults = [*(f"left over: {line}" for line in left), *count.faults()]
        outcome.figures = _figures(count)
    except Exception as error:
        outcome.faults.append(f"{type(error).__name__}: {error}")
        house.note(outcome.faults[-1])
    outcome.late = [line for line in house.said[noted:] if NOT_WITHIN in line]
    outcome.people = people.did
    outcome.hits = house.truth.hits(before.truth)
    outcome.kills, outcome.freezes = house.kills - kills, house.freezes - freezes
    outcome.seconds = time.monotonic() - began
    return outcome


def _wait_for_feeds(house: House) -> None:
    """Give the ERPs the moment that their long polls need."""
    for company in house.companies:
        query = "SELECT coalesce(max(sequence), 0) FROM erp_gateway_message WHERE company_id = %s"
        ((last,),) = house.rows(query, company.id)
        house.wait(
            lambda company=company, last=last: len(company.feed.messages) >= last,  # type: ignore[misc]
            seconds=40,
            what=f"all messages of {company.name}",
        )


def _figures(count: Count) -> Counter[str]:
    lines = [line for of in count.lines.values() for line in of]
    return Counter(
        {
            "sent": len(count.wanted),
            "executed": count.executed.total(),
            "received": sum(times for each, times in count.credits.items() if each.minor > 0),
            "taken back": sum(times for each, times in count.credits.items() if each.minor < 0),
            "lines": len(lines),
            "ended otherwise": sum(stored.status not in ("paid", "returned") for stored in count.stored.values()),
            "returned": sum(stored.status == "returned" for stored in count.stored.values()),
            "lost": len(count.lost),
            "doubled": len(count.doubled),
            "denied": len(count.denied),
            "misbooked": len(count.misbooked),
            "untold": len(count.untold),
        }
    )
