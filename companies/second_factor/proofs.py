"""What somebody has just shown to be himself, for one decision."""

from dataclasses import dataclass
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class Means(models.TextChoices):
    """How an approval was given."""

    PASSKEY = "passkey", _("passkey")
    TOTP = "totp", _("authenticator app")
    PASSWORD = "password", _("password")
    # Before a second factor could be asked for, and by services that no page asks.
    NONE = "", _("signed in")


@dataclass(frozen=True, slots=True)
class Proof:
    """How somebody answered for one decision, with which factor, and about which content.

    Made only by `codes`, `assertions` and `fresh` behind a successful check. A passkey's `content_hash` is what its
    challenge was bound to: it proves nothing about another content.
    """

    means: Means
    factor_id: int | None = None
    content_hash: str = ""

    @classmethod
    def of_password(cls) -> Self:
        """Return the proof of somebody who has just given his password."""
        return cls(Means.PASSWORD)

    @property
    def is_second_factor(self) -> bool:
        """Return whether a second factor was shown."""
        return self.means in {Means.PASSKEY, Means.TOTP}
