"""By what alarms are narrowed: how bad and of which kind, each choice an address with how many it shows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from companies.alarm_kinds import alarm_words
from companies.models import Severity
from companies.queries import AlarmNumbers, AlarmPlace, alarm_place_of

SHOWN = ("waiting", "taken", "over")


@dataclass(frozen=True, slots=True)
class AlarmFilter:
    """What a reader asks for; everything stands in the address."""

    show: str
    code: str
    severity: str
    after: AlarmPlace | None = None

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "AlarmFilter":
        """Return what a query string asks for; what is no choice counts as none."""
        show = asked.get("show", "")
        severity = asked.get("severity", "")
        return cls(
            show=show if show in SHOWN else SHOWN[0],
            code=asked.get("kind", "")[:60].replace("\0", ""),
            severity=severity if severity in Severity.values else "",
            after=alarm_place_of(asked.get("after", "")),
        )

    @property
    def query(self) -> str:
        """Return the query string that asks for this."""
        after = str(self.after) if self.after else ""
        chosen = {"show": self.show, "kind": self.code, "severity": self.severity, "after": after}
        return "?" + urlencode({name: value for name, value in chosen.items() if value})


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice: its words, the query that asks for it, how many alarms that shows (None: not counted)."""

    words: str
    query: str
    current: bool
    count: int | None = None
    red: bool = False


def severity_choices(numbers: AlarmNumbers, wanted: AlarmFilter) -> list[Choice]:
    """Return all, red and amber; of those that are over none is counted."""
    counted = Counter[str]()
    for (code, severity), count in _listed(numbers, wanted).items():
        if wanted.code in ("", code):
            counted[severity] += count
    over = wanted.show == "over"
    named = [("", _("All"), counted.total())] + [
        (each.value, str(each.label), counted[each.value]) for each in (Severity.RED, Severity.AMBER)
    ]
    return [
        Choice(words, _ask(wanted, severity=severity), severity == wanted.severity, None if over else count)
        for severity, words, count in named
    ]


def kind_choices(numbers: AlarmNumbers, wanted: AlarmFilter) -> list[Choice]:
    """Return all and the kinds that are listed, red ones first, then the most frequent; the chosen one always."""
    counted: Counter[str] = Counter({wanted.code: 0} if wanted.code else {})
    red = set()
    for (code, severity), count in _listed(numbers, wanted).items():
        if wanted.severity in ("", severity):
            counted[code] += count
            red |= {code} if severity == Severity.RED else set()
    order = sorted(counted, key=lambda code: (code not in red, -counted[code], code))
    kinds = [
        Choice(_name(code), _ask(wanted, code=code), code == wanted.code, counted[code], code in red) for code in order
    ]
    return [Choice(_("All kinds"), _ask(wanted, code=""), not wanted.code), *kinds]


def _ask(wanted: AlarmFilter, **changes: str) -> str:
    return replace(wanted, after=None, **changes).query


def _listed(numbers: AlarmNumbers, wanted: AlarmFilter) -> Mapping[tuple[str, str], int]:
    return {"waiting": numbers.waiting, "taken": numbers.taken}.get(wanted.show, {})


def _name(code: str) -> str:
    return alarm_words(code=code, params={}).name
