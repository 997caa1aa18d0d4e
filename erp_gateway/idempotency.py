"""A request with a key is done once, and its answer given again when the request comes again (money.md 4)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpRequest
from rest_framework.response import Response

from .errors import BodyRefusedError, IdempotencyRefusedError
from .models import IdempotentAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_MOST_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a request: status and JSON-ready body; `replayed` when it was given before."""

    status: int
    body: dict[str, Any]
    replayed: bool = False

    def as_response(self) -> Response:
        """Return the answer as DRF sends it."""
        return Response(self.body, status=self.status, headers={REPLAYED: "true"} if self.replayed else None)


def idempotency_key_of(request: HttpRequest) -> str:
    """Return the request's key, from its head alone.

    Raises BodyRefusedError (400) `idempotency_key_missing` or `idempotency_key_invalid`.
    """
    key: str = request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip()
    if not key:
        raise BodyRefusedError("idempotency_key_missing")
    if len(key) > _MOST_CHARACTERS or not (key.isascii() and key.isprintable()):
        raise BodyRefusedError("idempotency_key_invalid")
    return key


def run_once(*, company_id: UUID, key: str, body_sha256: str, work: Callable[[], Answer]) -> Answer:
    """Do `work` and keep its answer in the same transaction, or return the answer kept before.

    `work` runs inside the transaction; what it raises undoes everything and leaves the key free, and so does an
    answer outside the 200s.

    Raises IdempotencyRefusedError: `in_progress` with Retry-After while another request holds the key,
    `idempotency_conflict` when the key was used with another body.
    """
    with transaction.atomic(durable=True):
        _claim(company_id, key)
        kept = IdempotentAnswer.objects.filter(company_id=company_id, key=key).first()
        if kept is not None:
            return _again(kept, body_sha256)
        answer = work()
        if 200 <= answer.status < 300:
            _keep(company_id, key, body_sha256, answer)
        else:
            transaction.set_rollback(True)
        return answer


def _claim(company_id: UUID, key: str) -> None:
    """Take the key for this transaction; its end gives it back, whatever that end is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"idempotency {company_id} {key}"])
        (taken,) = cursor.fetchone()
    if not taken:
        raise IdempotencyRefusedError("in_progress", headers={"Retry-After": "1"})


def _again(kept: IdempotentAnswer, body_sha256: str) -> Answer:
    if kept.body_sha256 != body_sha256:
        raise IdempotencyRefusedError("idempotency_conflict")
    return Answer(status=kept.status, body=json.loads(kept.body), replayed=True)


def _keep(company_id: UUID, key: str, body_sha256: str, answer: Answer) -> None:
    IdempotentAnswer.objects.create(
        company_id=company_id,
        key=key,
        body_sha256=body_sha256,
        status=answer.status,
        body=json.dumps(answer.body, ensure_ascii=False),
    )
