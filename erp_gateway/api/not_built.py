"""Calls that the contract names and that aren't built yet: 501, never a stub."""

from typing import NoReturn

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from autopay_portal.core.errors import NotAvailableError, NotFoundError
from companies.access import Permission

from .base import SignedAPIView


class NotBuiltView(SignedAPIView):
    """A call to come; who isn't let in is told so first."""

    permissions = dict.fromkeys(("get", "post", "put", "patch", "delete"), Permission.READ)

    @extend_schema(exclude=True)
    def get(self, request: Request, **kwargs: str) -> NoReturn:
        """Say that it isn't there yet."""
        raise NotAvailableError()

    post = put = patch = delete = get


class CompaniesView(APIView):
    """`POST companies` is a connector's, and connectors come later: nobody can be let in yet."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ["post"]

    @extend_schema(exclude=True)
    def post(self, request: Request) -> NoReturn:
        """Say that it isn't there yet."""
        raise NotAvailableError()


class UnknownCallView(APIView):
    """An address under the API that is none: a problem document, not a page."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: object, **kwargs: object) -> NoReturn:
        """Refuse whatever the method."""
        raise NotFoundError()
