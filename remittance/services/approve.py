"""Approval in its plain form: distinct people, any order, each bound to the content that he saw."""

from typing import Any
from uuid import UUID

from django.db import connection, transaction

from autopay_portal.core.clocks import business_now, machine_now
from autopay_portal.core.errors import ForbiddenError
from companies.access import Permission, permissions_in
from companies.actors import Actor
from companies.models import Company, User
from companies.second_factor import Means, Proof, two_step_required
from companies.second_factor.factors import usable_factors
from companies.services import record_audit

from ..errors import UnableToApproveError
from ..models import Approval, Cause, Remittance
from ..states import PaymentStatus, RemittanceStatus
from .content import content_hash
from .hints import nudge_release
from .passed_dates import move_dates_of_waiting
from .transitions import Happening, move_all


def approve_remittance(*, remittance_id: UUID, user: User, seen_hash: str, proof: Proof | None = None) -> Remittance:
    """Give a person's approval to the content whose hash he saw; the last one needed approves the remittance.

    Raises UnableToApproveError `not_awaiting_approval`, `content_changed` or `already_approved`, or `dates_moved` for
    a date that passed while it waited; `second_factor_needed` or `factor_is_new` where two-step verification is
    demanded and `proof` isn't that of a factor that may approve; ForbiddenError `user_lacks_role`. Roles are read under
    the lock: a right taken away a moment ago doesn't count, and the approval of who has lost it since he gave it is
    void.
    """
    _refuse_passed_dates(remittance_id)
    return _approve(remittance_id, user, seen_hash, proof or Proof(Means.NONE))


@transaction.atomic
def _approve(remittance_id: UUID, user: User, seen_hash: str, proof: Proof) -> Remittance:
    remittance = _locked(remittance_id)
    _require(user, remittance, Permission.APPROVE)
    _require_seen(remittance, seen_hash)
    if not remittance.approvals_required:
        # Held as a possible duplicate: only a release with its reason lets it go.
        raise UnableToApproveError("not_awaiting_approval")
    if _standing(remittance).filter(user=user).exists():
        raise UnableToApproveError("already_approved")
    _require_proof(user, remittance, proof)
    voided = _void_lost(remittance)
    _decide(remittance, user, Approval.Decision.APPROVED, "", proof)
    given = {"given": _standing(remittance).count(), "required": remittance.approvals_required, "means": proof.means}
    _note(remittance, user, Cause.Kind.APPROVAL, given)
    if given["given"] >= given["required"]:
        _approve_all(remittance, user)
    details = {"content_hash": remittance.content_hash, **given, "voided": [str(approval) for approval in voided]}
    _audit(remittance, user, "remittance.approved", details)
    return remittance


def release_held_remittance(
    *, remittance_id: UUID, user: User, seen_hash: str, reason: str, proof: Proof | None = None
) -> Remittance:
    """Let a remittance go that was held only because it looks like an earlier one; the reason is kept.

    Raises as `approve_remittance`, and UnableToApproveError `reason_missing`.
    """
    _refuse_passed_dates(remittance_id)
    return _release_held(remittance_id, user, seen_hash, reason, proof or Proof(Means.NONE))


@transaction.atomic
def _release_held(remittance_id: UUID, user: User, seen_hash: str, reason: str, proof: Proof) -> Remittance:
    remittance = _locked(remittance_id)
    _require(user, remittance, Permission.RELEASE_HELD)
    _require_seen(remittance, seen_hash)
    if not remittance.held_for_duplicates or remittance.approvals_required:
        raise UnableToApproveError("not_awaiting_approval")
    _require_reason(reason)
    _require_proof(user, remittance, proof)
    _decide(remittance, user, Approval.Decision.RELEASED_HELD, reason, proof)
    _approve_all(remittance, user)
    _audit(remittance, user, "remittance.released_held", {"reason": reason, "means": proof.means})
    return remittance


@transaction.atomic
def refuse_remittance(*, remittance_id: UUID, user: User, seen_hash: str, reason: str) -> Remittance:
    """Refuse a remittance that waits, for a reason that the ERP gets: all its waiting payments are rejected.

    Raises as `approve_remittance`, and UnableToApproveError `reason_missing`.
    """
    remittance = _locked(remittance_id)
    held = remittance.held_for_duplicates and not remittance.approvals_required
    _require(user, remittance, Permission.RELEASE_HELD if held else Permission.APPROVE)
    _require_seen(remittance, seen_hash)
    _require_reason(reason)
    _decide(remittance, user, Approval.Decision.REFUSED, reason)
    with connection.cursor() as cursor:
        move_all(
            cursor,
            remittance_id=remittance.pk,
            status=PaymentStatus.REJECTED_BY_AUTOPAY,
            reason_code="refused",
            reason=reason,
            happening=_happening(Cause.Kind.REFUSED, user, {"reason": reason}),
            only=[PaymentStatus.AWAITING_APPROVAL],
        )
    _audit(remittance, user, "remittance.refused", {"reason": reason})
    return remittance


def _refuse_passed_dates(remittance_id: UUID) -> None:
    """Move dates that the bank would reject, in a transaction of its own, and refuse a decision that saw the old."""
    if move_dates_of_waiting(remittance_id=remittance_id):
        raise UnableToApproveError("dates_moved")


def _locked(remittance_id: UUID) -> Remittance:
    return Remittance.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=remittance_id)


def _require(user: User, remittance: Remittance, permission: Permission) -> None:
    if permission not in permissions_in(user=user, company_id=remittance.signing_company_id):
        raise ForbiddenError("user_lacks_role")


def _require_seen(remittance: Remittance, seen_hash: str) -> None:
    """Compare what the person saw with the stored payments themselves, hashed anew under the lock."""
    if remittance.status != RemittanceStatus.AWAITING_APPROVAL:
        raise UnableToApproveError("not_awaiting_approval")
    with connection.cursor() as cursor:
        actual = content_hash(cursor, remittance_id=remittance.pk, debtor_account=remittance.debtor_account)
    if not seen_hash == actual == remittance.content_hash:
        raise UnableToApproveError("content_changed")


def _require_proof(user: User, remittance: Remittance, proof: Proof) -> None:
    """Ask for a second factor that may approve, where the signing company and the agreement demand it.

    Under the remittance's lock: a factor that was ended a moment ago doesn't count. One's own answer to another content
    is none to this.
    """
    if proof.is_second_factor and proof.content_hash != remittance.content_hash:
        raise UnableToApproveError("content_changed")
    company_id = remittance.signing_company_id
    if not two_step_required(user, company_id, remittance.agreement.two_step):
        return
    if not proof.is_second_factor:
        raise UnableToApproveError("second_factor_needed")
    customer_id = Company.objects.values_list("customer_id", flat=True).get(pk=company_id)
    if not usable_factors(user, customer_id).filter(pk=proof.factor_id).exists():
        raise UnableToApproveError("factor_is_new")


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise UnableToApproveError("reason_missing")


def _standing(remittance: Remittance) -> Any:
    return Approval.objects.filter(
        remittance=remittance,
        decision=Approval.Decision.APPROVED,
        content_hash=remittance.content_hash,
        voided_at__isnull=True,
    )


def _void_lost(remittance: Remittance) -> list[UUID]:
    """Void the approvals of who may approve no more, so that others can take their place, and return their ids."""
    lost = [
        approval.pk
        for approval in _standing(remittance).select_related("user")
        if Permission.APPROVE not in permissions_in(user=approval.user, company_id=remittance.signing_company_id)
    ]
    Approval.objects.filter(pk__in=lost).update(voided_at=machine_now())
    return lost


def _decide(
    remittance: Remittance, user: User, decision: Approval.Decision, reason: str, proof: Proof | None = None
) -> None:
    Approval.objects.create(
        company_id=remittance.company_id,
        remittance=remittance,
        user=user,
        decision=decision,
        content_hash=remittance.content_hash,
        means=proof.means if proof else Means.NONE,
        factor_id=proof.factor_id if proof else None,
        reason=reason,
        decided_at=business_now(),
        recorded_at=machine_now(),
    )


def _approve_all(remittance: Remittance, user: User) -> None:
    with connection.cursor() as cursor:
        move_all(
            cursor,
            remittance_id=remittance.pk,
            status=PaymentStatus.APPROVED,
            happening=_happening(Cause.Kind.APPROVED, user, {}),
            only=[PaymentStatus.AWAITING_APPROVAL],
        )
    nudge_release(remittance.pk)


def _happening(kind: Cause.Kind, user: User, details: dict[str, Any]) -> Happening:
    return Happening(kind=kind, actor=Actor.user(user), occurred_at=business_now(), details=details)


def _note(remittance: Remittance, user: User, kind: Cause.Kind, details: dict[str, Any]) -> None:
    Cause.objects.create(
        company_id=remittance.company_id,
        remittance=remittance,
        kind=kind,
        actor=user.name,
        actor_user=user,
        details=details,
        occurred_at=business_now(),
        recorded_at=machine_now(),
    )


def _audit(remittance: Remittance, user: User, action: str, details: dict[str, Any]) -> None:
    record_audit(
        company_id=remittance.company_id,
        actor=Actor.user(user),
        action=action,
        subject_kind="remittance",
        subject_id=remittance.pk,
        details=details,
    )
