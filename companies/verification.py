"""Checking the audit: each chain link by link, the chains against one another, and both against the signed heads."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection, transaction

from companies.models import AuditChain, AuditEvent, AuditPersonal, AuditSignatureKey
from companies.services.audit import NO_HASH, SYSTEM_CHAIN, canonical_json, hash_event, hash_personal


@dataclass(frozen=True)
class BrokenLink:
    """Where a check failed: the chain and the number in it (of a file of heads: its line), and what is wrong."""

    chain: str
    sequence: int
    fault: str


@dataclass(frozen=True)
class AuditReport:
    """What was checked, and the first broken link of each chain and of the file of heads."""

    chains: int
    events: int
    signed_heads: int
    broken: tuple[BrokenLink, ...]


def verify_audit(*, heads_file: Path | None, public_key: str | None = None) -> AuditReport:
    """Check every audit event of every chain, and the file of signed heads if there is one.

    `public_key` (hex) is the one to trust, kept elsewhere by whoever checks; without it the keys in the
    database are trusted, which proves less. Reads one snapshot of the database, so that
    what is written meanwhile disturbs nothing; memory is flat in the number of events.
    """
    # The file first: what it signs was committed before it was written, so a later snapshot must have it.
    lines = heads_file.read_bytes().splitlines() if heads_file is not None and heads_file.exists() else []
    with _one_snapshot():
        broken: list[BrokenLink] = []
        chains = list(AuditChain.objects.order_by("pk"))
        events = 0
        for chain in chains:
            counted, fault = _verify_chain(chain)
            events += counted
            broken += [] if fault is None else [fault]
        broken += _first(_broken_anchors())
        trusted = [public_key] if public_key else list(AuditSignatureKey.objects.values_list("public_key", flat=True))
        broken += _first(_broken_heads(lines=lines, trusted=trusted))
    return AuditReport(chains=len(chains), events=events, signed_heads=len(lines), broken=tuple(broken))


@contextmanager
def _one_snapshot() -> Iterator[None]:
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _first(faults: Iterator[BrokenLink]) -> list[BrokenLink]:
    fault = next(faults, None)
    return [] if fault is None else [fault]


def _verify_chain(chain: AuditChain) -> tuple[int, BrokenLink | None]:
    """Walk one chain from its start; return how many events hold and the first fault."""
    previous, number = NO_HASH, 0
    events = AuditEvent.objects.filter(chain=chain).select_related("personal").order_by("sequence")
    for event in events.iterator(chunk_size=1000):
        if event.sequence != number + 1:
            return number, BrokenLink(chain.pk, number + 1, "the event is missing")
        fault = _fault_of(event=event, previous=previous)
        if fault is not None:
            return number, BrokenLink(chain.pk, event.sequence, fault)
        previous, number = event.hash, event.sequence
    if (chain.sequence, chain.hash) != (number, previous):
        return number, BrokenLink(chain.pk, number + 1, "the chain's head is not its last event")
    return number, None


def _fault_of(*, event: AuditEvent, previous: str) -> str | None:
    if event.previous_hash != previous:
        return "the event doesn't follow the one before it"
    if hash_event(event) != event.hash:
        return "the event's content is not what was recorded"
    try:
        personal = event.personal
    except AuditPersonal.DoesNotExist:
        return None  # erased, as the law may ask; the hash of it still stands
    if hash_personal(salt=personal.salt, fields=personal.fields) != event.personal_hash:
        return "the personal fields are not what was recorded"
    return None


def _broken_anchors() -> Iterator[BrokenLink]:
    """Compare the heads that the system's chain recorded with the chains: none may be cut or rewritten since."""
    anchors = AuditEvent.objects.filter(chain_id=SYSTEM_CHAIN, action="audit.heads").order_by("sequence")
    for anchor in anchors.iterator(chunk_size=100):
        for chain, head in anchor.details["heads"].items():
            if not _has(chain=chain, head=head):
                yield BrokenLink(chain, head["sequence"], "the chain is not the one the system's chain recorded")


def _broken_heads(*, lines: list[bytes], trusted: list[str]) -> Iterator[BrokenLink]:
    previous = NO_HASH
    for number, line in enumerate(lines, start=1):
        content = _content_of(line)
        if content is None:
            # Cut short by a crash: it signs nothing, and the next line's `previous` still covers it.
            previous = hashlib.sha256(line).hexdigest()
            continue
        fault = _fault_of_head(content=content, previous=previous, trusted=trusted)
        if fault is not None:
            yield BrokenLink("signed heads", number, fault)
            return
        for chain, head in content["heads"].items():
            if not _has(chain=chain, head=head):
                yield BrokenLink(
                    chain, head["sequence"], f"the chain is not the one that line {number} of the heads signed"
                )
        previous = hashlib.sha256(line).hexdigest()


def _content_of(line: bytes) -> dict[str, Any] | None:
    """Return what a line of heads says, or None when it isn't a whole one."""
    try:
        content = json.loads(line)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _fault_of_head(*, content: dict[str, Any], previous: str, trusted: list[str]) -> str | None:
    signed = {name: value for name, value in content.items() if name != "signature"}
    if content.get("public_key") not in trusted:
        return "the line is signed with a key that isn't trusted"
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(content["public_key"]))
        key.verify(bytes.fromhex(content.get("signature", "")), canonical_json(signed))
    except (InvalidSignature, ValueError):
        return "the signature doesn't fit the line"
    return None if content["previous"] == previous else "a line before it was taken out or changed"


def _has(*, chain: str, head: Mapping[str, Any]) -> bool:
    return AuditEvent.objects.filter(chain_id=chain, sequence=head["sequence"], hash=head["hash"]).exists()
