"""Sharing an account's outgoing part: the owner offers it, the other company accepts, and either may end it.

The sender gets the statuses of what it sends; the owner gets the ledger batches and statements, and its approvers sign.
"""

from uuid import UUID

from django.db import IntegrityError, transaction

from agreements.letters import tell_of_acceptance, tell_of_offer
from agreements.models import Agreement, Kind, Share, ShareStatus, Status
from agreements.open_items import open_items_of
from agreements.services.contents import create_shared_agreement
from agreements.services.lifecycle import close_agreement
from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from companies.actors import Actor
from companies.models import Company, User
from companies.org_numbers import is_valid_org_number
from companies.services import record_audit


@transaction.atomic
def invite_to_share(*, agreement_id: UUID, org_number: str, user: User, confirmed_by: Actor | None = None) -> Share:
    """Offer an active remittance agreement's outgoing part to the company of an organisation number.

    Whether there is such a company in this house isn't told. Raises DomainError `org_number_invalid` (422);
    ConflictError (409) `share_impossible` for what isn't an own active remittance agreement, `share_with_itself`,
    `share_exists`.
    """
    agreement = Agreement.objects.select_for_update(no_key=True).select_related("company").get(pk=agreement_id)
    number = "".join(org_number.split()).replace(".", "")
    if not is_valid_org_number(number):
        raise DomainError("org_number_invalid", params={"org_number": org_number[:20]})
    if agreement.kind != Kind.REMITTANCE or agreement.status != Status.ACTIVE or agreement.is_shared:
        raise ConflictError("share_impossible")
    if agreement.company.org_number == number:
        raise ConflictError("share_with_itself")
    try:
        with transaction.atomic():
            share = Share.objects.create(
                agreement=agreement, org_number=number, invited_by=user, invited_at=machine_now()
            )
    except IntegrityError:
        raise ConflictError("share_exists", params={"org_number": number}) from None
    tell_of_offer(share=share)
    _audit(share, agreement.company_id, confirmed_by or Actor.user(user), "share.offered")
    return share


@transaction.atomic
def accept_share(*, share_id: UUID, company: Company, user: User) -> Agreement:
    """Accept an offer in the name of the company that it names, and return the agreement it sends on from now.

    Raises NotFoundError for an offer to another; ConflictError (409) `share_decided`, `share_impossible` when the
    owner's agreement isn't active any more, `agreement_exists`.
    """
    share, source = _lock_for(share_id, company)
    if share.status == ShareStatus.ACCEPTED and share.used_by is not None:
        return share.used_by
    _require_open(share)
    if source.status != Status.ACTIVE:
        raise ConflictError("share_impossible")
    shared = create_shared_agreement(company=company, source=source, actor=Actor.user(user))
    share.used_by = shared
    _decide(share, ShareStatus.ACCEPTED, user)
    tell_of_acceptance(share=share, company=company)
    _audit(share, source.company_id, Actor.system("agreements"), "share.accepted")
    _audit(share, company.pk, Actor.user(user), "share.accepted")
    return shared


@transaction.atomic
def decline_share(*, share_id: UUID, company: Company, user: User) -> Share:
    """Decline an offer. Raises NotFoundError, ConflictError (409) `share_decided`."""
    share, _ = _lock_for(share_id, company)
    _require_open(share)
    _decide(share, ShareStatus.DECLINED, user)
    _audit(share, company.pk, Actor.user(user), "share.declined")
    return share


@transaction.atomic
def end_share(*, share_id: UUID, company: Company, user: User) -> Share:
    """End a share, or take an offer back, as the owner or as the sender; what the bank has goes on.

    Raises NotFoundError for a company that has no part in it; ConflictError (409) `share_decided`, and
    `share_in_use` with how many while payments sent on it aren't final: their statuses would have no agreement.
    """
    share, _ = _lock(share_id)
    sender = share.used_by.company_id if share.used_by else None
    if company.pk not in {share.agreement.company_id, sender}:
        raise NotFoundError()
    if share.status == ShareStatus.INVITED:
        _decide(share, ShareStatus.WITHDRAWN, user)
        _audit(share, company.pk, Actor.user(user), "share.withdrawn")
        return share
    if share.status != ShareStatus.ACCEPTED or share.used_by is None:
        raise ConflictError("share_decided", params={"status": ShareStatus(share.status).label})
    items = open_items_of(share.used_by, most=1, of_shares=False)
    if items:
        raise ConflictError("share_in_use", params={"count": items.count})
    close_agreement(agreement_id=share.used_by.pk, actor=Actor.user(user))
    _decide(share, ShareStatus.ENDED, user)
    _audit(share, company.pk, Actor.user(user), "share.ended")
    return share


def _lock(share_id: UUID) -> tuple[Share, Agreement]:
    """Lock a share and the owner's agreement, that first: whoever closes it takes them in that order."""
    agreement_id = Share.objects.filter(pk=share_id).values_list("agreement_id", flat=True).first()
    if agreement_id is None:
        raise NotFoundError()
    found = Agreement.objects.select_for_update(no_key=True, of=("self",)).select_related("owner")
    agreement = found.get(pk=agreement_id)
    shares = Share.objects.select_for_update(of=("self",)).select_related("agreement__company", "used_by")
    return shares.get(pk=share_id), agreement


def _lock_for(share_id: UUID, company: Company) -> tuple[Share, Agreement]:
    """Lock a share that is offered to a company. Raises NotFoundError for another's."""
    share, agreement = _lock(share_id)
    if share.org_number != company.org_number or company.country != "NO":
        raise NotFoundError()
    return share, agreement


def _require_open(share: Share) -> None:
    if share.status != ShareStatus.INVITED:
        raise ConflictError("share_decided", params={"status": ShareStatus(share.status).label})


def _decide(share: Share, status: ShareStatus, user: User) -> None:
    share.status, share.decided_by, share.decided_at = status, user, machine_now()
    share.save(update_fields=["status", "decided_by", "decided_at", "used_by"])


def _audit(share: Share, company_id: UUID, actor: Actor, action: str) -> None:
    record_audit(
        company_id=company_id,
        actor=actor,
        action=action,
        subject_kind="agreement",
        subject_id=share.agreement_id,
        details={"share": str(share.pk), "org_number": share.org_number},
    )
