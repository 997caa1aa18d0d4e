"""Storing an order's payments while the rest of it is still being read.

Most orders have nothing to refuse. So what was staged without a fault is stored at once, and PostgreSQL keeps its
indexes while the reader reads on. Nothing is decided by it: every rule still runs over the whole order at its end,
and a refusal undoes all of it with the transaction. What isn't plain (a fault, a text to rewrite, documents, a
kind of a payment's own) ends the head start, and the rest is stored after the checks as without one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from bank_gateway.profiles import BankProfile

from . import days, storing
from .order import Group
from .reading_ahead import Batch


@dataclass(frozen=True, slots=True)
class Start:
    """The remittance that payments may be stored under, and by which profile and clock its days are set."""

    company_id: UUID
    remittance_id: UUID
    profile: BankProfile
    now: datetime
    recorded_at: datetime


# Gives the start for an order with this message id whose first group is this; None where it must wait.
Begin = Callable[[str, Group], Start | None]


class HeadStart:
    """Stores clean batches until one isn't; `stored` is the position up to which payments are stored."""

    def __init__(self, begin: Begin) -> None:
        """Keep `begin` for the first batch."""
        self.stored = 0
        self._begin: Begin | None = begin
        self._start: Start | None = None
        self._account = ""
        self._groups = 0
        self._running = True

    def take(self, cursor: Any, batch: Batch, *, message_id: str, new_groups: list[Group], first_block: int) -> None:
        """Store a batch that has just been staged, from `first_block` of the staging table on, if it is plain."""
        if not self._running:
            return
        self._running = self._prepare(cursor, message_id, new_groups) and not batch.documents
        if not self._running or self._start is None:
            return
        plain, own_kinds = storing.look_at_new(cursor, after=self.stored, first_block=first_block)
        if own_kinds:
            self._give_up(cursor)
        elif plain:
            self._store(cursor, batch, first_block)
        else:
            self._running = False

    def _prepare(self, cursor: Any, message_id: str, new_groups: list[Group]) -> bool:
        """Set the days of groups that have begun, and return whether payments may still be stored."""
        if self._begin is not None and new_groups:
            self._start = self._begin(message_id, new_groups[0])
            self._account = new_groups[0].debtor_account
            self._begin = None
        if self._start is None:
            return False
        for group in new_groups:
            group.bank_date = days.day_of(group, profile=self._start.profile, now=self._start.now)
            if group.bank_date is None or group.debtor_account != self._account:
                return False
            storing.stage_group(cursor, group)
        return True

    def _store(self, cursor: Any, batch: Batch, first_block: int) -> None:
        if self._start is None:
            return
        try:
            with transaction.atomic():
                count = storing.insert_new(
                    cursor,
                    company_id=self._start.company_id,
                    remittance_id=self._start.remittance_id,
                    now=self._start.recorded_at,
                    after=self.stored,
                    first_block=first_block,
                )
        except IntegrityError:
            # An end-to-end id that came before: the checks name it, all of them.
            self._running = False
            return
        if count == batch.count:
            self.stored += count
        else:
            self._give_up(cursor)

    def _give_up(self, cursor: Any) -> None:
        """Store nothing ahead after all: groups of the bank's file are numbered over the whole order then."""
        self._running = False
        if self._start is not None:
            cursor.execute("DELETE FROM remittance_payment WHERE remittance_id = %s", [self._start.remittance_id])
            self.stored = 0
