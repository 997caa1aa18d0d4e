"""Hints to the workers that a remittance may move: never relied on, since the sweep goes by `next_step_at`."""

from datetime import timedelta
from uuid import UUID

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.hints import hint_after_commit

from ..models import Remittance

# A hint is given this long before the sweep does the work again.
GRACE = timedelta(seconds=5)
TASK = "remittance.advance"


def nudge_release(remittance_id: UUID) -> None:
    """Note that the remittance has a next step, and ask for it once the transaction has committed."""
    Remittance.objects.filter(pk=remittance_id).update(next_step_at=machine_now() + GRACE)
    hint_after_commit(TASK, remittance_id=str(remittance_id))
