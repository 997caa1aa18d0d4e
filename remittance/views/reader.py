"""What the reader of a page may decide, asked once."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from companies.access import Permission, permissions_in
from companies.models import Company

from ..access import FOR_OWNERS
from ..models import Remittance


@dataclass(frozen=True, slots=True)
class DecidingReader:
    """A signed-in person in one company."""

    user_id: UUID
    permissions: frozenset[Permission]

    @property
    def may_approve(self) -> bool:
        """Return whether he may approve and refuse."""
        return Permission.APPROVE in self.permissions

    @property
    def may_release(self) -> bool:
        """Return whether he may let go what was held."""
        return Permission.RELEASE_HELD in self.permissions

    @property
    def may_cancel(self) -> bool:
        """Return whether he may cancel."""
        return Permission.CANCEL in self.permissions

    @property
    def may_send(self) -> bool:
        """Return whether he may send payments."""
        return Permission.SEND in self.permissions

    def deciding(self, remittance: Remittance) -> Permission:
        """Return what it takes to decide about a remittance that waits."""
        return Permission.APPROVE if remittance.approvals_required else Permission.RELEASE_HELD


def reader_for(*, user: Any, company: Company, remittance: Remittance) -> DecidingReader:
    """Return what a person may decide of a remittance on a company's page.

    From a shared account the owner's people sign and the sender's people cancel, and neither does the other's part.
    """
    permissions = permissions_in(user=user, company_id=company.pk)
    if remittance.company_id != company.pk:
        permissions &= FOR_OWNERS
    if remittance.signing_company_id != company.pk:
        permissions -= {Permission.APPROVE, Permission.RELEASE_HELD}
    return DecidingReader(user.pk, permissions)


def reader_of(*, user: Any, company_id: UUID) -> DecidingReader:
    """Return what a person may decide in a company."""
    return DecidingReader(user.pk, permissions_in(user=user, company_id=company_id))
