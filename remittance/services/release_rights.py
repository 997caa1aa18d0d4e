"""Whether a remittance may go to the bank: who approved it, and whether they still may."""

from companies.access import Permission, permissions_in
from companies.models import User

from ..errors import UnableToReleaseError
from ..models import Approval, Remittance


def require_approvals(remittance: Remittance) -> None:
    """Check again who approved: a right that was taken away before the release doesn't count.

    Raises UnableToReleaseError `not_approved`.
    """
    standing = Approval.objects.filter(
        remittance=remittance, content_hash=remittance.content_hash, voided_at__isnull=True
    ).select_related("user")
    if remittance.approvals_required:
        counting = [
            approval
            for approval in standing
            if approval.decision == Approval.Decision.APPROVED and _may(approval.user, remittance, Permission.APPROVE)
        ]
        if len(counting) < remittance.approvals_required:
            raise UnableToReleaseError("not_approved")
    elif remittance.held_for_duplicates:
        released = [a for a in standing if a.decision == Approval.Decision.RELEASED_HELD]
        if not any(_may(approval.user, remittance, Permission.RELEASE_HELD) for approval in released):
            raise UnableToReleaseError("not_approved")


def _may(user: User, remittance: Remittance, permission: Permission) -> bool:
    return permission in permissions_in(user=user, company_id=remittance.signing_company_id)
