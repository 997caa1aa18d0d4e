"""Secrets at rest: AES-256-GCM under a key ring from the environment, bound to what they belong to.

A token is `key id` + `:` + nonce (12 bytes) + ciphertext with tag. The first key of the ring encrypts, every
key of it decrypts, so a ring is rotated by putting a new key first. `context` is the associated data: a
token moved to another row does not decrypt.
"""

import base64
import binascii
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_NONCE_BYTES = 12


class UnableToDecryptError(Exception):
    """The token is damaged, belongs to another context, or its key is not in the ring."""


def encrypt(plaintext: bytes, *, context: str) -> bytes:
    """Return `plaintext` encrypted for `context` (table, row and field)."""
    key_id, cipher = next(iter(_ring(settings.KEY_RING).items()))
    nonce = os.urandom(_NONCE_BYTES)
    return key_id.encode() + b":" + nonce + cipher.encrypt(nonce, plaintext, context.encode())


def decrypt(token: bytes, *, context: str) -> bytes:
    """Return the plaintext of `token`. Raises UnableToDecryptError, which never holds any of either."""
    key_id, _, rest = bytes(token).partition(b":")
    cipher = _ring(settings.KEY_RING).get(key_id.decode("ascii", "replace"))
    if cipher is None:
        raise UnableToDecryptError("the key of this secret is not in the key ring")
    try:
        return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], context.encode())
    except InvalidTag:
        raise UnableToDecryptError("the secret is damaged or belongs elsewhere") from None


@lru_cache(maxsize=4)
def _ring(text: str) -> dict[str, AESGCM]:
    ring: dict[str, AESGCM] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, key = part.partition(":")
        try:
            ring[key_id] = AESGCM(base64.b64decode(key, validate=True))
        except (ValueError, binascii.Error):
            raise ImproperlyConfigured(f"AUTOPAY_KEY_RING: key {key_id!r} is not 32 bytes in base64") from None
    if not ring:
        raise ImproperlyConfigured("AUTOPAY_KEY_RING holds no key: 'id:base64 of 32 bytes'")
    return ring
