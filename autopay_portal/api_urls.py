"""The API's addresses, each room's calls in its own room; mounted at /api/v1/."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from erp_gateway.api.not_built import UnknownCallView

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("erp_gateway.api.urls")),
    path("", include("remittance.api.urls")),
    path("", include("payments_in.api.urls")),
    # Last: what no room answers is a problem document.
    re_path(r"", UnknownCallView.as_view()),
]
