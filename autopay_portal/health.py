"""Whether this process lives and whether it can work, for the supervisor, compose and load balancers."""

from collections.abc import Callable
from functools import cache

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from autopay_portal.start_checks import unsafe_settings

_FINE = "ok"


class UnreadyError(Exception):
    """One thing that is missing; the text is safe to show to anybody."""


def livez(_request: HttpRequest) -> JsonResponse:
    """Answer that the process serves requests."""
    return JsonResponse({"instance": settings.INSTANCE}, headers={"Cache-Control": "no-store"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, schema and broker are there, else 503; `instance` tells whose answer it is."""
    checks = {name: _outcome(check) for name, check in _CHECKS.items()}
    ready = all(outcome == _FINE for outcome in checks.values())
    content = {"instance": settings.INSTANCE, "ready": ready, "checks": checks}
    return JsonResponse(content, status=200 if ready else 503, headers={"Cache-Control": "no-store"})


def _outcome(check: Callable[[], None]) -> str:
    try:
        check()
    except UnreadyError as error:
        return str(error)
    return _FINE


def _check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        raise UnreadyError("no connection") from None


def _check_schema() -> None:
    try:
        _require_schema()
    except Error:
        raise UnreadyError("no connection") from None


@cache
def _require_schema() -> None:
    """Raise UnreadyError unless every migration is applied and the database is durable; asked until it is so."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise UnreadyError("migrations are missing")
    if not settings.TESTING and (off := unsafe_settings()):
        raise UnreadyError(f"off: {', '.join(off)}")


def _check_broker() -> None:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2) as client:
            client.ping()
    except redis.RedisError:
        raise UnreadyError("no connection") from None


_CHECKS: dict[str, Callable[[], None]] = {
    "database": _check_database,
    "schema": _check_schema,
    "broker": _check_broker,
}
