"""The simulated bank's side: its clock, and what it really did, asked through its control API."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import requests

_PATIENCE_SECONDS = 150.0
_CALL_SECONDS = 60.0


@dataclass(frozen=True)
class Bank:
    """A bank of a running sandbox; its process may be killed, so every call is made until it answers."""

    control: str
    clock: str
    id: str = "dnb"

    def next_cutoff(self) -> str:
        """Return when the bank next executes what is due; other banks may be earlier."""
        cutoff: str = self._json(lambda: requests.get(self.clock, timeout=_CALL_SECONDS))["cutoffs"][self.id]
        return cutoff

    def advance_to(self, at: str) -> None:
        """Play everything up to that time; a bank that stands there already has done it."""
        answer = self._answer(lambda: requests.post(f"{self.clock}/advance", json={"to": at}, timeout=_CALL_SECONDS))
        assert answer.status_code in (200, 409), answer.text

    def advance_to_next_cutoff(self) -> None:
        """Let the bank execute what is due next."""
        self.advance_to(self.next_cutoff())

    def pay_in(self, *, account: str, amount: str, count: int, **how: str) -> None:
        """Let a customer pay `count` times, with `kid` or `message`, perhaps `at` the next cut-off.

        Made once only: a payer's order isn't repeated when an answer is lost. Raises ConnectionError then.
        """
        body = {"account": account, "amount": amount, "count": count, "debtor_name": "Kunde AS", **how}
        answer = requests.post(f"{self.control}/incoming", json=body, timeout=_CALL_SECONDS)
        assert answer.status_code == 201, answer.text

    def now(self) -> datetime:
        """Return the banks' time."""
        return datetime.fromisoformat(self._json(lambda: requests.get(self.clock, timeout=_CALL_SECONDS))["now"])

    def advance_by(self, *, seconds: float) -> None:
        """Play what falls due in the next seconds of the banks' time."""
        self.advance_to((self.now() + timedelta(seconds=seconds)).isoformat())

    def put_faults(self, faults: list[dict[str, str | int | float]]) -> None:
        """Let the bank have these faults and no others."""
        url = f"{self.control}/faults"
        answer = self._answer(lambda: requests.put(url, json=faults, timeout=_CALL_SECONDS))
        assert answer.status_code == 200, answer.text

    def ask_for(self, what: str, body: dict[str, str]) -> requests.Response:
        """Have `cancel`, `reject`, `return` or `approve` done at the bank, and return what it answers.

        Where an earlier answer was lost, this one may say that it can't be done any more.
        """
        return self._answer(lambda: requests.post(f"{self.control}/{what}", json=body, timeout=_CALL_SECONDS))

    def executions(self) -> list[dict[str, Any]]:
        """Return everything the bank ever executed."""
        return self._pages(f"{self.control}/executions?limit=500")

    def executions_since(self, moment: datetime) -> list[dict[str, Any]]:
        """Return what the bank executed at that time or later."""
        return self._pages(
            f"{self.control}/executions?limit=500", until=lambda row: datetime.fromisoformat(row["executed"]) < moment
        )

    def balances(self) -> dict[str, Decimal]:
        """Return what every account holds, `external` among them."""
        return {row["account"]: Decimal(row["balance"]) for row in self._pages(f"{self.control}/accounts")}

    def money(self) -> Decimal:
        """Return the sum over all accounts, `external` among them."""
        return sum(self.balances().values(), Decimal(0))

    def _pages(self, url: str, *, until: Callable[[dict[str, Any]], bool] = lambda _: False) -> list[dict[str, Any]]:
        """Return the rows of a list, newest first, to its end or to the first that `until` holds of."""
        rows: list[dict[str, Any]] = []
        following: str | None = url
        while following:
            here = following
            page = self._json(lambda here=here: requests.get(here, timeout=_CALL_SECONDS))  # type: ignore[misc]
            for row in page["results"]:
                if until(row):
                    return rows
                rows.append(row)
            following = page["next"]
        return rows

    def _json(self, call: Callable[[], requests.Response]) -> Any:
        answer = self._answer(call)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _answer(self, call: Callable[[], requests.Response]) -> requests.Response:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return call()
            except requests.ConnectionError:
                assert time.monotonic() < deadline, "the bank doesn't come back"
                time.sleep(0.1)
