"""A database type that Django doesn't know: the places of payments in their order, as PostgreSQL's int4multirange."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup


class PositionsField(models.Field):  # type: ignore[type-arg]
    """Positions of a remittance's payments, `{[1,100001)}` for the first hundred thousand; written by SQL only."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return PostgreSQL's type."""
        return "int4multirange"


@PositionsField.register_lookup
class Holds(Lookup):
    """Whether a position is among them: `positions__holds=7`."""

    lookup_name = "holds"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        """Return PostgreSQL's containment operator."""
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} @> %s::int", (*parameters, self.rhs)


@PositionsField.register_lookup
class Overlaps(Lookup):
    """Whether any position is also among others, as PostgreSQL writes them: `positions__overlaps="{[1,4)}"`."""

    lookup_name = "overlaps"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        """Return PostgreSQL's overlap operator."""
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} && %s::int4multirange", (*parameters, self.rhs)
