"""Dates that pass while an order waits, at a bank that rejects past dates (docs/decisions/passed-dates.md).

A bank that moves such dates gets them as they stand: what comes of them is its own word. One that rejects them
(its profile's `past_date`) never gets one from here that we know of.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg2.extras import execute_values

from autopay_portal.core.clocks import OSLO, business_now, machine_now
from bank_gateway.profiles import BankProfile, PastDate, bank_ids, bank_name, get_profile
from companies.actors import Actor
from companies.services import raise_alarm, record_audit

from ..errors import UnableToReleaseError
from ..intake import days
from ..intake.order import MOST_WARNINGS
from ..models import Approval, Cause, Remittance
from ..states import PaymentStatus, RemittanceStatus
from .content import content_hash

_SYSTEM = Actor.system("autopay")
_REJECTING = tuple(bank for bank in bank_ids() if get_profile(bank).past_date is PastDate.REJECTED)

# Of which payments: those in a state, at some places of the order ("{(,)}" for all), whose bank's day is past.
_ALL = "{(,)}"
_PASSED = """
SELECT execution_date, bank_date, category, urgent, count(*) FROM remittance_payment
 WHERE remittance_id = %(remittance)s AND status = %(status)s AND position <@ %(positions)s::int4multirange
   AND bank_date < %(today)s
 GROUP BY execution_date, bank_date, category, urgent ORDER BY bank_date, execution_date, category, urgent
"""
_MOVE = """
UPDATE remittance_payment p SET bank_date = moved.new, updated_at = moved.at
  FROM (VALUES %s) AS moved (remittance, status, positions, asked, old, category, urgent, new, at)
 WHERE p.remittance_id = moved.remittance::uuid AND p.status = moved.status
   AND p.position <@ moved.positions::int4multirange AND p.execution_date = moved.asked
   AND p.bank_date = moved.old AND p.category = moved.category AND p.urgent = moved.urgent
"""
_WAITING = """
SELECT r.id FROM remittance_remittance r JOIN agreements_agreement a ON a.id = r.agreement_id
 WHERE r.status = %s AND a.bank = ANY (%s)
   AND EXISTS (SELECT FROM remittance_payment p
                WHERE p.remittance_id = r.id AND p.status = %s AND p.bank_date < %s)
 ORDER BY r.id
"""


def find_passed(*, now: datetime) -> list[UUID]:
    """Return the remittances that wait for people with a date that has passed and that their bank would reject."""
    with connection.cursor() as cursor:
        waiting = PaymentStatus.AWAITING_APPROVAL.value
        cursor.execute(_WAITING, [RemittanceStatus.AWAITING_APPROVAL.value, list(_REJECTING), waiting, _today(now)])
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def move_dates_of_waiting(*, remittance_id: UUID) -> bool:
    """Give payments that wait for people the first day their bank takes, where theirs has passed; say if any had.

    The content is another then: approvals given so far fall, and an alarm says so. Whoever approves sees the new day.
    """
    remittance = Remittance.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=remittance_id)
    if remittance.status != RemittanceStatus.AWAITING_APPROVAL:
        return False
    moved = _move(remittance, PaymentStatus.AWAITING_APPROVAL, _ALL)
    if not moved:
        return False
    voided = _void_approvals(remittance)
    raise_alarm(
        code="payment_date_passed",
        severity="amber",
        company_id=remittance.company_id,
        agreement_id=remittance.agreement_id,
        subject_kind="remittance",
        subject_id=remittance.pk,
        params={
            "message_id": remittance.message_id,
            "bank": remittance.agreement.bank,
            "day": min(moved.values()).isoformat(),
            "voided": voided,
        },
        dedupe_key=f"payment_date_passed:{remittance.pk}",
    )
    _audit(remittance, moved, voided)
    return True


def settle_dates_of_approved(remittance: Remittance, *, positions: str) -> None:
    """Move passed dates of approved payments that no file carries, where nobody had to approve them.

    The remittance is locked; `positions` are the payments' places as PostgreSQL writes them. What people have
    approved is never moved (money.md 5). Raises UnableToReleaseError `date_passed` for it.
    """
    if _is_signed(remittance):
        if need_new_date(remittance, PaymentStatus.APPROVED, positions=positions):
            raise UnableToReleaseError("date_passed", params={"bank": bank_name(remittance.agreement.bank)})
        return
    moved = _move(remittance, PaymentStatus.APPROVED, positions)
    if moved:
        _audit(remittance, moved, 0)


def need_new_date(remittance: Remittance, status: PaymentStatus, *, positions: str = _ALL) -> bool:
    """Return whether people signed for payments in a state with a date that has passed and that the bank rejects."""
    if not (rejects_past_dates(remittance) and _is_signed(remittance)):
        return False
    return bool(_passed(remittance, status, positions, _today(business_now())))


def _is_signed(remittance: Remittance) -> bool:
    return remittance.approvals_required > 0 or remittance.held_for_duplicates


def rejects_past_dates(remittance: Remittance) -> bool:
    """Return whether the remittance's bank rejects a date that has passed."""
    return remittance.agreement.bank in _REJECTING


def _today(now: datetime) -> date:
    return now.astimezone(OSLO).date()


def _passed(
    remittance: Remittance, status: PaymentStatus, positions: str, today: date
) -> list[tuple[date, date, str, bool, int]]:
    """Return (asked, bank's day, category, urgent, count) of payments in a state whose bank's day is before today."""
    where: dict[str, Any] = {
        "remittance": remittance.pk,
        "status": status.value,
        "positions": positions,
        "today": today,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PASSED, where)
        return list(cursor.fetchall())


def _move(remittance: Remittance, status: PaymentStatus, positions: str) -> dict[date, date]:
    """Move what has passed, with the content's hash, a warning and an event; return old day to (earliest) new day.

    Content that isn't what its hash says was changed behind the services' back: it is left for the approval and the
    release to refuse, and gets no new hash here.
    """
    now = business_now()
    passed = _passed(remittance, status, positions, _today(now)) if rejects_past_dates(remittance) else []
    if not passed or _hash(remittance) != remittance.content_hash:
        return {}
    profile = get_profile(remittance.agreement.bank)
    rows, moved = [], dict[date, date]()
    for asked, old, category, urgent, _ in passed:
        new = days.bank_date(asked, category=category, urgent=urgent, profile=profile, now=now)
        rows.append((str(remittance.pk), status.value, positions, asked, old, category, urgent, new, machine_now()))
        moved[old] = min(new, moved.get(old, new))
    with connection.cursor() as cursor:
        execute_values(getattr(cursor, "cursor", cursor), _MOVE, rows, page_size=1000)
    remittance.content_hash = _hash(remittance)
    remittance.warnings = _warned(remittance.warnings, moved, profile)
    remittance.updated_at = machine_now()
    remittance.save(update_fields=["content_hash", "warnings", "updated_at"])
    _note(remittance, moved, now, count=sum(count for *_, count in passed))
    return moved


def _hash(remittance: Remittance) -> str:
    with connection.cursor() as cursor:
        return content_hash(cursor, remittance_id=remittance.pk, debtor_account=remittance.debtor_account)


def _warned(warnings: Collection[Any], moved: dict[date, date], profile: BankProfile) -> list[Any]:
    added = [
        {
            "code": "passed_date_moved",
            "params": {"passed": old.isoformat(), "bank_date": new.isoformat(), "bank": profile.short_name},
            "end_to_end_id": None,
        }
        for old, new in moved.items()
    ]
    return [*warnings, *added][: max(MOST_WARNINGS, len(warnings))]


def _note(remittance: Remittance, moved: dict[date, date], now: datetime, *, count: int) -> None:
    Cause.objects.create(
        company_id=remittance.company_id,
        remittance=remittance,
        kind=Cause.Kind.DATES_MOVED,
        actor=_SYSTEM.name,
        details={"count": count, "days": _as_text(moved)},
        occurred_at=now,
        recorded_at=machine_now(),
    )


def _void_approvals(remittance: Remittance) -> int:
    standing = Approval.objects.filter(
        remittance=remittance, decision=Approval.Decision.APPROVED, voided_at__isnull=True
    )
    return standing.update(voided_at=machine_now())


def _as_text(moved: dict[date, date]) -> dict[str, str]:
    return {old.isoformat(): new.isoformat() for old, new in moved.items()}


def _audit(remittance: Remittance, moved: dict[date, date], voided: int) -> None:
    record_audit(
        company_id=remittance.company_id,
        actor=_SYSTEM,
        action="remittance.dates_moved",
        subject_kind="remittance",
        subject_id=remittance.pk,
        details={"days": _as_text(moved), "voided": voided, "content_hash": remittance.content_hash},
    )
