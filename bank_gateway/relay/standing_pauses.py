"""Pauses that stand: which hold whose payments, since when, why, and what waits because of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection as database
from django.db.models import Q
from django.utils.translation import gettext as _

from bank_gateway.models import Connection, Pause, PauseScope
from bank_gateway.profiles import bank_name
from bank_gateway.relay.agreement_names import agreement_names

# What the relay writes as the reason of the pauses that it lays itself.
RESTORED = "restored"
_WAITING = """
SELECT pause.id, count(*), min(coalesce(file.queued_business_at, file.created_at))
  FROM bank_gateway_pause AS pause
  JOIN bank_gateway_outgoingfile AS file
    ON file.state = 'queued' AND (%(company)s IS NULL OR file.company_id = %(company)s)
  JOIN bank_gateway_connection AS line ON line.id = file.connection_id
 WHERE pause.id = ANY (%(pauses)s)
   AND (pause.scope = 'whole' OR pause.bank = line.bank OR pause.company_id IN (file.company_id, line.company_id)
        OR pause.agreement_id = file.agreement_id)
 GROUP BY pause.id
"""


@dataclass(frozen=True, slots=True)
class StandingPause:
    """A pause in force as a reader sees it.

    `waiting` and `oldest` (business time) are of the files that wait because of it: the company's own, or everybody's
    where no company was asked for. `by` is empty where the relay laid it itself.
    """

    pause: Pause
    title: str
    reason: str
    since: datetime
    by: str
    by_central: bool
    waiting: int
    oldest: datetime | None

    @property
    def id(self) -> UUID:
        """Return its id."""
        return self.pause.pk

    def concerns(self, *, bank: str, agreement_id: UUID) -> bool:
        """Tell whether it holds the payments of one agreement of the company it was asked for."""
        if self.pause.scope == PauseScope.BANK:
            return self.pause.bank == bank
        return self.pause.scope != PauseScope.AGREEMENT or self.pause.agreement_id == agreement_id


def get_standing_pauses(
    *, company_id: UUID | None = None, names: Mapping[UUID, str] | None = None
) -> list[StandingPause]:
    """Return the pauses in force that hold a company's payments, or (None) all of them, the widest first.

    `names` are what the company's agreements are called, where the caller knows them. One query where there are no
    pauses, else two, and one for the names.
    """
    pauses = list(_in_force(company_id))
    if not pauses:
        return []
    names = _names(pauses, company_id) if names is None else names
    if company_id is not None:
        pauses = [pause for pause in pauses if pause.agreement_id is None or pause.agreement_id in names]
    waiting = _waiting(pauses, company_id)
    order = {scope: place for place, scope in enumerate(PauseScope)}
    pauses.sort(key=lambda pause: (order[PauseScope(pause.scope)], pause.laid_at))
    return [_standing(pause, names, *waiting.get(pause.pk, (0, None))) for pause in pauses]


def get_standing_pause(*, pause: Pause, company_id: UUID | None = None) -> StandingPause:
    """Return one pause with what waits because of it, of a company or of all."""
    waiting = _waiting([pause], company_id)
    return _standing(pause, _names([pause], company_id), *waiting.get(pause.pk, (0, None)))


MOST_LIFTED = 20


@dataclass(frozen=True, slots=True)
class LiftedPause:
    """A pause that is over, as the history shows it."""

    pause: Pause
    title: str
    reason: str
    since: datetime


def get_lifted_pauses(*, company_id: UUID, names: Mapping[UUID, str]) -> list[LiftedPause]:
    """Return the latest lifted pauses of a company itself or of its agreements (`names`), at most MOST_LIFTED."""
    own = Q(company_id=company_id) | Q(agreement_id__in=list(names))
    found = Pause.objects.filter(own, lifted_at__isnull=False)
    joined = found.select_related("company", "laid_by", "lifted_by").order_by("-lifted_at", "-pk")
    return [
        LiftedPause(pause=pause, title=_title(pause, names), reason=pause.reason, since=pause.since_at or pause.laid_at)
        for pause in joined[:MOST_LIFTED]
    ]


def _in_force(company_id: UUID | None) -> list[Pause]:
    found = Pause.objects.filter(lifted_at=None).select_related("company", "laid_by__operator_row")
    if company_id is not None:
        banks = Connection.objects.filter(company_id=company_id).values("bank")
        of_company = Q(scope=PauseScope.COMPANY, company_id=company_id)
        wider = Q(scope=PauseScope.WHOLE) | Q(scope=PauseScope.BANK, bank__in=banks)
        found = found.filter(wider | of_company | Q(scope=PauseScope.AGREEMENT))
    return list(found)


def _names(pauses: list[Pause], company_id: UUID | None) -> Mapping[UUID, str]:
    agreements = [pause.agreement_id for pause in pauses if pause.agreement_id]
    if not agreements:
        return {}
    if company_id is not None:
        return agreement_names().of_company(company_id=company_id)
    return agreement_names().names_of(agreement_ids=agreements)


def _waiting(pauses: list[Pause], company_id: UUID | None) -> dict[UUID, tuple[int, datetime]]:
    with database.cursor() as cursor:
        cursor.execute(_WAITING, {"company": company_id, "pauses": [pause.pk for pause in pauses]})
        return {key: (count, oldest) for key, count, oldest in cursor.fetchall()}


def _standing(pause: Pause, names: Mapping[UUID, str], waiting: int, oldest: datetime | None) -> StandingPause:
    by_central = pause.laid_by is not None and hasattr(pause.laid_by, "operator_row")
    return StandingPause(
        pause=pause,
        title=_title(pause, names),
        reason=_("The database was restored from a backup.") if pause.reason == RESTORED else pause.reason,
        since=pause.since_at or pause.laid_at,
        by=pause.laid_by.name if pause.laid_by else "",
        by_central=by_central,
        waiting=waiting,
        oldest=oldest,
    )


def _title(pause: Pause, names: Mapping[UUID, str]) -> str:
    if pause.scope == PauseScope.BANK:
        return _("Payments to %(bank)s are on hold") % {"bank": bank_name(pause.bank)}
    if pause.scope == PauseScope.COMPANY and pause.company is not None:
        return _("The payments of %(company)s are on hold") % {"company": pause.company.name}
    if pause.scope == PauseScope.AGREEMENT and pause.agreement_id is not None:
        return _("Payments from the account %(account)s are on hold") % {"account": names.get(pause.agreement_id, "")}
    return _("All payments to all banks are on hold")
