"""Lines to banks: made once, with the host key pinned from the start."""

from typing import Any
from uuid import UUID

import asyncssh
from django.db import IntegrityError, transaction

from autopay_portal.core import secrets
from autopay_portal.core.errors import ConflictError, DomainError
from autopay_portal.core.ids import uuid7
from bank_gateway.models import Connection
from companies.actors import Actor
from companies.services import record_audit


@transaction.atomic
def create_connection(
    *,
    company_id: UUID,
    bank: str,
    host: str,
    port: int,
    username: str,
    private_key: str,
    host_key: str,
    actor: Actor | None = None,
) -> Connection:
    """Store a company's SFTP line to a bank and return it.

    `private_key` is ours in PEM or OpenSSH format without passphrase; `host_key` is the bank's public key as one
    line (`ssh-ed25519 AAAA...`), got by another way than the line itself. Raises ConflictError
    `connection_exists`, DomainError `connection_key_unreadable`.
    """
    _check_key("private key", asyncssh.import_private_key, private_key)
    _check_key("host key", asyncssh.import_public_key, host_key)
    connection_id = uuid7()
    connection = Connection(
        id=connection_id,
        company_id=company_id,
        bank=bank,
        host=host,
        port=port,
        username=username,
        private_key=secrets.encrypt(private_key.encode(), context=private_key_context(connection_id)),
        host_key=host_key.strip(),
    )
    try:
        with transaction.atomic():
            connection.save(force_insert=True)
    except IntegrityError as error:
        if Connection.objects.filter(company_id=company_id, bank=bank).exists():
            raise ConflictError("connection_exists", params={"bank": bank}) from error
        raise
    record_audit(
        company_id=company_id,
        actor=actor or Actor.system("relay"),
        action="connection.created",
        subject_kind="connection",
        subject_id=connection.pk,
        details={"bank": bank, "host": host, "port": port, "username": username},
    )
    return connection


@transaction.atomic
def readdress_connection(
    *, connection_id: UUID, host: str, port: int, username: str, private_key: str, host_key: str, actor: Actor
) -> bool:
    """Note where a line leads now and with which keys; return whether anything was different.

    Raises DomainError `connection_key_unreadable`.
    """
    _check_key("private key", asyncssh.import_private_key, private_key)
    _check_key("host key", asyncssh.import_public_key, host_key)
    connection = Connection.objects.select_for_update(no_key=True).get(pk=connection_id)
    context = private_key_context(connection_id)
    address = {"host": host, "port": port, "username": username, "host_key": host_key.strip()}
    same_key = secrets.decrypt(bytes(connection.private_key), context=context) == private_key.encode()
    if same_key and all(getattr(connection, field) == value for field, value in address.items()):
        return False
    for field, value in address.items():
        setattr(connection, field, value)
    connection.private_key = secrets.encrypt(private_key.encode(), context=context)
    connection.save(update_fields=[*address, "private_key"])
    record_audit(
        company_id=connection.company_id,
        actor=actor,
        action="connection.readdressed",
        subject_kind="connection",
        subject_id=connection.pk,
        details={"host": host, "port": port, "username": username, "host_key": host_key.strip()},
    )
    return True


def private_key_context(connection_id: UUID) -> str:
    """Return what a line's encrypted private key is bound to."""
    return f"bank_gateway_connection:{connection_id}:private_key"


def next_key_context(connection_id: UUID) -> str:
    """Return what a line's encrypted next private key is bound to."""
    return f"bank_gateway_connection:{connection_id}:next_private_key"


def _check_key(which: str, read: Any, text: str) -> None:
    try:
        read(text)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError):
        # The cause may quote the key.
        raise DomainError("connection_key_unreadable", params={"which": which}) from None
