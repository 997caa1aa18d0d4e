"""What the relay asks its workers for, by the tasks' names."""

from uuid import UUID

from autopay_portal.core.hints import hint_after_commit

SEND_OUTGOING = "bank_gateway.send_outgoing"
FETCH_CONNECTION = "bank_gateway.fetch_connection"
APPLY_INCOMING = "bank_gateway.apply_incoming"
TAKE_KEPT_ANSWERS = "bank_gateway.take_kept_answers"


def send_soon(outgoing_id: UUID) -> None:
    """Hint, after the caller's commit, that a file waits for the bank."""
    hint_after_commit(SEND_OUTGOING, outgoing_id=str(outgoing_id))


def apply_soon(file_id: UUID) -> None:
    """Hint, after the caller's commit, that a file from the bank waits to be applied."""
    hint_after_commit(APPLY_INCOMING, file_id=str(file_id))
