"""The message feed."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from companies.access import Permission, may_see_salary
from companies.services import acknowledge_messages

from ..queries import acknowledged_sequence, feed_page
from ..waiting import ENVIRON_KEY, WaitingPoll
from . import schemas
from .base import SignedAPIView
from .parameters import json_whole_number, whole_number

_SEQUENCES = range(2**62)
_WAITS = range(61)
_LIMITS = range(1, 501)


class MessagesView(SignedAPIView):
    """`GET messages`: what happened, oldest first; waits for news where the server can hold the call open."""

    permissions = {"get": Permission.FOLLOW_FEED}

    @extend_schema(
        summary="The message feed, oldest first",
        parameters=[
            OpenApiParameter("after", int, description="Behind this number; without it, behind the acknowledged one."),
            OpenApiParameter("wait", int, description="Hold the call open for up to this many seconds (0 to 60)."),
            OpenApiParameter("limit", int, description="At most this many messages (1 to 500, 100 by default)."),
        ],
        responses=schemas.FEED,
    )
    def get(self, request: Request) -> Response:
        """Return the next messages; an empty answer may come before `wait` is over."""
        parameters = request.query_params
        acknowledged = -1 if "after" in parameters else acknowledged_sequence(company_id=self.company.pk)
        after = whole_number(parameters, "after", default=max(acknowledged, 0), allowed=_SEQUENCES)
        wait = whole_number(parameters, "wait", default=0, allowed=_WAITS)
        limit = whole_number(parameters, "limit", default=100, allowed=_LIMITS)
        sees_salary = may_see_salary(user=request.user, company_id=self.company.pk)
        page = feed_page(company_id=self.company.pk, after=after, limit=limit, sees_salary=sees_salary)
        holders: list[Any] | None = request.META.get(ENVIRON_KEY)
        if not page["results"] and wait and holders is not None:
            holders.append(WaitingPoll(self.company.pk, after, limit, wait, sees_salary))
        return Response(page)


class AcknowledgeView(SignedAPIView):
    """`POST messages/ack`: the ERP has taken the messages up to a number; nothing is deleted by it."""

    permissions = {"post": Permission.FOLLOW_FEED}

    @extend_schema(
        summary="Acknowledge messages",
        request=schemas.json_request(schemas.ACKNOWLEDGE),
        responses=schemas.ACKNOWLEDGED,
    )
    def post(self, request: Request) -> Response:
        """Note the number; one beyond the last message is refused."""
        up_to = json_whole_number(self.json_body(), "up_to", default=None, allowed=_SEQUENCES)
        return Response({"acknowledged": acknowledge_messages(company_id=self.company.pk, up_to=up_to)})
