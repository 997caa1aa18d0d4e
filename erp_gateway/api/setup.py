"""Set-up as the ERP sees it: is all in place, which agreements are there, may they be used."""

from typing import Any, TypedDict

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agreements.access import access_agreement
from agreements.kid import KidRule
from agreements.models import Agreement
from agreements.queries import AgreementRow, agreements_visible_to, row_of
from agreements.services import activate_for_erp, note_test
from agreements.setup_check import SetupCheck, check_agreement, check_setup, said_in_both
from autopay_portal.core.paging import newest_first, next_url, page_request
from companies.access import Permission

from ..ledger.queries import utc_text
from . import schemas
from .base import SignedAPIView


class SetupCheckView(SignedAPIView):
    """`GET setup-check`."""

    permissions = {"get": Permission.READ}

    @extend_schema(summary="Is everything in place for this company and user?", responses=schemas.CHECKS)
    def get(self, request: Request) -> Response:
        """Return every check; 200 also when some failed."""
        return Response(_checks(check_setup(company=self.company, permissions=self.signed.permissions)))


class AgreementsView(SignedAPIView):
    """`GET agreements`."""

    permissions = {"get": Permission.READ}

    @extend_schema(
        summary="The company's agreements", parameters=[OpenApiParameter("limit", int)], responses=schemas.AGREEMENTS
    )
    def get(self, request: Request) -> Response:
        """Return a page of agreements, newest first."""
        agreements = agreements_visible_to(user=request.user, company_id=self.company.pk)
        found, before = newest_first(agreements, page_request(request.query_params))
        following = next_url(settings.PUBLIC_URL + request.path, request.query_params, before)
        return Response({"results": [agreement_item(agreement) for agreement in found], "next": following})


class AgreementCall(SignedAPIView):
    """A call on one agreement of the company."""

    def agreement(self) -> Agreement:
        """Return the agreement that the address names. Raises NotFoundError, also for another company's."""
        return access_agreement(
            user=self.request.user,
            agreement_id=self.kwargs["agreement_id"],
            permission=self.permissions[(self.request.method or "get").lower().replace("head", "get")],
            company_id=self.company.pk,
        )


class AgreementView(AgreementCall):
    """`GET agreements/{id}`."""

    permissions = {"get": Permission.READ}

    @extend_schema(summary="One agreement", responses=schemas.AGREEMENT_ANSWER)
    def get(self, request: Request, agreement_id: str) -> Response:
        """Return the agreement."""
        return Response(agreement_item(self.agreement()))


class AgreementTestView(AgreementCall):
    """`POST agreements/{id}/test`."""

    permissions = {"post": Permission.AGREEMENTS}

    @extend_schema(summary="Test set-up and communication of an agreement", request=None, responses=schemas.CHECKS)
    def post(self, request: Request, agreement_id: str) -> Response:
        """Run the checks, keep the outcome, and return it."""
        agreement = self.agreement()
        permissions = self.signed.permissions
        check = check_agreement(agreement=agreement, permissions=permissions)
        said = said_in_both(lambda: check_agreement(agreement=agreement, permissions=permissions))
        note_test(agreement_id=agreement.pk, passed=check.ok, checks=said, actor=self.actor)
        return Response(_checks(check))


class AgreementActivateView(AgreementCall):
    """`POST agreements/{id}/activate`."""

    permissions = {"post": Permission.AGREEMENTS}

    @extend_schema(
        summary="Switch an agreement on for the ERP, after a passed test",
        request=None,
        responses=schemas.AGREEMENT_ANSWER,
    )
    def post(self, request: Request, agreement_id: str) -> Response:
        """Set `erp_active`."""
        activate_for_erp(agreement_id=self.agreement().pk, actor=self.actor)
        return Response(agreement_item(self.agreement()))


class KidItem(TypedDict, total=False):
    """A KID definition: 1-based inclusive positions of customer and invoice, left out where there are none."""

    length: int
    modulus: str
    customer: list[int]
    invoice: list[int]


def agreement_item(agreement: Agreement) -> dict[str, Any]:
    """Return an agreement as the API gives it."""
    row = row_of(agreement)
    return {
        "id": str(row.id),
        "number": row.number,
        "company": str(row.company_id),
        "owner": str(row.owner_id),
        "kind": row.kind,
        "bank": row.bank,
        "account": row.account,
        "currency": row.currency,
        "customer_id": row.customer_id,
        "division": row.division,
        "approvers_required": row.approvers_required,
        "notify": row.notify,
        "status": row.status,
        "erp_active": row.erp_active,
        "last_test": utc_text(row.last_test_at) if row.last_test_at else None,
        "kid": [_kid_item(rule) for rule in row.kid],
        "conversion": _conversion_item(row),
    }


def _conversion_item(row: AgreementRow) -> dict[str, str] | None:
    if row.switch_date is None or row.converted_at is None:
        return None
    return {"switch_date": row.switch_date.isoformat(), "converted": utc_text(row.converted_at)}


def _kid_item(rule: KidRule) -> KidItem:
    item: KidItem = {"length": rule.length, "modulus": rule.modulus}
    if rule.customer:
        item["customer"] = list(rule.customer)
    if rule.invoice:
        item["invoice"] = list(rule.invoice)
    return item


def _checks(check: SetupCheck) -> dict[str, Any]:
    return {"ok": check.ok, "checks": list(check.checks)}
