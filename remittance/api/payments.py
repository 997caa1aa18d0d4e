"""`payments`: listed, read, followed, cancelled."""

from typing import Any

from django.conf import settings
from django.utils.translation import override
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from autopay_portal.core.paging import newest_first, next_url, page_request
from companies.access import Permission, may_see_salary
from erp_gateway.api import SignedAPIView

from .. import queries
from ..access import access_payment
from ..models import Cause, Payment
from ..reasons import reason_text
from ..representation import payment_document, timestamp
from ..services.cancel import cancel_payment
from ..timeline import opinion_title, said_by
from . import schemas


class PaymentsView(SignedAPIView):
    """`GET payments`."""

    permissions = {"get": Permission.READ}

    @extend_schema(
        summary="Payments of all remittances, newest first",
        parameters=[
            OpenApiParameter(name, str)
            for name in ("end_to_end_id", "status", "account", "amount", "created_after", "limit")
        ],
        responses=schemas.PAYMENTS,
    )
    def get(self, request: Request) -> Response:
        """Return a page of the company's payments that the caller may see one by one."""
        sees_salary = may_see_salary(user=request.user, company_id=self.company.pk)
        found = queries.payments_of(company_id=self.company.pk, sees_salary=sees_salary)
        found = queries.filter_payments(found, request.query_params)
        page, before = newest_first(found, page_request(request.query_params))
        following = next_url(settings.PUBLIC_URL + request.path, request.query_params, before)
        return Response({"results": [payment_document(payment) for payment in page], "next": following})


class PaymentCall(SignedAPIView):
    """A call on one payment of the company."""

    def payment(self, permission: Permission) -> Payment:
        """Return the payment that the address names. Raises NotFoundError."""
        return access_payment(
            user=self.request.user,
            company=self.company,
            payment_id=self.kwargs["payment_id"],
            permission=permission,
        )


class PaymentView(PaymentCall):
    """`GET payments/{id}`."""

    permissions = {"get": Permission.READ}

    @extend_schema(summary="One payment", responses=schemas.ONE_PAYMENT)
    def get(self, request: Request, payment_id: str) -> Response:
        """Return the payment as it stands."""
        return Response(payment_document(self.payment(Permission.READ)))


class TimelineView(PaymentCall):
    """`GET payments/{id}/timeline`."""

    permissions = {"get": Permission.READ}

    @extend_schema(summary="Everything that happened to a payment", responses=schemas.ONE_TIMELINE)
    def get(self, request: Request, payment_id: str) -> Response:
        """Return the payment's events, oldest first."""
        events = queries.timeline_of(self.payment(Permission.READ))
        return Response({"results": [_event(event) for event in events]})


class CancelPaymentView(PaymentCall):
    """`POST payments/{id}/cancel`."""

    permissions = {"post": Permission.CANCEL}

    @extend_schema(summary="Cancel a payment that isn't sent", request=None, responses=schemas.ONE_PAYMENT)
    def post(self, request: Request, payment_id: str) -> Response:
        """Cancel the payment, or say why it is too late."""
        payment = self.payment(Permission.CANCEL)
        return Response(payment_document(cancel_payment(payment_id=payment.pk, actor=self.actor)))


def _event(event: queries.TimelineEvent) -> dict[str, Any]:
    return {
        "at": timestamp(event.at),
        "event": event.kind,
        "actor": event.actor,
        "status": event.status,
        "detail_nb": _detail(event, "nb"),
        "detail_en": _detail(event, "en"),
        "file": event.details.get("file"),
    }


def _detail(event: queries.TimelineEvent, language: str) -> str:
    with override(language):
        opinion = event.kind == Cause.Kind.DOUBT_OPINION
        parts = [opinion_title(event) if opinion else str(Cause.Kind(event.kind).label)]
    if event.bank_status:
        parts.append(event.bank_status)
    if event.reason_code:
        parts.append(f"{event.reason_code}: {reason_text(event.reason_code, language=language)}")
    if text := event.bank_text or event.details.get("bank_text"):
        parts.append(f"«{text}»")
    if event.details.get("bank_person"):
        with override(language):
            parts.append(said_by(event))
    return " · ".join(parts)
