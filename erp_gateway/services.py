"""What changes on the ERP's side: the message feed and what is thrown away when its time is over."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from redis.exceptions import RedisError

from autopay_portal.core.clocks import machine_now
from companies.services import next_message_sequence

from .hints import publish_hint
from .models import Message, MessageKind, Nonce

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to put into a feed: the id of what it tells of, and its data as the contract has it."""

    id: UUID
    data: dict[str, Any]


def emit_messages(*, company_id: UUID, kind: MessageKind | str, messages: Sequence[NewMessage]) -> int:
    """Append `messages` to a company's feed in their order, and return the number of the last one (0 for none).

    Joins the caller's transaction and holds the company's row from here to its end: call it as the last thing
    before the audit (money.md 4).
    """
    if not messages:
        return 0
    first = next_message_sequence(company_id=company_id, count=len(messages))
    now = machine_now()
    Message.objects.bulk_create(
        [
            Message(
                company_id=company_id,
                sequence=sequence,
                kind=MessageKind(kind),
                subject_id=message.id,
                data=_plain(message.data),
                created_at=now,
            )
            for sequence, message in enumerate(messages, first)
        ]
    )
    _hint_on_commit(company_id)
    return first + len(messages) - 1


def emit_messages_from(
    *, company_id: UUID, kind: MessageKind | str, query: str, params: Sequence[Any] | Mapping[str, Any] = ()
) -> int:
    """Append one message per row of `query` to a company's feed, and return the number of the last one (0 for none).

    `query` is SQL from our own code that yields, in order, the subject's id (uuid) and the data (jsonb); nothing
    passes through Python. Same transaction and lock as `emit_messages`.
    """
    of_kind = f"SELECT '{MessageKind(kind).value}', one.* FROM ({query}) AS one"
    return emit_messages_of_kinds(company_id=company_id, query=of_kind, params=params)


def emit_messages_of_kinds(*, company_id: UUID, query: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> int:
    """Append messages as `emit_messages_from` does, of the kinds that stand first in the rows of `query`."""
    numbered = f"SELECT row_number() OVER () AS row, given.* FROM ({query}) AS given (kind, subject_id, data)"
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS pg_temp.erp_gateway_message_stage;"
            f"CREATE TEMPORARY TABLE erp_gateway_message_stage ON COMMIT DROP AS {numbered}",
            params,
        )
        count = int(cursor.rowcount)
        if not count:
            return 0
        first = next_message_sequence(company_id=company_id, count=count)
        cursor.execute(
            "INSERT INTO erp_gateway_message (id, company_id, sequence, kind, subject_id, data, created_at)"
            " SELECT uuidv7(), %s, %s + row - 1, kind, subject_id, data, %s"
            " FROM erp_gateway_message_stage ORDER BY row",
            [company_id, first, machine_now()],
        )
    _hint_on_commit(company_id)
    return first + count - 1


def purge_nonces() -> int:
    """Delete the nonces that no signature could pass with any more, and return how many there were."""
    deleted, _ = Nonce.objects.filter(keep_until_at__lt=machine_now()).delete()
    return deleted


def _plain(data: dict[str, Any]) -> Any:
    """Return `data` with dates, decimals and ids as the text that JSON has for them."""
    return json.loads(json.dumps(data, cls=DjangoJSONEncoder))


def _hint_on_commit(company_id: UUID) -> None:
    def tell() -> None:
        try:
            publish_hint(company_id=company_id)
        except RedisError:
            # Who waits looks by himself within a few seconds.
            logger.warning("Unable to hint at new messages: the broker doesn't answer")

    transaction.on_commit(tell)
