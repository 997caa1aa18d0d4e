"""Who did something: a person in the browser, an ERP with a person's name, the system itself, or a bank."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self
from uuid import UUID

if TYPE_CHECKING:
    from companies.models import User

ActorKind = Literal["user", "erp", "system", "bank"]


@dataclass(frozen=True)
class Actor:
    """Who stands in history and audit: `user_id` and `key_id` where there is one, `name` as shown to people."""

    kind: ActorKind
    user_id: UUID | None
    name: str
    key_id: UUID | None = None

    @classmethod
    def user(cls, user: "User") -> Self:
        """Return the actor for a person who is signed in."""
        return cls(kind="user", user_id=user.pk, name=user.name)

    @classmethod
    def erp(cls, *, user: "User", key_id: UUID) -> Self:
        """Return the actor for an ERP that signed with a key in a user's name."""
        return cls(kind="erp", user_id=user.pk, name=user.name, key_id=key_id)

    @classmethod
    def system(cls, name: str) -> Self:
        """Return the actor for a part of the system that acts by itself, such as "relay"."""
        return cls(kind="system", user_id=None, name=name)

    @classmethod
    def bank(cls, bank: str) -> Self:
        """Return the actor for a bank whose file caused the change."""
        return cls(kind="bank", user_id=None, name=bank)
