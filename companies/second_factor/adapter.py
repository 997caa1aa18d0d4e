"""allauth's second factor as we want it: secrets encrypted at rest, one relying party, our words."""

from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from autopay_portal.core import secrets

# allauth tells neither the row nor the user: what belongs together is the kind of secret.
_CONTEXT = "mfa.Authenticator:secret"


def relying_party() -> dict[str, str]:
    """Return who asks for passkeys: the host of the public address, whatever a request says it came to."""
    return {"id": urlsplit(settings.PUBLIC_URL).hostname or "localhost", "name": "AutoPay"}


class EncryptingAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of authenticator apps and the seeds of recovery codes under the key ring."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return secrets.encrypt(text.encode(), context=_CONTEXT).hex()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret. Raises UnableToDecryptError."""
        return secrets.decrypt(bytes.fromhex(encrypted_text), context=_CONTEXT).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return the relying party."""
        return relying_party()

    def _get_site_name(self) -> str:
        return "AutoPay"

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: letters of ours tell of changes (`second_factor.telling`)."""
