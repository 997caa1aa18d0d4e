"""Changing the keys of a line to a bank, the old valid until the new one has proved itself."""

from uuid import UUID

import asyncssh
from django.db import transaction

from autopay_portal.core import secrets
from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError
from bank_gateway.models import Connection
from bank_gateway.relay.lines import address_of
from bank_gateway.relay.services.connections import next_key_context, private_key_context
from bank_gateway.relay.services.probing import try_address
from companies.actors import Actor
from companies.services import record_audit


@transaction.atomic
def make_next_key(*, connection_id: UUID, actor: Actor) -> Connection:
    """Make a new SFTP key of ours, which isn't used yet; its public half is for the bank.

    Raises ConflictError (409) `connection_key_pending` when one waits already.
    """
    connection = _lock(connection_id)
    if connection.next_private_key is not None:
        raise ConflictError("connection_key_pending")
    key = asyncssh.generate_private_key("ssh-ed25519", comment=f"autopay {connection.bank}")
    private = key.export_private_key()
    connection.next_private_key = secrets.encrypt(private, context=next_key_context(connection.pk))
    connection.next_public_key = key.export_public_key().decode().strip()
    connection.save(update_fields=["next_private_key", "next_public_key"])
    _audit(connection, actor, "connection.key_made", {"public_key": connection.next_public_key})
    return connection


def switch_to_next_key(*, connection_id: UUID, actor: Actor) -> Connection:
    """Use our new key from now, once the bank has let it in: it is tried first, and the old one stays if it fails.

    Raises ConflictError (409) `connection_key_none`, `connection_key_unproven` with what the bank said.
    """
    connection = Connection.objects.get(pk=connection_id)
    if connection.next_private_key is None:
        raise ConflictError("connection_key_none")
    tried = connection.next_public_key
    fault = try_address(address_of(connection, with_next_key=True))
    if fault is not None:
        raise ConflictError("connection_key_unproven", params={"reason": str(fault)[:200]})
    return _switch(connection_id, tried, actor)


@transaction.atomic
def _switch(connection_id: UUID, tried: str, actor: Actor) -> Connection:
    connection = _lock(connection_id)
    if connection.next_private_key is None or connection.next_public_key != tried:
        raise ConflictError("connection_key_none")
    private = secrets.decrypt(bytes(connection.next_private_key), context=next_key_context(connection.pk))
    connection.private_key = secrets.encrypt(private, context=private_key_context(connection.pk))
    connection.next_private_key, connection.next_public_key = None, ""
    connection.key_changed_at = machine_now()
    connection.save(update_fields=["private_key", "next_private_key", "next_public_key", "key_changed_at"])
    _audit(connection, actor, "connection.key_switched", {"public_key": tried})
    return connection


@transaction.atomic
def drop_next_key(*, connection_id: UUID, actor: Actor) -> Connection:
    """Throw our new key away before it was used. Raises ConflictError (409) `connection_key_none`."""
    connection = _lock(connection_id)
    if connection.next_private_key is None:
        raise ConflictError("connection_key_none")
    dropped = connection.next_public_key
    connection.next_private_key, connection.next_public_key = None, ""
    connection.save(update_fields=["next_private_key", "next_public_key"])
    _audit(connection, actor, "connection.key_dropped", {"public_key": dropped})
    return connection


@transaction.atomic
def trust_next_host_key(*, connection_id: UUID, host_key: str, actor: Actor) -> Connection:
    """Trust a second host key beside the one that is pinned, as a bank announces its change.

    It must have come by another way than the line itself. Raises DomainError (422) `connection_key_unreadable`;
    ConflictError (409) `host_key_same`.
    """
    connection = _lock(connection_id)
    given = _readable(host_key)
    if fingerprint_of(given) == fingerprint_of(connection.host_key):
        raise ConflictError("host_key_same")
    connection.next_host_key = given
    connection.save(update_fields=["next_host_key"])
    _audit(connection, actor, "connection.host_key_added", {"host_key": given})
    return connection


@transaction.atomic
def settle_host_key(*, connection_id: UUID, take: bool, actor: Actor) -> Connection:
    """End a change of the host key: `take` pins the new one alone, otherwise the old one stays alone.

    Raises ConflictError (409) `host_key_none`.
    """
    connection = _lock(connection_id)
    if not connection.next_host_key:
        raise ConflictError("host_key_none")
    left = connection.host_key if take else connection.next_host_key
    if take:
        connection.host_key = connection.next_host_key
    connection.next_host_key = ""
    connection.save(update_fields=["host_key", "next_host_key"])
    _audit(connection, actor, "connection.host_key_pinned", {"host_key": connection.host_key, "left": left})
    return connection


def fingerprint_of(public_key: str) -> str:
    """Return the SHA-256 fingerprint of a public key as ssh-keygen shows it; empty for one that can't be read."""
    try:
        return asyncssh.import_public_key(public_key).get_fingerprint()
    except (asyncssh.KeyImportError, ValueError):
        return ""


def _readable(text: str) -> str:
    try:
        return asyncssh.import_public_key(text.strip()).export_public_key().decode().strip()
    except (asyncssh.KeyImportError, ValueError, UnicodeError):
        raise DomainError("connection_key_unreadable", params={"which": "host key"}) from None


def _lock(connection_id: UUID) -> Connection:
    return Connection.objects.select_for_update(no_key=True).get(pk=connection_id)


def _audit(connection: Connection, actor: Actor, action: str, details: dict[str, str]) -> None:
    record_audit(
        company_id=connection.company_id,
        actor=actor,
        action=action,
        subject_kind="connection",
        subject_id=connection.pk,
        details={"bank": connection.bank, **details},
    )
