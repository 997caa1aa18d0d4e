"""The simulated bank's side: its clock, and what it really did, asked through its control API."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

_PATIENCE_SECONDS = 150.0
_CALL_SECONDS = 60.0


@dataclass(frozen=True)
class Bank:
    """The bank `dnb` of a running sandbox; its process may be killed, so every call is made until it answers."""

    control: str
    clock: str

    def next_cutoff(self) -> str:
        """Return when the bank next executes what is due; other banks may be earlier."""
        cutoff: str = self._json(lambda: requests.get(self.clock, timeout=_CALL_SECONDS))["cutoffs"]["dnb"]
        return cutoff

    def advance_to(self, at: str) -> None:
        """Play everything up to that time; a bank that stands there already has done it."""
        answer = self._answer(lambda: requests.post(f"{self.clock}/advance", json={"to": at}, timeout=_CALL_SECONDS))
        assert answer.status_code in (200, 409), answer.text

    def advance_to_next_cutoff(self) -> None:
        """Let the bank execute what is due next."""
        self.advance_to(self.next_cutoff())

    def pay_in(self, *, account: str, amount: str, kid: str, count: int) -> None:
        """Let a customer pay `count` times. Made once only: a payer's order isn't repeated when an answer is lost."""
        body = {"account": account, "amount": amount, "kid": kid, "count": count, "debtor_name": "Kunde AS"}
        answer = requests.post(f"{self.control}/incoming", json=body, timeout=_CALL_SECONDS)
        assert answer.status_code == 201, answer.text

    def executions(self) -> list[dict[str, Any]]:
        """Return everything the bank ever executed."""
        return self._pages(f"{self.control}/executions?limit=500")

    def money(self) -> Decimal:
        """Return the sum over all accounts, `external` among them."""
        return sum((Decimal(row["balance"]) for row in self._pages(f"{self.control}/accounts")), Decimal(0))

    def _pages(self, url: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        following: str | None = url
        while following:
            here = following
            page = self._json(lambda here=here: requests.get(here, timeout=_CALL_SECONDS))  # type: ignore[misc]
            rows += page["results"]
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
