"""What agreements are called. The relay keeps only their ids; the room above says the words and finds them."""

from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID


class AgreementNames(Protocol):
    """What the relay's page asks about agreements."""

    def names_of(self, *, agreement_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Return by id what operators call the agreements."""

    def find(self, *, account: str) -> UUID | None:
        """Return the remittance agreement in force on an account, or None."""

    def of_company(self, *, company_id: UUID) -> Mapping[UUID, str]:
        """Return by id what a company calls its own remittance agreements, in their order."""


class _NoAgreements:
    def names_of(self, *, agreement_ids: Collection[UUID]) -> Mapping[UUID, str]:
        return {}

    def find(self, *, account: str) -> UUID | None:
        return None

    def of_company(self, *, company_id: UUID) -> Mapping[UUID, str]:
        return {}


_source: list[AgreementNames] = [_NoAgreements()]


def register_agreement_names(source: AgreementNames) -> None:
    """Ask `source` from now on; called once, in `AppConfig.ready`."""
    _source[0] = source


def agreement_names() -> AgreementNames:
    """Return who knows the agreements."""
    return _source[0]
