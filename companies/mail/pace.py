"""How soon somebody gets the next mail: at once after a quiet time, ever later while one follows the other.

So the first of many alarms is told at once, and a bad night is some dozen mails, not hundreds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max

from companies.models import AlarmMail

_LATELY = timedelta(hours=6)
_LONGEST_PAUSE = 60
_FIRST_PAUSE = 2


@dataclass(frozen=True, slots=True)
class ToldLately:
    """How many mails each reader got in the last hours, and when the latest, by audience and address."""

    mails: Mapping[tuple[str, str], tuple[int, datetime]]

    def next_at(self, *, audience: str, recipient: str, now: datetime) -> datetime:
        """Return when a reader may get the next mail: now, or when the pause after his latest one has passed."""
        count, latest = self.mails.get((audience, recipient), (0, now))
        return max(now, latest + _pause(count)) if count else now


def _pause(count: int) -> timedelta:
    """Return how long it is quiet after so many mails: 2, 4, 8 ... minutes, an hour at most."""
    return timedelta(minutes=min(_LONGEST_PAUSE, _FIRST_PAUSE << min(count - 1, 16)))


def told_lately(*, now: datetime) -> ToldLately:
    """Return what was mailed in the last six hours; rows that went out as one mail count once. One query."""
    sent = AlarmMail.objects.filter(sent_at__gt=now - _LATELY).order_by()
    rows = sent.values_list("audience", "recipient").annotate(Count("sent_at", distinct=True), Max("sent_at"))
    return ToldLately({(audience, recipient): (count, latest) for audience, recipient, count, latest in rows})
