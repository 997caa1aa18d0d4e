"""The API's own description: OpenAPI 3.1 and a page that reads it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView

_DESCRIPTION = (
    "RFC 9421 HTTP Message Signatures: label sig1, hmac-sha256 with the company's signing key, over @method,"
    " @authority, @path, @query, autopay-user and, with a body, content-digest (sha-256); parameters created, keyid,"
    " nonce, alg. The headers are Signature-Input, Signature, AutoPay-User and Content-Digest."
)


class SignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How calls are signed, as the OpenAPI document says it."""

    target_class = "erp_gateway.authentication.SignedRequestAuthentication"
    name = "signature"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Return the scheme."""
        return {"type": "apiKey", "in": "header", "name": "Signature", "description": _DESCRIPTION}


class SchemaView(SpectacularAPIView):
    """`GET openapi.json`."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = [OpenApiJsonRenderer]


def docs_page(request: HttpRequest) -> HttpResponse:
    """Return the readable page; its script and style are files of ours, so it needs no policy of its own."""
    return render(request, "erp_gateway/docs.html")
