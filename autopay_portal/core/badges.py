"""How a state looks: each state of each kind has a word, an icon and a tone, told in one place per room.

A room registers its `TextChoices` beside them (`register_badges("payment", PaymentStatus, {...})`); pages show
one with `{% badge "payment" payment.status %}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices


class Tone(StrEnum):
    """What a state means for the reader; each has one colour in light and dark."""

    UNDER_WAY = "under-way"
    DONE = "done"
    WANTS_YOU = "wants-you"
    WRONG = "wrong"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Look:
    """The tone of a state and the name of its icon (lucide.dev)."""

    tone: Tone
    icon: str


@dataclass(frozen=True, slots=True)
class Badge:
    """A state as it is shown: its word in the reader's language, tone and icon."""

    label: Any
    tone: Tone
    icon: str


_badges: dict[str, dict[str, Badge]] = {}


def register_badges(kind: str, choices: type[TextChoices], looks: Mapping[Any, Look]) -> None:
    """Register how the states of `kind` look; their words are the choices' labels.

    Raises ValueError unless every state has a look and nothing else has one: a state without a word or colour
    would be shown to somebody who decides about money.
    """
    if set(looks) != set(choices):
        raise ValueError(f"states of {kind} without a look, or looks without a state: {set(looks) ^ set(choices)}")
    _badges[kind] = {
        choice.value: Badge(label=choice.label, tone=looks[choice].tone, icon=looks[choice].icon) for choice in choices
    }


def badge_of(kind: str, code: str) -> Badge:
    """Return how a state looks.

    Raises KeyError for a kind or a state that no room registered.
    """
    return _badges[kind][code]
