"""An authenticator app of a test: enrolled as allauth does, giving codes as RFC 6238 says."""

import base64
import hashlib
import hmac
import struct
import time
from datetime import timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from autopay_portal.core.clocks import machine_now
from companies.models import User

DAY = timedelta(hours=24)


def enrol_app(user: User, *, age: timedelta = DAY) -> str:
    """Give a user an authenticator app that he enrolled so long ago, and return its secret."""
    secret: str = generate_totp_secret()
    app = TOTP.activate(user, secret).instance
    Authenticator.objects.filter(pk=app.pk).update(created_at=machine_now() - age)
    return secret


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return the code of now, or of so many half minutes later, worked out here and not by the code under test."""
    step = int(time.time()) // 30 + steps
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    place = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
