"""Assertions of passkeys (WebAuthn) that are bound to a content: made for one decision, used once.

The challenge is SHA-256 over a nonce of ours and the hash of what the person saw. Both stand in the database, so what
the browser sends back can choose neither: an assertion over another content, of another person, from another session
or used before is refused.
"""

import hashlib
import json
import os
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import get_authenticator_by_credential_id, get_credentials
from django.conf import settings
from django.db import transaction
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import PublicKeyCredentialRpEntity, UserVerificationRequirement

from autopay_portal.core.clocks import machine_now
from companies.models import FactorChallenge, User
from companies.second_factor.adapter import relying_party
from companies.second_factor.proofs import Means, Proof

_ANSWERED_WITHIN = timedelta(minutes=5)
_KEPT = timedelta(days=1)
_NONCE_BYTES = 32
_LONGEST_ANSWER = 20_000


@transaction.atomic
def ask_for_assertion(
    *, user: User, session_key: str, purpose: FactorChallenge.Purpose, subject_id: str = "", content_hash: str = ""
) -> dict[str, Any]:
    """Make a challenge and return what the browser needs: its id and the options of `navigator.credentials.get`."""
    now = machine_now()
    FactorChallenge.objects.filter(user=user, created_at__lt=now - _KEPT).delete()
    challenge = FactorChallenge.objects.create(
        user=user,
        session_hash=_hashed(session_key),
        purpose=purpose,
        subject_id=subject_id,
        content_hash=content_hash,
        nonce=os.urandom(_NONCE_BYTES),
        created_at=now,
    )
    options, _state = _server().authenticate_begin(
        credentials=get_credentials(user),
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=_bound(challenge),
    )
    return {"challenge": str(challenge.pk), "options": dict(options)}


def use_assertion(
    *,
    user: User,
    session_key: str,
    purpose: FactorChallenge.Purpose,
    challenge_id: str,
    credential: str,
    subject_id: str = "",
    content_hash: str = "",
) -> Proof | None:
    """Use up a challenge and return the proof of its answer, or None when it doesn't answer exactly what is asked here.

    The challenge is used up whatever the answer was worth, so nobody tries twice.
    """
    challenge = _take(challenge_id, user)
    asked = (_hashed(session_key), purpose.value, subject_id, content_hash)
    if challenge is None:
        return None
    if asked != (challenge.session_hash, challenge.purpose, challenge.subject_id, challenge.content_hash):
        return None
    authenticator = _verified(user, challenge, credential)
    if authenticator is None:
        return None
    authenticator.record_usage()
    return Proof(Means.PASSKEY, factor_id=authenticator.pk, content_hash=content_hash)


@transaction.atomic
def _take(challenge_id: str, user: User) -> FactorChallenge | None:
    """Mark a user's open challenge as used, once, and return it."""
    try:
        key = UUID(challenge_id)
    except ValueError:
        return None
    now = machine_now()
    open_ = FactorChallenge.objects.filter(
        pk=key, user=user, used_at__isnull=True, created_at__gt=now - _ANSWERED_WITHIN
    )
    return FactorChallenge.objects.get(pk=key) if open_.update(used_at=now) else None


def _verified(user: User, challenge: FactorChallenge, credential: str) -> Authenticator | None:
    """Return the passkey whose signature over the challenge holds, its holder verified, or None."""
    state = {
        "challenge": websafe_encode(_bound(challenge)),
        "user_verification": UserVerificationRequirement.REQUIRED,
    }
    try:
        if len(credential) > _LONGEST_ANSWER:
            return None
        answer = json.loads(credential)
        bound = _server().authenticate_complete(state, get_credentials(user), answer)
    except (ValueError, TypeError, KeyError, AttributeError):
        # Whatever a browser may send that is no assertion.
        return None
    return get_authenticator_by_credential_id(user, bound.credential_id)


def _bound(challenge: FactorChallenge) -> bytes:
    return hashlib.sha256(bytes(challenge.nonce) + challenge.content_hash.encode("ascii")).digest()


def _hashed(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()


def _server() -> Fido2Server:
    """Return the checks of WebAuthn, 7.2; outside the sandbox only the public address itself may ask."""
    exact = None if settings.SANDBOX else lambda origin: origin == settings.PUBLIC_URL
    return Fido2Server(PublicKeyCredentialRpEntity(**relying_party()), verify_origin=exact)
