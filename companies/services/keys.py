"""Signing keys: made here, shown to administrators, used by ERPs, revoked."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.dispatch import Signal

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, NotFoundError
from autopay_portal.core.ids import uuid7
from autopay_portal.core.secrets import decrypt, encrypt
from companies.actors import Actor
from companies.errors import SigningKeyError
from companies.models import Company, SigningKey
from companies.services.audit import record_audit
from companies.services.key_letters import tell_of_key

_SECRET_BYTES = 32  # 256 bits, shown as 43 url-safe characters
_SLOTS = (1, 2)
# Sent after a commit that made or ended a key: the sandbox's description follows it.
keys_changed = Signal()
_MOST_SWEPT = 500
# Last use is for people to look at: a minute's grain spares a write per request.
_USE_GRAIN = timedelta(seconds=60)


@dataclass(frozen=True)
class NewKey:
    """A key just made, with the secret to show once."""

    key_id: UUID
    company_id: UUID
    secret: str = field(repr=False)


@dataclass(frozen=True)
class LiveKey:
    """A key that may sign now."""

    key_id: UUID
    company_id: UUID
    secret: str = field(repr=False)
    last_used_at: datetime | None = None

    @property
    def hmac_key(self) -> bytes:
        """The key of the HMAC: the UTF-8 bytes of the secret exactly as it was shown and copied."""
        return self.secret.encode()


@transaction.atomic
def create_signing_key(*, company_id: UUID, actor: Actor) -> NewKey:
    """Make a new signing key for a company; one made before stays live until it is revoked.

    Raises ConflictError `two_keys_live` (409) when two are live already.
    """
    company = Company.objects.select_for_update(no_key=True).get(pk=company_id)
    return _create(company=company, actor=actor)


@transaction.atomic
def regenerate_signing_key(*, company_id: UUID, seen_key_id: UUID | None, overlap: timedelta, actor: Actor) -> NewKey:
    """Make a new signing key and let the one that was seen (None: there was none) work on for `overlap`, to the second.

    Without overlap every key that lives ends now. The other administrators are told by mail. Raises ConflictError (409)
    `key_changed` when the newest key is another than the one seen, as after a second click, so that nobody ends a key
    he hasn't looked at; `two_keys_live` while the key before that still works.
    """
    company = Company.objects.select_for_update(no_key=True).get(pk=company_id)
    now = machine_now()
    live = list(_live_keys(company.pk, now=now).select_for_update().order_by("-created_at"))
    newest = live[0].pk if live else None
    if newest != seen_key_id:
        raise ConflictError("key_changed")
    if overlap and len(live) > 1:
        raise ConflictError("two_keys_live")
    if overlap and live:
        SigningKey.objects.filter(pk=live[0].pk).update(ends_at=now + overlap)
    else:
        _end(live, actor=actor)
    made = _create(company=company, actor=actor)
    tell_of_key(company_id=company.pk, kind="key_made", actor=actor)
    return made


@transaction.atomic
def revoke_keys_now(*, company_id: UUID, actor: Actor) -> int:
    """End every live key of a company at once, tell the other administrators, and return how many there were."""
    ended = _revoke(company_id=company_id, actor=actor, key_id=None)
    if ended:
        tell_of_key(company_id=company_id, kind="keys_revoked", actor=actor)
    return ended


@transaction.atomic
def sweep_ended_keys() -> int:
    """Close the keys whose overlap is over, and return how many. They stopped working by themselves at that second."""
    ended = list(
        SigningKey.objects.select_for_update(skip_locked=True).filter(
            revoked_at__isnull=True, ends_at__lte=machine_now()
        )[:_MOST_SWEPT]
    )
    _close(ended)
    return len(ended)


def _create(*, company: Company, actor: Actor) -> NewKey:
    now = machine_now()
    _close(list(_open_keys(company.pk).select_for_update().filter(ends_at__lte=now)))
    taken = set(_open_keys(company.pk).values_list("slot", flat=True))
    free = [slot for slot in _SLOTS if slot not in taken]
    if not free:
        raise ConflictError("two_keys_live")
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    key_id = uuid7()
    SigningKey.objects.create(
        id=key_id,
        company=company,
        slot=free[0],
        secret_encrypted=encrypt(secret.encode(), context=_context(key_id)),
        created_by_id=actor.user_id,
    )
    _audit(company_id=company.pk, actor=actor, action="signing_key.created", key_id=key_id)
    return NewKey(key_id=key_id, company_id=company.pk, secret=secret)


def _close(keys: list[SigningKey]) -> None:
    """Close keys whose overlap is over, at the second that was said."""
    for key in keys:
        key.revoked_at = key.ends_at
        key.save(update_fields=["revoked_at"])
    for key in keys:
        _audit(company_id=key.company_id, actor=Actor.system("keys"), action="signing_key.overlap_over", key_id=key.pk)


def get_live_signing_key(*, key_id: UUID | str) -> LiveKey:
    """Return the live key that a signed request names, in one query.

    Raises SigningKeyError (401): `key_unknown`, also for what isn't the form of an id, or `key_revoked`.
    """
    key = _find_key(key_id)
    if key is None:
        raise SigningKeyError("key_unknown", params={"key": str(key_id)[:64]})
    if key.revoked_at is not None or (key.ends_at is not None and key.ends_at <= machine_now()):
        raise SigningKeyError("key_revoked", params={"key": str(key.pk)})
    return LiveKey(
        key_id=key.pk,
        company_id=key.company_id,
        secret=_secret_of(key),
        last_used_at=key.last_used_at,
    )


@transaction.atomic
def reveal_signing_key(*, company_id: UUID, key_id: UUID, actor: Actor) -> str:
    """Return the secret of a company's live key to an administrator, and note in the audit that he saw it.

    The caller has checked `Permission.SEE_KEYS` and a fresh second factor. Raises NotFoundError.
    """
    key = _live_keys(company_id).filter(pk=key_id).first()
    if key is None:
        raise NotFoundError()
    secret = _secret_of(key)
    _audit(company_id=company_id, actor=actor, action="signing_key.shown", key_id=key.pk)
    return secret


@transaction.atomic
def revoke_signing_key(*, company_id: UUID, key_id: UUID, actor: Actor) -> None:
    """End one live key of a company at once. Raises NotFoundError when it isn't live there."""
    if not _revoke(company_id=company_id, actor=actor, key_id=key_id):
        raise NotFoundError()


@transaction.atomic
def revoke_all_signing_keys(*, company_id: UUID, actor: Actor) -> int:
    """End every live key of a company at once ("revoke now"), and return how many there were."""
    return _revoke(company_id=company_id, actor=actor, key_id=None)


def note_key_used(*, key: LiveKey, user_id: UUID, address: str | None = None) -> None:
    """Note that a key signed in a user's name, at most once a minute per key and user.

    Call it outside the request's transaction: it commits by itself and passes over a row that another
    request is noting just then, so no request waits for another.
    """
    now = machine_now()
    with transaction.atomic(), connection.cursor() as cursor:
        if key.last_used_at is None or now - key.last_used_at >= _USE_GRAIN:
            cursor.execute(
                """UPDATE companies_signingkey SET last_used_at = %s, last_used_from = %s WHERE id =
                     (SELECT id FROM companies_signingkey WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)""",
                [now, _as_address(address), key.key_id],
            )
        cursor.execute(
            """WITH known AS (SELECT last_used_at FROM companies_erpuser
                             WHERE company_id = %(company)s AND user_id = %(user)s)
               INSERT INTO companies_erpuser AS erp (id, company_id, user_id, first_used_at, last_used_at)
               SELECT %(id)s, %(company)s, %(user)s, %(now)s, %(now)s
               WHERE NOT EXISTS (SELECT FROM known WHERE last_used_at > %(stale)s)
               ON CONFLICT (company_id, user_id) DO UPDATE SET last_used_at = excluded.last_used_at
               WHERE erp.last_used_at <= %(stale)s""",
            {"id": uuid7(), "company": key.company_id, "user": user_id, "now": now, "stale": now - _USE_GRAIN},
        )


def _as_address(text: str | None) -> str | None:
    """Return an address as the database keeps it; a socket has none."""
    try:
        return str(ip_address(text or ""))
    except ValueError:
        return None


def _open_keys(company_id: UUID) -> QuerySet[SigningKey]:
    return SigningKey.objects.filter(company_id=company_id, revoked_at=None)


def _live_keys(company_id: UUID, *, now: datetime | None = None) -> QuerySet[SigningKey]:
    return _open_keys(company_id).filter(still_live(now or machine_now()))


def still_live(now: datetime) -> Q:
    """Return the condition of a key that works now: not revoked, its overlap not over."""
    return Q(revoked_at__isnull=True) & (Q(ends_at__isnull=True) | Q(ends_at__gt=now))


def _find_key(key_id: UUID | str) -> SigningKey | None:
    try:
        return SigningKey.objects.filter(pk=UUID(str(key_id))).first()
    except ValueError:
        return None


def _revoke(*, company_id: UUID, actor: Actor, key_id: UUID | None) -> int:
    keys = _live_keys(company_id).select_for_update()
    if key_id is not None:
        keys = keys.filter(pk=key_id)
    ended = list(keys)
    _end(ended, actor=actor)
    return len(ended)


def _end(ended: list[SigningKey], *, actor: Actor) -> None:
    for key in ended:
        key.revoked_at = machine_now()
        key.revoked_by_id = actor.user_id
        key.save(update_fields=["revoked_at", "revoked_by"])
    for key in ended:
        _audit(company_id=key.company_id, actor=actor, action="signing_key.revoked", key_id=key.pk)


def _secret_of(key: SigningKey) -> str:
    return decrypt(bytes(key.secret_encrypted), context=_context(key.pk)).decode()


def _context(key_id: UUID) -> str:
    return f"companies.SigningKey:{key_id}:secret"


def _audit(*, company_id: UUID, actor: Actor, action: str, key_id: UUID) -> None:
    if action != "signing_key.shown":
        transaction.on_commit(lambda: keys_changed.send(sender=SigningKey), robust=True)
    record_audit(company_id=company_id, actor=actor, action=action, subject_kind="signing_key", subject_id=key_id)
