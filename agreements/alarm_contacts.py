"""Tells who wants to hear of a company's alarms: the confirmed addresses on its agreements' lists."""

from collections.abc import Collection, Mapping
from uuid import UUID

from agreements.models import Contact, ContactKind, Status


class Contacts:
    """Answers from the agreements' own lists: whoever is told of rejects is told of alarms."""

    def addresses_of(
        self, *, company_id: UUID, agreement_ids: Collection[UUID | None]
    ) -> Mapping[UUID | None, Collection[str]]:
        """Return by agreement the confirmed addresses; for None those of all agreements that haven't ended."""
        contacts = Contact.objects.filter(
            agreement__company_id=company_id, kind=ContactKind.REJECTS, confirmed_at__isnull=False
        ).exclude(agreement__status__in=(Status.CLOSED, Status.REFUSED_BY_BANK))
        found: dict[UUID | None, set[str]] = {agreement: set() for agreement in agreement_ids}
        for agreement, email in contacts.values_list("agreement_id", "email"):
            for key in {agreement, None} & found.keys():
                found[key].add(email.lower())
        return found
