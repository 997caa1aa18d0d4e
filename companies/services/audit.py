"""Writing the audit chain."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.ids import uuid7
from companies.actors import Actor
from companies.models import AuditChain, AuditEvent, AuditPersonal

SYSTEM_CHAIN = "system"
# What stands before a chain's first event.
NO_HASH = "0" * 64
_NEXT_PLACE = """UPDATE companies_auditchain SET sequence = sequence + 1 WHERE name = %s
    RETURNING name, sequence, hash"""
# Two may write a chain's first event at once: the second waits for the first and then comes after it.
_FIRST_PLACE = """INSERT INTO companies_auditchain AS chain (name, company_id, sequence, hash) VALUES (%s, %s, 1, %s)
    ON CONFLICT (name) DO UPDATE SET sequence = chain.sequence + 1
    RETURNING name, sequence, hash"""


@transaction.atomic
def record_audit(
    *,
    company_id: UUID | None,
    actor: Actor,
    action: str,
    subject_kind: str = "",
    subject_id: UUID | str = "",
    details: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
) -> AuditEvent:
    """Append one event to the company's chain (the system's when `company_id` is None).

    Call it last in a transaction: the chain's row is the last lock before commit. `details` is plain JSON
    without names of people or secrets; names go in `personal`, which can be erased without breaking the
    chain. The actor's name is personal by itself.
    """
    salt = secrets.token_hex(32)
    named = {"actor_name": actor.name, **(personal or {})}
    event = AuditEvent(
        id=uuid7(),
        recorded_at=machine_now(),
        actor_kind=actor.kind,
        actor_user_id=actor.user_id,
        actor_key_id=actor.key_id,
        action=action,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        details=_plain_json(details or {}),
        personal_hash=hash_personal(salt=salt, fields=named),
    )
    event.chain_id, event.sequence, event.previous_hash = _take_place(company_id)
    event.hash = hash_event(event)
    event.save(force_insert=True)
    AuditPersonal.objects.create(event=event, salt=salt, fields=named)
    AuditChain.objects.filter(pk=event.chain_id).update(hash=event.hash)
    return event


def chain_name(company_id: UUID | None) -> str:
    """Return the name of a company's chain, or of the system's for None."""
    return SYSTEM_CHAIN if company_id is None else str(company_id)


def hash_event(event: AuditEvent) -> str:
    """Return the SHA-256 (hex) over an event's content, its place in the chain and the hash before it."""
    content = {
        "chain": event.chain_id,
        "sequence": event.sequence,
        "previous_hash": event.previous_hash,
        "id": str(event.id),
        "recorded_at": event.recorded_at.isoformat(timespec="microseconds"),
        "actor_kind": event.actor_kind,
        "actor_user_id": str(event.actor_user_id or ""),
        "actor_key_id": str(event.actor_key_id or ""),
        "action": event.action,
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id,
        "details": event.details,
        "personal_hash": event.personal_hash,
    }
    return hashlib.sha256(canonical_json(content)).hexdigest()


def hash_personal(*, salt: str, fields: Mapping[str, str]) -> str:
    """Return the salted SHA-256 (hex) of personal fields: nobody can guess a name from it once the salt is gone."""
    return hashlib.sha256(salt.encode() + canonical_json(dict(fields))).hexdigest()


def canonical_json(content: Mapping[str, Any]) -> bytes:
    """Return the one spelling of a JSON object that hashes and signatures are made over."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _plain_json(details: Mapping[str, Any]) -> Any:
    """Return details as they will come back from the database, so that the hash can be computed again."""
    return json.loads(json.dumps(details, cls=DjangoJSONEncoder, allow_nan=False))


def _take_place(company_id: UUID | None) -> tuple[str, int, str]:
    """Lock the chain's head, making the chain if this is its first event; return chain, sequence, previous hash."""
    name = chain_name(company_id)
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_PLACE, [name])
        row: tuple[str, int, str] | None = cursor.fetchone()
        if row is None:
            cursor.execute(_FIRST_PLACE, [name, company_id, NO_HASH])
            row = cursor.fetchone()
    if row is None:
        raise RuntimeError("the audit chain gave no place")
    return row
