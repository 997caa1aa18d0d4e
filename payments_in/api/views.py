"""`incoming-payments`."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from autopay_portal.core.money import to_text
from autopay_portal.core.paging import newest_first, next_url, page_request
from companies.access import Permission
from erp_gateway.api import SignedAPIView
from erp_gateway.api.schemas import AMOUNT, DATE, ID, TEXT, TRUTH, maybe, obj, page

from .. import queries
from ..models import IncomingPayment

_INCOMING = obj(
    id=ID, account=TEXT, amount=AMOUNT, currency=TEXT, booking_date=DATE, value_date=maybe(DATE), kid=maybe(TEXT),
    message=maybe(TEXT), debtor_name=maybe(TEXT), debtor_account=maybe(TEXT), type=TEXT, source=TEXT, file=ID,
    reference=maybe(TEXT), matched=TRUTH, ledger_batch=maybe(ID),
)  # fmt: skip


class IncomingPaymentsView(SignedAPIView):
    """`GET incoming-payments`."""

    permissions = {"get": Permission.READ}

    @extend_schema(
        summary="Incoming payments, newest first",
        parameters=[OpenApiParameter(name, str) for name in ("kid", "matched", "booked_after", "account", "limit")],
        responses={200: page(_INCOMING)},
    )
    def get(self, request: Request) -> Response:
        """Return a page of what came in to the company's accounts."""
        found = queries.incoming_payments_of(company_id=self.company.pk)
        found = queries.filter_incoming_payments(found, request.query_params)
        items, before = newest_first(found, page_request(request.query_params))
        following = next_url(settings.PUBLIC_URL + request.path, request.query_params, before)
        return Response({"results": [incoming_document(item) for item in items], "next": following})


def incoming_document(payment: IncomingPayment) -> dict[str, Any]:
    """Return the contract's Incoming payment object."""
    return {
        "id": str(payment.pk),
        "account": payment.account,
        "amount": to_text(payment.amount, payment.currency),
        "currency": payment.currency,
        "booking_date": payment.booking_date.isoformat(),
        "value_date": payment.value_date.isoformat() if payment.value_date else None,
        "kid": payment.kid,
        "message": payment.message,
        "debtor_name": payment.debtor_name,
        "debtor_account": payment.debtor_account,
        "type": payment.type,
        "source": payment.source,
        "file": str(payment.file_id),
        "reference": payment.reference,
        "matched": payment.matched,
        "customer_number": payment.customer_number,
        "invoice_number": payment.invoice_number,
        "ledger_batch": str(payment.ledger_batch_id) if payment.ledger_batch_id else None,
    }
