"""Ledger batches: listed, read, fetched as files, leased, reported on."""

import base64
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from autopay_portal.core.paging import newest_first, next_url, page_request
from autopay_portal.core.vault import open_stored
from companies.access import Permission, as_uuid

from ..ledger import (
    lease_ledger_batch,
    release_ledger_batch,
    reopen_ledger_batch,
    report_failed,
    report_posted,
)
from ..ledger.access import access_ledger_batch
from ..ledger.files import file_of_ledger_batch
from ..ledger.formats import ExportFormat, format_named
from ..ledger.leases import DEFAULT_LEASE_SECONDS, LEASE_SECONDS
from ..ledger.queries import batch_item, ledger_batches, lines_page, utc_text
from ..models import BatchKind, BatchStatus, LedgerBatch, LedgerBatchFile
from . import schemas
from .base import SignedAPIView
from .parameters import chosen, invalid, json_id, json_text, json_whole_number, whole_number

_REASON_LENGTH = 1000
_MOST_VOUCHER_NUMBERS = 100_000


class LedgerBatchesView(SignedAPIView):
    """`GET ledger-batches`."""

    permissions = {"get": Permission.READ}

    @extend_schema(
        summary="Ledger batches, newest first",
        parameters=[
            OpenApiParameter("status", enum=list(BatchStatus.values)),
            OpenApiParameter("kind", enum=list(BatchKind.values)),
            OpenApiParameter("limit", int),
        ],
        responses=schemas.LEDGER_BATCHES,
    )
    def get(self, request: Request) -> Response:
        """Return a page of the company's batches with today's status."""
        parameters = request.query_params
        batches = ledger_batches(
            company_id=self.company.pk,
            status=chosen(parameters, "status", list(BatchStatus.values)),
            kind=chosen(parameters, "kind", list(BatchKind.values)),
        )
        found, before = newest_first(batches, page_request(parameters))
        following = next_url(settings.PUBLIC_URL + request.path, parameters, before)
        return Response({"results": [batch_item(batch) for batch in found], "next": following})


class LedgerBatchCall(SignedAPIView):
    """A call on one batch of the company."""

    def batch(self) -> LedgerBatch:
        """Return the batch that the address names. Raises NotFoundError."""
        return access_ledger_batch(company_id=self.company.pk, batch_id=self.kwargs["batch_id"])

    def batch_id(self) -> UUID:
        """Return the id that the address names, for a service that looks it up under its lock."""
        return as_uuid(self.kwargs["batch_id"])


class LedgerBatchView(LedgerBatchCall):
    """`GET ledger-batches/{id}`."""

    permissions = {"get": Permission.READ}

    @extend_schema(summary="One ledger batch", responses=schemas.LEDGER_BATCH_ANSWER)
    def get(self, request: Request, batch_id: str) -> Response:
        """Return the batch with today's status."""
        return Response(batch_item(self.batch()))


class LedgerLinesView(LedgerBatchCall):
    """`GET ledger-batches/{id}/lines`."""

    permissions = {"get": Permission.READ}

    @extend_schema(
        summary="A ledger batch's posting lines, in order",
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("after", int)],
        responses=schemas.LINES,
    )
    def get(self, request: Request, batch_id: str) -> Response:
        """Return a page of lines behind the line `after`."""
        parameters = request.query_params
        limit = page_request(parameters).limit
        after = whole_number(parameters, "after", default=0, allowed=range(2**31))
        lines, following = lines_page(batch=self.batch(), after=after, limit=limit)
        url = f"{settings.PUBLIC_URL}{request.path}?after={following}&limit={limit}"
        return Response({"results": lines, "next": url if following is not None else None})


class LedgerFileView(LedgerBatchCall):
    """`GET ledger-batches/{id}/files/{format}`: one file, streamed, the same bytes each time."""

    permissions = {"get": Permission.READ}

    @extend_schema(
        summary="A ledger batch as a file", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, batch_id: str, file_format: str) -> HttpResponseBase:
        """Return the file, or 304 where the caller has it."""
        batch = self.batch()
        export_format = format_named(file_format)
        file = file_of_ledger_batch(batch=batch, export_format=export_format)
        tag = f'"{file.sha256}"'
        if request.META.get("HTTP_IF_NONE_MATCH") == tag:
            return HttpResponse(status=304, headers={"ETag": tag})
        return _file_response(batch, file, export_format, tag)


def _file_response(batch: LedgerBatch, file: LedgerBatchFile, export_format: ExportFormat, tag: str) -> FileResponse:
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    return FileResponse(
        open_stored(file.path),
        content_type=export_format.media_type,
        as_attachment=True,
        filename=f"ledger-batch-{batch.number}.{export_format.suffix}",
        headers={
            "ETag": tag,
            "Content-Digest": f"sha-256=:{digest}:",
            "Content-Length": str(file.size),
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


class LeaseView(LedgerBatchCall):
    """`POST ledger-batches/{id}/lease`."""

    permissions = {"post": Permission.LEASE}

    @extend_schema(
        summary="Lease a batch before posting it", request=schemas.json_request(schemas.LEASE), responses=schemas.LEASED
    )
    def post(self, request: Request, batch_id: str) -> Response:
        """Give the caller the batch for a while."""
        seconds = json_whole_number(self.json_body(), "seconds", default=DEFAULT_LEASE_SECONDS, allowed=LEASE_SECONDS)
        lease = lease_ledger_batch(
            company_id=self.company.pk, batch_id=self.batch_id(), seconds=seconds, actor=self.actor
        )
        return Response({"lease_id": str(lease.lease_id), "expires": utc_text(lease.expires)})


class PostedView(LedgerBatchCall):
    """`POST ledger-batches/{id}/posted`."""

    permissions = {"post": Permission.LEASE}

    @extend_schema(
        summary="Report a batch posted",
        request=schemas.json_request(schemas.POSTED),
        responses=schemas.LEDGER_BATCH_ANSWER,
    )
    def post(self, request: Request, batch_id: str) -> Response:
        """Note that the ERP has posted the batch."""
        body = self.json_body()
        batch = report_posted(
            company_id=self.company.pk,
            batch_id=self.batch_id(),
            lease_id=json_id(body, "lease_id"),
            voucher_numbers=_voucher_numbers(body.get("voucher_numbers")),
            actor=self.actor,
        )
        return Response(batch_item(batch))


class FailedView(LedgerBatchCall):
    """`POST ledger-batches/{id}/failed`."""

    permissions = {"post": Permission.LEASE}

    @extend_schema(
        summary="Report that a batch couldn't be posted",
        request=schemas.json_request(schemas.FAILED),
        responses=schemas.LEDGER_BATCH_ANSWER,
    )
    def post(self, request: Request, batch_id: str) -> Response:
        """Put the batch into the work queue with the ERP's reason."""
        body = self.json_body()
        batch = report_failed(
            company_id=self.company.pk,
            batch_id=self.batch_id(),
            lease_id=json_id(body, "lease_id"),
            reason=json_text(body, "reason", most=_REASON_LENGTH),
            actor=self.actor,
        )
        return Response(batch_item(batch))


class ReleaseView(LedgerBatchCall):
    """`POST ledger-batches/{id}/release`."""

    permissions = {"post": Permission.ADMINISTER_LEDGER}

    @extend_schema(
        summary="Make a failed or leased batch ready again",
        request=schemas.json_request(schemas.REASON),
        responses=schemas.LEDGER_BATCH_ANSWER,
    )
    def post(self, request: Request, batch_id: str) -> Response:
        """Release the batch; a reason may be given."""
        reason = json_text(self.json_body(), "reason", most=_REASON_LENGTH, required=False)
        batch = release_ledger_batch(
            company_id=self.company.pk, batch_id=self.batch_id(), actor=self.actor, reason=reason
        )
        return Response(batch_item(batch))


class ReopenView(LedgerBatchCall):
    """`POST ledger-batches/{id}/reopen`."""

    permissions = {"post": Permission.ADMINISTER_LEDGER}

    @extend_schema(
        summary="Make a posted batch ready again",
        request=schemas.json_request(schemas.REASON),
        responses=schemas.LEDGER_BATCH_ANSWER,
    )
    def post(self, request: Request, batch_id: str) -> Response:
        """Reopen the batch; the reason is required."""
        reason = json_text(self.json_body(), "reason", most=_REASON_LENGTH)
        batch = reopen_ledger_batch(
            company_id=self.company.pk, batch_id=self.batch_id(), actor=self.actor, reason=reason
        )
        return Response(batch_item(batch))


def _voucher_numbers(value: Any) -> dict[str, str] | None:
    """Return the map of vouchers to the ERP's numbers. Raises a 422 for anything else."""
    if value is None:
        return None
    if not isinstance(value, dict) or len(value) > _MOST_VOUCHER_NUMBERS:
        raise invalid("/voucher_numbers", "voucher_numbers is an object of texts")
    for voucher, number in value.items():
        if not isinstance(number, str | int) or isinstance(number, bool) or len(str(number)) > 50:
            raise invalid(f"/voucher_numbers/{voucher[:20]}", "a voucher number is a text")
    return {voucher: str(number) for voucher, number in value.items()}
