"""What each alarm means: one catalogue, filled by the rooms that raise them, in `AppConfig.ready`.

A room keeps its kinds beside its code (`bank_gateway/relay/alarms.py`, `remittance/alarms.py` ...); every page shows
them through `alarm_words`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.translation import gettext

from companies.access import Permission

Params = Mapping[str, Any]


class Handler(Enum):
    """Whose task it is to do something about an alarm; the other one is told that somebody does."""

    CENTRAL = "central"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """One kind of alarm: its texts (msgids, parameters as `%(name)s`), whose task it is, and how it ends.

    `says` is what happened (`says_one` where `count` is 1), `means` what that means for the money, `do` what its
    handler does now. `ends` tells when it is over by itself; where nothing can tell, it is empty and whoever has
    `closed_by` says that it is settled. `tells_company`: the company's confirmed contacts get a mail too. `shows`
    turns parameters into words, such as a bank's id into its name.
    """

    code: str
    # What alarms of the kind are called, where several are listed.
    name: str
    says: str
    means: str
    do: str
    ends: str = ""
    says_one: str = ""
    handler: Handler = Handler.CENTRAL
    closed_by: Permission | None = None
    tells_company: bool = False
    shows: Callable[[Params], Params] | None = None


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """An alarm in the reader's language."""

    name: str
    says: str
    means: str
    do: str
    ends: str
    # Whether the company's own people do something about it; else AutoPay Central does.
    own_task: bool = False

    def __str__(self) -> str:
        return self.says


_kinds: dict[str, AlarmKind] = {}


def register_alarm_kinds(kinds: Iterable[AlarmKind]) -> None:
    """Add a room's kinds to the catalogue.

    Raises ValueError when a code gets two meanings, when two codes say the same, or when nothing ends an alarm.
    """
    for kind in kinds:
        if kind.code in _kinds and _kinds[kind.code] != kind:
            raise ValueError(f"alarm {kind.code} has two meanings")
        if any(other.says == kind.says for other in _kinds.values() if other.code != kind.code):
            raise ValueError(f"alarm {kind.code} says what another says")
        if bool(kind.ends) == (kind.closed_by is not None):
            raise ValueError(f"alarm {kind.code} ends by itself or by somebody, one of them")
        _kinds[kind.code] = kind


def known_kinds() -> list[AlarmKind]:
    """Return every kind of the catalogue by its code."""
    return [_kinds[code] for code in sorted(_kinds)]


def kind_of(code: str) -> AlarmKind | None:
    """Return a kind; None for a code that no version of ours raises any more: its alarms are still shown."""
    return _kinds.get(code)


def codes_handled_by(handler: Handler) -> list[str]:
    """Return the codes of the alarms that are this one's task."""
    return [code for code, kind in sorted(_kinds.items()) if kind.handler is handler]


def codes_told_to_companies() -> list[str]:
    """Return the codes of the alarms that a company's contacts are told of."""
    return [code for code, kind in sorted(_kinds.items()) if kind.tells_company]


def alarm_words(*, code: str, params: Params) -> AlarmWords:
    """Return an alarm's texts in the active language; of an unknown kind at least its code, never nothing."""
    kind = _kinds.get(code)
    if kind is None:
        return AlarmWords(name=code, says=code, means="", do="", ends="")
    shown = {**params, **(kind.shows(params) if kind.shows else {})}
    return AlarmWords(
        name=gettext(kind.name),
        says=_filled(kind.says_one if kind.says_one and shown.get("count") == 1 else kind.says, shown),
        means=_filled(kind.means, shown),
        do=_filled(kind.do, shown),
        ends=_filled(kind.ends, shown) if kind.ends else "",
        own_task=kind.handler is Handler.COMPANY,
    )


def _filled(text: str, params: Params) -> str:
    """Return a text with its parameters; one that an older version raised without them shows its plain words."""
    translated = gettext(text)
    try:
        return translated % params
    except (KeyError, TypeError, ValueError):
        return translated
