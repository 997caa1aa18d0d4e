"""A passkey of a test: a key pair that answers as WebAuthn says, and as an attacker would."""

import hashlib
import json
import os
import struct
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from autopay_portal.core.clocks import machine_now
from companies.models import User

RP = "localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Passkey:
    """A passkey that its user enrolled two days ago."""

    def __init__(self, user: User, *, age: timedelta = timedelta(days=2)) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        cose: Any = ES256
        public = AttestedCredentialData.create(
            Aaguid(bytes(16)), self.id, cose.from_cryptography_key(self.key.public_key())
        )
        seen = AuthenticatorData.create(_rp_hash(RP), AuthenticatorData.FLAG(PRESENT | VERIFIED | ATTESTED), 0, public)
        answer = {
            "clientDataJSON": _client_data("webauthn.create", "enrolled", "http://localhost"),
            "attestationObject": websafe_encode(bytes(AttestationObject.create("none", seen, {}))),
        }
        self.row = Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": "Telefonen", "credential": self._sent(answer)},
        )
        Authenticator.objects.filter(pk=self.row.pk).update(created_at=machine_now() - age)

    def answer(
        self,
        asked: dict[str, Any],
        *,
        flags: int = PRESENT | VERIFIED,
        rp: str = RP,
        origin: str = "http://localhost:8000",
    ) -> dict[str, str]:
        """Return what a form sends: the answer to a challenge, signed."""
        client_data = _client_data("webauthn.get", asked["options"]["publicKey"]["challenge"], origin)
        seen = _rp_hash(rp) + struct.pack(">BI", flags, 0)
        signed = seen + hashlib.sha256(_decoded(client_data)).digest()
        answer = {
            "clientDataJSON": client_data,
            "authenticatorData": websafe_encode(seen),
            "signature": websafe_encode(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
        }
        return {"challenge": asked["challenge"], "credential": json.dumps(self._sent(answer))}

    def _sent(self, answer: dict[str, str]) -> dict[str, Any]:
        name = websafe_encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": answer, "clientExtensionResults": {}}


def _client_data(kind: str, challenge: str, origin: str) -> str:
    return websafe_encode(json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode())


def _decoded(text: str) -> bytes:
    return websafe_decode(text)


def _rp_hash(rp: str) -> bytes:
    return hashlib.sha256(rp.encode()).digest()
