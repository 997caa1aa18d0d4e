"""Celery's share of the ERP's side."""

from typing import Any

from celery import shared_task

from . import services


@shared_task(name="erp_gateway.purge_nonces")
def purge_nonces(**kwargs: Any) -> None:
    """Delete nonces that can't matter any more."""
    services.purge_nonces()
