"""Noting how a line to a bank fares."""

from django.db.models import F
from django.db.models.functions import Now

from bank_gateway.channels.errors import BankChannelError
from bank_gateway.models import Connection
from bank_gateway.relay.limits import limits
from companies.services import clear_alarm, raise_alarm


def note_heard(connection: Connection) -> None:
    """Note that the bank answered; an alarm about the line is over."""
    had_failures = Connection.objects.filter(pk=connection.pk, failures__gt=0).exists()
    Connection.objects.filter(pk=connection.pk).update(last_heard_at=Now(), failures=0)
    if had_failures:
        clear_alarm(dedupe_key=_line_key(connection))


def note_failure(connection: Connection, error: BankChannelError) -> int:
    """Note a failure of the line, raise the alarm when it counts as down, and return the failures in a row."""
    Connection.objects.filter(pk=connection.pk).update(
        failures=F("failures") + 1, last_error=str(error), last_error_at=Now()
    )
    failures = Connection.objects.values_list("failures", flat=True).get(pk=connection.pk)
    if error.permanent or failures >= limits().failures_before_alarm:
        raise_alarm(
            code="bank_line_down",
            severity="red" if error.permanent else "amber",
            company_id=connection.company_id,
            subject_kind="connection",
            subject_id=connection.pk,
            params={"bank": connection.bank, "reason": str(error), "failures": failures},
            dedupe_key=_line_key(connection),
        )
    return failures


def _line_key(connection: Connection) -> str:
    return f"bank_line_down:{connection.pk}"
