"""A Tuesday morning on which money moves, a vault per test, and the people of a company."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from companies.models import Company, Role, User
from tests.companies.builders import make_company, make_customer_admin, make_operator, make_user


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 24, 9, 0, tzinfo=ZoneInfo("Europe/Oslo")), tick=True):
        yield


@dataclass(frozen=True)
class People:
    """One person of each role in a company, and those who have none there."""

    roles: dict[str, User]
    stranger: User

    def __getitem__(self, role: str) -> User:
        return self.roles[role]


@pytest.fixture
def people(company: Company) -> People:
    roles = {
        role.value: make_user(company=company, roles=(role,), name=f"Den som er {role.label}")
        for role in (Role.VIEWER, Role.UPLOADER, Role.FILE_TRANSFER, Role.APPROVER, Role.AUTOPAY_ADMINISTRATOR)
    }
    roles["customer_administrator"] = make_customer_admin(customer=company.customer)
    roles["operator"] = make_operator()
    other = make_company(name="Hemmelig Fangst AS")
    return People(roles, make_user(company=other, roles=(Role.AUTOPAY_ADMINISTRATOR,), name="Den fremmede"))


def signed_in_as(user: User, language: str = "nb") -> Client:
    """Return a browser in which a person is signed in."""
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = language
    return client
