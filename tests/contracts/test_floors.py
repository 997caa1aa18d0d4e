"""What import-linter can't see: foreign keys, reverse accessors and migrations point down the floors too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

# Lower floors have lower numbers; rooms on one floor don't know each other.
FLOORS = {
    "core": 0,
    "companies": 1,
    "bank_gateway": 2,
    "agreements": 3,
    "erp_gateway": 4,
    "remittance": 5,
    "payments_in": 5,
    "backup": 6,
    "overview": 6,
    "sandbox": 6,
}
ROOT = Path(__file__).resolve().parents[2]


def _may_point(*, from_app: str, to_app: str) -> bool:
    """Tell whether one room may know of another: itself, a lower floor, or what isn't ours."""
    if from_app == to_app or to_app not in FLOORS:
        return True
    return FLOORS[to_app] < FLOORS[from_app]


def _relations() -> Iterator[tuple[str, str, str, "models.Field[object, object]"]]:
    for label in FLOORS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                if isinstance(field, models.ForeignKey | models.ManyToManyField):
                    to_app = field.related_model._meta.app_label
                    yield label, to_app, f"{label}.{model.__name__}.{field.name}", field


def test_every_room_of_ours_has_a_floor() -> None:
    ours = {
        config.label
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(ROOT) and ".venv" not in config.path
    }
    assert ours == set(FLOORS)


def test_foreign_keys_point_down() -> None:
    up = [where for from_app, to_app, where, _ in _relations() if not _may_point(from_app=from_app, to_app=to_app)]
    assert up == []


def test_no_reverse_accessor_lets_a_lower_room_look_up() -> None:
    looks_up = [
        where
        for from_app, to_app, where, field in _relations()
        if from_app != to_app and to_app in FLOORS and not (field.remote_field and field.remote_field.hidden)
    ]
    assert looks_up == []


@pytest.mark.django_db
def test_migrations_depend_only_on_what_lies_below() -> None:
    loader = MigrationLoader(connection)
    up = [
        f"{app}.{name} needs {to_app}.{to_name}"
        for (app, name), migration in loader.disk_migrations.items()
        if app in FLOORS
        for to_app, to_name in [*migration.dependencies, *migration.run_before]
        if to_app != "__setting__" and not _may_point(from_app=app, to_app=to_app)
    ]
    assert up == []


def test_the_rule_itself_refuses_what_points_up_or_sideways() -> None:
    assert not _may_point(from_app="companies", to_app="remittance")
    assert not _may_point(from_app="remittance", to_app="payments_in")
    assert not _may_point(from_app="bank_gateway", to_app="agreements")
    assert _may_point(from_app="remittance", to_app="agreements")
    assert _may_point(from_app="companies", to_app="auth")
