"""The relay's work in Celery: ids and hints only. Any of these may run twice at once, or never: the sweep finds it."""

from uuid import UUID

from celery import shared_task

from autopay_portal.core.hints import hint_in, hint_now
from bank_gateway.relay import services
from bank_gateway.relay.dispatch import APPLY_INCOMING, FETCH_CONNECTION, SEND_OUTGOING, TAKE_KEPT_ANSWERS
from bank_gateway.relay.limits import limits


@shared_task(name=SEND_OUTGOING)
def send_outgoing(outgoing_id: str) -> None:
    """Send a file if it waits; put it in doubt if its worker vanished in the rename; look for evidence if in doubt."""
    services.advance_outgoing(outgoing_id=UUID(outgoing_id))


@shared_task(name=FETCH_CONNECTION)
def fetch_connection(connection_id: str) -> None:
    """Look at one bank's folder and store what stands still there; what is new there is looked at again soon."""
    fetched = services.fetch_incoming(connection_id=UUID(connection_id))
    if fetched.look_again:
        hint_in(limits().still, FETCH_CONNECTION, connection_id=connection_id)


@shared_task(name=APPLY_INCOMING)
def apply_incoming(file_id: str) -> None:
    """Apply one stored file."""
    services.apply_incoming(file_id=UUID(file_id))


@shared_task(name=TAKE_KEPT_ANSWERS)
def take_kept_answers(file_id: str) -> None:
    """Take of an applied file what nobody knew when it came."""
    services.take_kept_answers(file_id=UUID(file_id))


@shared_task(name="bank_gateway.sweep")
def sweep() -> None:
    """Point out everything that waits and that nobody may know of."""
    work = services.sweep()
    for outgoing_id in work.outgoing:
        hint_now(SEND_OUTGOING, outgoing_id=str(outgoing_id))
    for file_id in work.incoming:
        hint_now(APPLY_INCOMING, file_id=str(file_id))
    for file_id in work.kept:
        hint_now(TAKE_KEPT_ANSWERS, file_id=str(file_id))


@shared_task(name="bank_gateway.fetch_due")
def fetch_due() -> None:
    """Point out the banks whose folders are to be looked at."""
    for connection_id in services.find_connections_due():
        hint_now(FETCH_CONNECTION, connection_id=str(connection_id))
