"""Celery tasks of money out: thin, carrying ids only; the sweep finds what a lost broker forgot."""

from typing import Any
from uuid import UUID

from celery import shared_task

from autopay_portal.core.clocks import business_now, machine_now
from autopay_portal.core.hints import hint_now

from . import queries
from .services import advance, passed_dates
from .services.hints import TASK


@shared_task(name=TASK)
def advance_remittance(*, remittance_id: str, **kwargs: Any) -> None:
    """Take a remittance one step on."""
    advance.advance_remittance(remittance_id=UUID(remittance_id))


@shared_task(name="remittance.sweep")
def sweep_remittances(**kwargs: Any) -> None:
    """Take every remittance on that has stood still in a state that the system leaves by itself."""
    for remittance_id in queries.get_remittances_to_move(now=machine_now()):
        hint_now(TASK, remittance_id=str(remittance_id))


@shared_task(name="remittance.passed_dates")
def move_passed_dates(**kwargs: Any) -> None:
    """Move dates that passed while their orders waited for people, where the bank would reject them."""
    for remittance_id in passed_dates.find_passed(now=business_now()):
        passed_dates.move_dates_of_waiting(remittance_id=remittance_id)
