"""Celery's side of this room: thin calls into services."""

from celery import shared_task

from companies import services
from companies.mail.gathering import gather_mails
from companies.mail.letters import send_letters
from companies.mail.rights import write_rights_letters
from companies.mail.sending import send_mails


@shared_task(name="companies.write_audit_heads")
def write_audit_heads() -> None:
    """Sign the audit chains' heads; the schedule asks for it hourly."""
    services.write_audit_heads()


@shared_task(name="companies.sweep_alarms")
def sweep_alarms() -> None:
    """Look for what has stood still for too long, and for alarms that are over."""
    services.sweep_alarms()


@shared_task(name="companies.sweep_ended_keys")
def sweep_ended_keys() -> None:
    """Close the signing keys whose overlap is over."""
    services.sweep_ended_keys()


@shared_task(name="companies.mail_alarms")
def mail_alarms() -> None:
    """Write the mails that are due about alarms, and send what waits, letters too."""
    gather_mails()
    write_rights_letters()
    send_mails()
    send_letters()
