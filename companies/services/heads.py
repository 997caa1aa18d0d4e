"""Signing the audit chains' heads to storage outside the database, hourly."""

import fcntl
import hashlib
import os
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.secrets import decrypt, encrypt
from companies.actors import Actor
from companies.models import AuditChain, AuditSignatureKey
from companies.services.audit import NO_HASH, SYSTEM_CHAIN, canonical_json, record_audit

_KEY_CONTEXT = "companies.AuditSignatureKey:private_key"
# A transaction's advisory lock: two schedulers may run the task at once and must not make two keys.
_LOCK = 0x4155_4449


def write_audit_heads() -> dict[str, Any]:
    """Record every chain's head in the system's chain, then append the signed heads to `settings.AUDIT_HEADS`.

    The event in the system's chain ties all companies' chains together: none can be rewritten or cut without
    breaking it. The line in the file (JSON: `heads`, each with its sequence, which is also the count, and hash,
    `recorded_at`, `previous` = SHA-256 of the line before, `public_key`, `signature`) is fsynced after the
    commit, so that it never signs what isn't there; it tells even if the whole database was replaced.
    Returns the line's content.
    """
    with transaction.atomic():
        signer = _signature_key()
        heads = _heads()
        event = record_audit(
            company_id=None, actor=Actor.system("audit"), action="audit.heads", details={"heads": heads}
        )
    heads[SYSTEM_CHAIN] = {"sequence": event.sequence, "hash": event.hash}
    return _append(path=Path(settings.AUDIT_HEADS), heads=heads, signer=signer)


def _heads() -> dict[str, Any]:
    rows = AuditChain.objects.exclude(pk=SYSTEM_CHAIN).order_by("pk").values_list("name", "sequence", "hash")
    return {name: {"sequence": sequence, "hash": head} for name, sequence, head in rows}


def _signature_key() -> Ed25519PrivateKey:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    row = AuditSignatureKey.objects.order_by("-created_at").first()
    if row is not None:
        seed = decrypt(bytes(row.private_key_encrypted), context=_KEY_CONTEXT)
        return Ed25519PrivateKey.from_private_bytes(seed)
    key = Ed25519PrivateKey.generate()
    AuditSignatureKey.objects.create(
        public_key=key.public_key().public_bytes_raw().hex(),
        private_key_encrypted=encrypt(key.private_bytes_raw(), context=_KEY_CONTEXT),
    )
    return key


def _append(*, path: Path, heads: dict[str, Any], signer: Ed25519PrivateKey) -> dict[str, Any]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _end_cut_line(file)
        content: dict[str, Any] = {
            "recorded_at": machine_now().isoformat(timespec="microseconds"),
            "heads": heads,
            "previous": _last_line_hash(file),
            "public_key": signer.public_key().public_bytes_raw().hex(),
        }
        content["signature"] = signer.sign(canonical_json(content)).hex()
        file.write(canonical_json(content) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return content


def _end_cut_line(file: IO[bytes]) -> None:
    """End a line that a crash cut short, so that the next one stands by itself."""
    if file.seek(0, os.SEEK_END) == 0:
        return
    file.seek(-1, os.SEEK_END)
    if file.read(1) != b"\n":
        file.write(b"\n")
        file.flush()


def _last_line_hash(file: IO[bytes]) -> str:
    newest = NO_HASH
    file.seek(0)
    for line in file:
        newest = hashlib.sha256(line.rstrip(b"\n")).hexdigest()
    return newest
