"""Pausing outgoing files: everything, a bank, a company or an agreement, audited.

Operators may pause and lift anything. A company's administrators may pause their own company or one of its agreements,
and lift what their own people laid; a pause that AutoPay Central laid is Central's to lift. Who may is asked by
`relay/access.py`.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from autopay_portal.core.clocks import business_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from bank_gateway.models import Pause, PauseScope
from companies.actors import Actor
from companies.services import clear_alarm, record_audit


@transaction.atomic
def pause_outgoing(
    *,
    scope: PauseScope | str,
    actor: Actor,
    reason: str,
    bank: str = "",
    company_id: UUID | None = None,
    agreement_id: UUID | None = None,
) -> Pause:
    """Stop outgoing files of a scope until the pause is lifted, and return the pause.

    A file that's being uploaded right now is finished; none is begun after this commits. Raises DomainError
    `pause_scope_invalid`, `pause_reason_missing`, ConflictError `pause_exists`.
    """
    named = {PauseScope.BANK: bool(bank), PauseScope.COMPANY: company_id, PauseScope.AGREEMENT: agreement_id}
    if any(bool(value) != (kind == scope) for kind, value in named.items()) or scope not in PauseScope.values:
        raise DomainError("pause_scope_invalid")
    if not reason.strip():
        raise DomainError("pause_reason_missing")
    try:
        with transaction.atomic():
            pause = Pause.objects.create(
                scope=scope,
                bank=bank,
                company_id=company_id,
                agreement_id=agreement_id,
                reason=reason.strip(),
                since_at=business_now(),
                laid_by_id=actor.user_id,
            )
    except IntegrityError as error:
        if "pause_active_once" in str(error):
            raise ConflictError("pause_exists") from error
        raise
    _audit(pause, actor, "outgoing.paused")
    return pause


@transaction.atomic
def lift_pause(*, pause_id: UUID, actor: Actor) -> Pause:
    """Lift a pause and return it; what waited is sent by the next sweep. Raises NotFoundError if it isn't laid."""
    lifted = Pause.objects.filter(pk=pause_id, lifted_at=None).update(lifted_at=Now(), lifted_by_id=actor.user_id)
    if not lifted:
        raise NotFoundError
    pause = Pause.objects.get(pk=pause_id)
    if not Pause.objects.filter(journal_offset__isnull=False, lifted_at=None).exists():
        clear_alarm(dedupe_key="relay_on_hold_after_restore")
    _audit(pause, actor, "outgoing.resumed")
    return pause


def _audit(pause: Pause, actor: Actor, action: str) -> None:
    record_audit(
        company_id=pause.company_id,
        actor=actor,
        action=action,
        subject_kind="pause",
        subject_id=pause.pk,
        details={
            "scope": pause.scope,
            "bank": pause.bank,
            "agreement": str(pause.agreement_id or ""),
            "reason": pause.reason,
        },
    )
