"""A company with people, and the catalogues that pages speak Norwegian from."""

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from autopay_portal.translations.compiled import compile_language
from companies.models import Company, Role, User
from tests.companies.builders import make_company, make_user
from tests.pages.banks import Banks

# Before anything asks for a text: Django keeps a catalogue it has read.
compile_language("nb")


@pytest.fixture
def company(db: None) -> Company:
    return make_company(name="Fjord Varme AS")


@pytest.fixture
def kari(company: Company) -> User:
    """An accountant who may see one company."""
    return make_user(company=company, roles=(Role.VIEWER,), name="Kari Nordmann")


@pytest.fixture
def signed_in(client: Client, kari: User) -> Client:
    client.force_login(kari)
    return client


@pytest.fixture
def banks(settings: Settings) -> Iterator[Banks]:
    started = Banks()
    settings.BANKS_URL = started.url
    yield started
    started.stop()
