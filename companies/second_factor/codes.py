"""Codes of an authenticator app (TOTP, RFC 6238): each step counts once, whoever asks and however often."""

import hmac

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import connection

from companies.models import User
from companies.second_factor.proofs import Means, Proof


def use_totp_code(*, user: User, code: str, content_hash: str = "") -> Proof | None:
    """Use up the step of a user's code and return the proof of it, or None when it is wrong or was used before.

    RFC 6238, 5.2: a second code of the same step, or of an earlier one, is refused. The step is kept in PostgreSQL: a
    cache that is emptied makes no code good again.
    """
    authenticator = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).first()
    if authenticator is None:
        return None
    step = step_of(secret=decrypt(authenticator.data["secret"]), code=code)
    if step is None or not use_step(user=user, step=step):
        return None
    return Proof(Means.TOTP, factor_id=authenticator.pk, content_hash=content_hash)


def step_of(*, secret: str, code: str) -> int | None:
    """Return the step near now whose code this is, or None."""
    digits = "".join(code.split())
    found = [
        step
        for step in yield_hotp_counters_from_time()
        if hmac.compare_digest(format_hotp_value(hotp_value(secret, step)).encode(), digits.encode())
    ]
    return found[-1] if found else None


def use_step(*, user: User, step: int) -> bool:
    """Use up a step and all before it; return whether it was still unused. One statement decides between two tabs."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO companies_totpstep AS kept (user_id, step) VALUES (%s, %s)
               ON CONFLICT (user_id) DO UPDATE SET step = excluded.step WHERE kept.step < excluded.step""",
            [user.pk, step],
        )
        used: int = cursor.rowcount
    return used == 1
