"""Celery's side of this room: thin calls into services."""

from celery import shared_task

from companies import services


@shared_task(name="companies.write_audit_heads")
def write_audit_heads() -> None:
    """Sign the audit chains' heads; the schedule asks for it hourly."""
    services.write_audit_heads()


@shared_task(name="companies.sweep_alarms")
def sweep_alarms() -> None:
    """Look for what has stood still for too long, and for alarms that are over."""
    services.sweep_alarms()
