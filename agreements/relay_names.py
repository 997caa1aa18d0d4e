"""Tells the relay what agreements are called, for its page and its pauses."""

from collections.abc import Collection, Mapping
from uuid import UUID

from agreements.models import Agreement, Kind, Status
from autopay_portal.core.display import show_account


class Names:
    """Answers the relay from the agreements' own rows."""

    def names_of(self, *, agreement_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Return by id the company's name and the account."""
        found = Agreement.objects.filter(pk__in=agreement_ids).select_related("company")
        return {each.pk: f"{each.company.name}, {show_account(each.account)}" for each in found}

    def find(self, *, account: str) -> UUID | None:
        """Return the active remittance agreement on an account, or None."""
        found = Agreement.objects.filter(account=account, kind=Kind.REMITTANCE, status=Status.ACTIVE, shared_from=None)
        return found.values_list("pk", flat=True).first()

    def of_company(self, *, company_id: UUID) -> Mapping[UUID, str]:
        """Return by id the accounts of a company's remittance agreements that haven't ended."""
        found = Agreement.objects.filter(company_id=company_id, kind=Kind.REMITTANCE, shared_from=None)
        current = found.exclude(status__in=(Status.CLOSED, Status.REFUSED_BY_BANK)).order_by("number")
        return {key: show_account(account) for key, account in current.values_list("pk", "account")}
