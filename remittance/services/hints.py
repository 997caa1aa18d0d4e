"""Hints to the workers that a remittance may move: sent after commit, never relied on."""

import logging
from datetime import timedelta
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from autopay_portal.core.clocks import machine_now

from ..models import Remittance

logger = logging.getLogger(__name__)

# A hint is given this long before the sweep does the work again.
GRACE = timedelta(seconds=5)
TASK = "remittance.advance"


def nudge_release(remittance_id: UUID) -> None:
    """Note that the remittance has a next step, and ask for it once the transaction has committed."""
    Remittance.objects.filter(pk=remittance_id).update(next_step_at=machine_now() + GRACE)

    def send() -> None:
        try:
            current_app.send_task(TASK, kwargs={"remittance_id": str(remittance_id)}, retry=False)
        except OperationalError:
            logger.warning("The broker is away; the sweep will find remittance %s", remittance_id)

    transaction.on_commit(send)
