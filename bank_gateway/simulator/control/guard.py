"""Who may call the control API: programs on this machine, and no page of a browser.

Binding to loopback isn't enough: a page can be made to call 127.0.0.1. So Host must name loopback and the port, and
a call a browser marks as coming from elsewhere is refused.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bank_gateway.simulator.refusals import CallRefused

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_HOSTS = ("127.0.0.1", "localhost", "[::1]")


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check where a call comes from, and turn every refusal into JSON."""
    try:
        _check_origin(request)
        return await handler(request)
    except CallRefused as refusal:
        body = {"code": refusal.code, "detail": refusal.detail, "errors": refusal.errors}
        return web.json_response(body, status=refusal.status)
    except web.HTTPException as refusal:
        body = {"code": _CODES.get(refusal.status, "refused"), "detail": refusal.reason, "errors": []}
        allowed = {name: refusal.headers[name] for name in ("Allow",) if name in refusal.headers}
        return web.json_response(body, status=refusal.status, headers=allowed)


def _check_origin(request: web.Request) -> None:
    """Refuse another Host (421) and anything a browser sends from another origin (403)."""
    transport = request.transport
    port = transport.get_extra_info("sockname")[1] if transport else 0
    hosts = {f"{host}:{port}" for host in _HOSTS}
    if request.headers.get("Host", "") not in hosts:
        raise CallRefused(421, "wrong_host", "Host must be loopback with this server's port")
    origins = {f"http://{host}" for host in hosts}
    if any(origin not in origins for origin in request.headers.getall("Origin", [])):
        raise CallRefused(403, "foreign_origin", "Calls from pages of other origins are refused")
    if any(site not in ("same-origin", "none") for site in request.headers.getall("Sec-Fetch-Site", [])):
        raise CallRefused(403, "foreign_origin", "Calls from pages of other sites are refused")


async def json_body(request: web.Request) -> Any:
    """Return a call's JSON body.

    Raises CallRefused: 415 without `application/json`, 400 when it isn't JSON or names a field twice.
    """
    if request.content_type != "application/json":
        raise CallRefused(415, "json_wanted", "The body must be application/json")
    try:
        return json.loads(await request.read(), object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise CallRefused(400, "not_json", str(error)) from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's fields, refusing one that stands twice."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("A field stands twice in an object")
    return fields
