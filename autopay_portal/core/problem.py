"""RFC 9457 problem documents in Norwegian and English."""

import logging
from typing import Any, NotRequired, TypedDict

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.utils.translation import get_language
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from .errors import DomainError, ErrorDetail, text_of

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"


class ErrorItem(TypedDict):
    """One fault in a problem document; a key is left out when it doesn't apply."""

    code: str
    detail: str
    detail_nb: str
    detail_en: str
    pointer: NotRequired[str]
    line: NotRequired[int]
    xpath: NotRequired[str]
    end_to_end_id: NotRequired[str]


def problem_of(error: DomainError) -> dict[str, Any]:
    """Return the problem document of `error` as a JSON-ready dict (RFC 9457, 3.1)."""
    return {
        "type": f"urn:autopay:problem:{error.code}",
        "title": text_of(error.code, error.params),
        "status": error.http_status,
        "detail": text_of(error.code, error.params),
        "detail_nb": text_of(error.code, error.params, language="nb"),
        "detail_en": text_of(error.code, error.params, language="en"),
        "code": error.code,
        "error_count": error.error_count,
        "errors": [_item(detail) for detail in error.errors],
        **error.extra,
    }


def _item(detail: ErrorDetail) -> ErrorItem:
    nb = text_of(detail.code, detail.params, language="nb")
    en = text_of(detail.code, detail.params, language="en")
    item: ErrorItem = {
        "code": detail.code,
        "detail": nb if (get_language() or "nb").startswith("nb") else en,
        "detail_nb": nb,
        "detail_en": en,
    }
    if detail.pointer is not None:
        item["pointer"] = detail.pointer
    if detail.line is not None:
        item["line"] = detail.line
    if detail.xpath is not None:
        item["xpath"] = detail.xpath
    if detail.end_to_end_id is not None:
        item["end_to_end_id"] = detail.end_to_end_id
    return item


def problem_response(error: DomainError) -> JsonResponse:
    """Return `error` as an HTTP answer, for code outside DRF's views."""
    response = JsonResponse(problem_of(error), status=error.http_status, content_type=CONTENT_TYPE)
    for name, value in error.headers.items():
        response[name] = value
    return response


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Return every anticipated error of an API view as a problem document; others pass on and become a 500."""
    error = exc if isinstance(exc, DomainError) else _translated(exc, context)
    if error is None:
        return None
    response = Response(problem_of(error), status=error.http_status, content_type=CONTENT_TYPE)
    for name, value in error.headers.items():
        response[name] = value
    return response


_DRF_CODES = {
    400: "request_invalid",
    401: "signature_missing",
    403: "user_lacks_role",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "media_type_not_supported",
    429: "too_many_requests",
}


def _translated(exc: Exception, context: dict[str, Any]) -> DomainError | None:
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if not isinstance(exc, exceptions.APIException):
        return None
    answer = drf_exception_handler(exc, context)
    headers = {name: answer[name] for name in ("Retry-After", "WWW-Authenticate", "Allow") if answer and name in answer}
    status = int(exc.status_code)
    code = _DRF_CODES.get(status, "request_invalid")
    return DomainError(code, params={"reason": str(exc.detail)}, status=status, headers=headers)
