"""`remittances`: sent, listed, read, cancelled."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from autopay_portal.core.errors import DomainError
from autopay_portal.core.paging import newest_first, next_url, page_request
from companies.access import Permission, as_uuid, may_see_salary
from erp_gateway.api import SignedAPIView
from erp_gateway.idempotency import idempotency_key_of

from .. import queries
from ..access import access_remittance
from ..models import Remittance
from ..representation import payment_document, remittance_document, remittance_summary
from ..services.cancel import cancel_remittance
from ..services.receive import Sender, receive_remittance, try_remittance
from . import schemas

_XML = frozenset({"application/xml", "text/xml"})
_JSON = "application/json"


class RemittancesView(SignedAPIView):
    """`POST remittances` and `GET remittances`."""

    permissions = {"get": Permission.READ, "post": Permission.SEND}
    body_limit = None

    def check_head(self, request: Request) -> None:
        """Refuse an order without a key or in another format before its body is read."""
        if request.method != "POST":
            return
        if _media_type(request) not in _XML | {_JSON}:
            raise DomainError("media_type_not_supported", status=415)
        if not _is_dry_run(request):
            idempotency_key_of(request._request)

    @extend_schema(
        summary="Send a remittance",
        description="pain.001.001.03 or .09 as application/xml, or JSON. `?dry_run=true` stores nothing.",
        parameters=[OpenApiParameter("dry_run", bool), OpenApiParameter("Idempotency-Key", str, "header")],
        request={_JSON: schemas.ORDER, "application/xml": {"type": "string"}},
        responses=schemas.RECEIVED,
    )
    def post(self, request: Request) -> Response:
        """Store the order and answer 201, or say everything that is wrong with it."""
        sender = Sender(
            company=self.company,
            user_id=as_uuid(str(request.user.pk)),
            actor=self.actor,
            key_id=str(self.signed.key_id),
        )
        is_xml = _media_type(request) in _XML
        if _is_dry_run(request):
            return Response(try_remittance(sender=sender, body=self.signed_body(), is_xml=is_xml))
        key = idempotency_key_of(request._request)
        answer = receive_remittance(sender=sender, body=self.signed_body(), is_xml=is_xml, idempotency_key=key)
        return answer.as_response()

    @extend_schema(
        summary="Remittances, newest first",
        parameters=[
            OpenApiParameter(name, str) for name in ("status", "created_after", "created_before", "agreement", "limit")
        ],
        responses=schemas.REMITTANCES,
    )
    def get(self, request: Request) -> Response:
        """Return a page of the company's remittances."""
        found = queries.filter_remittances(queries.remittances_of(company_id=self.company.pk), request.query_params)
        page, before = newest_first(found, page_request(request.query_params))
        following = next_url(settings.PUBLIC_URL + request.path, request.query_params, before)
        return Response({"results": [remittance_summary(remittance) for remittance in page], "next": following})


class RemittanceCall(SignedAPIView):
    """A call on one remittance of the company."""

    def remittance(self, permission: Permission) -> Remittance:
        """Return the remittance that the address names. Raises NotFoundError."""
        return access_remittance(
            user=self.request.user,
            company=self.company,
            remittance_id=self.kwargs["remittance_id"],
            permission=permission,
        )

    def answer(self, remittance: Remittance) -> Response:
        """Return the remittance as this caller may see it."""
        sees_salary = may_see_salary(user=self.request.user, company_id=self.company.pk)
        return Response(remittance_document(remittance, sees_salary=sees_salary))


class RemittanceView(RemittanceCall):
    """`GET remittances/{id}`."""

    permissions = {"get": Permission.READ}

    @extend_schema(summary="One remittance", responses=schemas.ONE_REMITTANCE)
    def get(self, request: Request, remittance_id: str) -> Response:
        """Return the remittance as it stands."""
        return self.answer(self.remittance(Permission.READ))


class RemittancePaymentsView(RemittanceCall):
    """`GET remittances/{id}/payments`."""

    permissions = {"get": Permission.READ}

    @extend_schema(
        summary="A remittance's payments",
        description="Salary is listed only for who may see it; for others `salary` gives count and sum.",
        parameters=[OpenApiParameter(name, str) for name in ("status", "limit")],
        responses=schemas.PAYMENTS,
    )
    def get(self, request: Request, remittance_id: str) -> Response:
        """Return a page of the remittance's payments, newest id first."""
        remittance = self.remittance(Permission.READ)
        sees_salary = may_see_salary(user=request.user, company_id=self.company.pk)
        found = queries.payments_of(company_id=self.company.pk, remittance_id=remittance.pk, sees_salary=sees_salary)
        found = queries.filter_payments(found, request.query_params)
        page, before = newest_first(found, page_request(request.query_params))
        following = next_url(settings.PUBLIC_URL + request.path, request.query_params, before)
        body: dict[str, Any] = {"results": [payment_document(payment) for payment in page], "next": following}
        if remittance.has_salary and not sees_salary:
            body["salary"] = queries.salary_summary(remittance_id=remittance.pk)
        return Response(body)


class CancelRemittanceView(RemittanceCall):
    """`POST remittances/{id}/cancel`."""

    permissions = {"post": Permission.CANCEL}

    @extend_schema(summary="Cancel a remittance that isn't sent", request=None, responses=schemas.ONE_REMITTANCE)
    def post(self, request: Request, remittance_id: str) -> Response:
        """Cancel every payment that the bank doesn't have, or say why it is too late."""
        remittance = self.remittance(Permission.CANCEL)
        return self.answer(cancel_remittance(remittance_id=remittance.pk, actor=self.actor))


def _media_type(request: Request) -> str:
    return (request.content_type or "").split(";")[0].strip().lower()


def _is_dry_run(request: Request) -> bool:
    return bool(request.query_params.get("dry_run", "").lower() in {"true", "1"})
