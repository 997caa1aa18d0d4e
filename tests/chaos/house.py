"""One sandbox that many runs share: its banks and their truth, its companies with their ERPs, its people."""

import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.chaos.clerk import Clerk
from tests.chaos.truth import Mark, Truth
from tests.faults.bank import Bank
from tests.faults.erp import Erp, Feed
from tests.faults.system import System, running_system
from tests.sandbox.running import ROOT, clean_environment

# A doubt waits for both: long enough for a slowed line here, short enough to be waited for in every run.
LIMITS = {"AUTOPAY_RELAY_LEASE": "8", "AUTOPAY_RELAY_LONGEST_TRANSFER": "5"}

# What a note says of something that was waited for in vain.
NOT_WITHIN = "not within"

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Company:
    """A company of the sandbox with its ERP, which follows its feed."""

    id: str
    name: str
    erp: Erp
    feed: Feed
    # Account by agreement id.
    accounts: dict[str, str]


@dataclass(frozen=True)
class Before:
    """How everything stood when a run began."""

    truth: Mark
    at: datetime
    balances: dict[tuple[str, str], Decimal]
    # By company id.
    messages: dict[str, int]
    batches: dict[str, int]
    received: datetime


@dataclass
class House:
    """A running sandbox. `said` is what its runs have noted, newest last."""

    system: System
    truth: Truth
    clerk: Clerk
    companies: tuple[Company, ...]
    banks: dict[str, Bank]
    kills: Counter[str] = field(default_factory=Counter)
    freezes: Counter[str] = field(default_factory=Counter)
    said: list[str] = field(default_factory=list)

    @property
    def payer(self) -> Company:
        """Return the company that sends: it needs no approvers."""
        return next(each for each in self.companies if each.id == self.system.company["id"])

    def account(self, bank: str) -> str:
        """Return the payer's account at a bank; it pays and is paid there."""
        found: str = next(
            each["account"]
            for each in self.system.company["agreements"]
            if each["bank"] == bank and each["kind"] == "remittance"
        )
        return found

    def day(self, bank: str) -> date:
        """Return the day of a bank's next cut-off."""
        return datetime.fromisoformat(self.banks[bank].next_cutoff()).astimezone().date()

    def rows(self, query: str, *parameters: Any) -> list[Row]:
        """Return the rows of a query of the portal's database."""
        return self.system.rows(query, list(parameters))

    def note(self, text: str) -> None:
        """Keep what happened, with the time."""
        self.said.append(f"{datetime.now().astimezone():%H:%M:%S.%f}"[:-3] + f" {text}")

    def wait(self, condition: Callable[[], Any], *, seconds: float, what: str) -> bool:
        """Return whether something came about within `seconds`; that it didn't is noted."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > seconds:
                self.note(f"{NOT_WITHIN} {seconds:.0f} s: {what}")
                return False
            time.sleep(0.1)
        return True

    def before(self) -> Before:
        """Return how everything stands now."""
        clock = next(iter(self.banks.values()))
        batches = self.rows("SELECT company_id::text, max(number) FROM erp_gateway_ledgerbatch GROUP BY company_id")
        messages = self.rows("SELECT company_id::text, max(sequence) FROM erp_gateway_message GROUP BY company_id")
        return Before(
            truth=self.truth.mark(),
            at=clock.now(),
            balances=self.balances(),
            messages=dict(messages),
            batches=dict(batches),
            received=self.rows("SELECT clock_timestamp()")[0][0],
        )

    def balances(self) -> dict[tuple[str, str], Decimal]:
        """Return what every account at every bank holds."""
        return {
            (bank, account): balance
            for bank, control in self.banks.items()
            for account, balance in control.balances().items()
        }


@contextmanager
def open_house(var: Path) -> Iterator[House]:
    """Start a sandbox in `var` for the block, with people at work in it."""
    with running_system(var, extra=LIMITS) as system, move_in(system) as house:
        yield house


@contextmanager
def move_in(system: System) -> Iterator[House]:
    """Put people to work in a running sandbox for the block, and have every company's ERP follow its feed."""
    var = system.running.var
    clerk = Clerk({**clean_environment(var, system.running.port), **system.running.extra}, folder=str(ROOT))
    try:
        refused = clerk("prepare")
        assert not refused, refused
        house = House(
            system=system, truth=Truth(var / "banks"), clerk=clerk, banks=system.banks,
            companies=tuple(_company(system, each) for each in system.description["companies"]),
        )  # fmt: skip
        yield house
    finally:
        clerk.stop()
    for company in house.companies:
        if company.feed is not system.feed:
            company.feed.leave()


def _company(system: System, described: dict[str, Any]) -> Company:
    erp = system.erp_of(described)
    feed = system.feed if described["id"] == system.company["id"] else Feed(erp)
    accounts = {each["id"]: each["account"] for each in described["agreements"]}
    return Company(described["id"], described["name"], erp, feed, accounts)


def make_folder() -> Path:
    """Make a folder for a sandbox, `var` in it, that every user may pass through; return that of the sandbox."""
    folder = Path(tempfile.mkdtemp(prefix="autopay-chaos-"))
    folder.chmod(0o711)
    return folder / "var"


def delete_folder(var: Path) -> None:
    """Delete such a folder."""
    shutil.rmtree(var.parent, ignore_errors=True)


def chance(seed: int, about: object) -> random.Random:
    """Return a die for one choice of a run, the same for the same seed."""
    return random.Random(f"{seed} {about}")
