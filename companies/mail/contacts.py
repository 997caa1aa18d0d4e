"""Whose addresses a company's alarms go to. Agreements keep the lists; they register here in `AppConfig.ready`."""

from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID


class ContactSource(Protocol):
    """What is asked about the people whom a company wants told."""

    def addresses_of(
        self, *, company_id: UUID, agreement_ids: Collection[UUID | None]
    ) -> Mapping[UUID | None, Collection[str]]:
        """Return by agreement the confirmed addresses on its list; for None those of all the company's agreements."""


class _Nobody:
    def addresses_of(
        self, *, company_id: UUID, agreement_ids: Collection[UUID | None]
    ) -> Mapping[UUID | None, Collection[str]]:
        return {}


_source: list[ContactSource] = [_Nobody()]


def register_contact_source(source: ContactSource) -> None:
    """Ask `source` from now on; called once, in `AppConfig.ready`."""
    _source[0] = source


def contact_source() -> ContactSource:
    """Return who knows the contacts."""
    return _source[0]
