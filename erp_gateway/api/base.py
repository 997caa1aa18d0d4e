"""What every API call of any room stands on: proven head, permission, limit, then the body, then the work."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autopay_portal.core.errors import ForbiddenError
from autopay_portal.core.timing import server_timing, start_timing, step
from companies.access import Permission
from companies.actors import Actor
from companies.models import Company

from ..authentication import SignedRequest, SignedRequestAuthentication
from ..body import SignedBody, receive_body
from ..strict_json import parse_json_object
from ..throttling import count_call
from .call_schema import CallSchema
from .parameters import invalid

_METHODS = ("get", "post", "put", "patch", "delete")


class SignedAPIView(APIView):
    """A call that a company's ERP signs.

    A subclass states in `permissions` what each of its methods asks for; the class can't be made without. The body
    has been read and compared with its digest before the method runs, so no row is written for a body that nobody
    signed. `body_limit` in bytes; None takes what the setting MAX_UPLOAD_BYTES allows.
    """

    permissions: ClassVar[Mapping[str, Permission]] = {}
    body_limit: ClassVar[int | None] = 1 << 20
    authentication_classes = (SignedRequestAuthentication,)
    schema = CallSchema()
    http_method_names = [*_METHODS, "head"]
    _body: SignedBody | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a class whose methods don't say what permission they ask for."""
        super().__init_subclass__(**kwargs)
        missing = [name for name in _METHODS if hasattr(cls, name) and name not in cls.permissions]
        if missing:
            raise ImproperlyConfigured(f"{cls.__name__} states no permission for {', '.join(missing)}")

    @property
    def signed(self) -> SignedRequest:
        """Return what is proven about the request."""
        return cast("SignedRequest", self.request.auth)

    @property
    def company(self) -> Company:
        """Return the company whose key signed."""
        return self.signed.company

    @property
    def actor(self) -> Actor:
        """Return who acts, for history and audit."""
        return self.signed.actor

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check everything that is decided before the method runs, the head first and the body last."""
        super().initial(request, *args, **kwargs)
        count_call(key_id=self.signed.key_id)
        self._check_permission(request)
        self._check_query(request)
        self.check_head(request)
        limit = settings.MAX_UPLOAD_BYTES if self.body_limit is None else self.body_limit
        start_timing()
        with step("body"):
            self._body = receive_body(request=request._request, digest=self.signed.digest, limit=limit)

    def check_head(self, request: Request) -> None:
        """Refuse what a call can refuse from its headers alone, before the body is read. Does nothing by itself."""

    def signed_body(self) -> SignedBody:
        """Return the body, proven and whole; it is closed after the answer."""
        if self._body is None:
            raise RuntimeError("the body is there once the head has been checked")
        return self._body

    def json_body(self) -> dict[str, Any]:
        """Return the body as a JSON object, an empty one for no body. Raises BodyRefusedError."""
        return parse_json_object(self.signed_body().file.read())

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Let go of the body's file, and let nobody keep an answer."""
        if self._body is not None:
            self._body.file.close()
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "no-store")
        if timing := server_timing():
            answer.headers["Server-Timing"] = timing
        return answer

    def _check_query(self, request: Request) -> None:
        """Refuse what no text of the database can hold, before a filter is asked for it."""
        for name in request.query_params:
            if any("\x00" in value for value in request.query_params.getlist(name)):
                raise invalid(f"?{name}", f"{name} holds NUL", status=400)

    def _check_permission(self, request: Request) -> None:
        method = (request.method or "").lower()
        wanted = self.permissions.get("get" if method == "head" else method)
        if wanted is not None and wanted not in self.signed.permissions:
            raise ForbiddenError("user_lacks_role")
