"""`/livez` and `/readyz`."""

from typing import Any

import pytest
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from autopay_portal import health


@pytest.fixture(autouse=True)
def _instance(settings: Any) -> None:
    settings.INSTANCE = "this-one"


def test_livez_answers_without_the_database(client: Client) -> None:
    answer = client.get("/livez")

    assert answer.status_code == 200
    assert answer.json() == {"instance": "this-one"}
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_readyz_names_the_instance_and_what_it_looked_at(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "instance": "this-one",
        "ready": True,
        "checks": {"database": "ok", "schema": "ok", "broker": "ok"},
    }


@pytest.mark.django_db
def test_readyz_is_503_without_the_broker(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "schema": "ok", "broker": "no connection"}


@pytest.mark.django_db
def test_readyz_is_503_while_migrations_are_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    health._require_schema.cache_clear()
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_arguments: [("companies", "0001")])

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["schema"] == "migrations are missing"
