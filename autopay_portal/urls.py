"""Every address of the portal, mounted room by room."""

from django.urls import URLPattern, URLResolver, include, path

from agreements.views.addresses import confirm_address
from autopay_portal.health import livez, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("autopay_portal.api_urls")),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("", include("autopay_portal.overview.urls")),
    path("", include("companies.urls")),
    path("c/<uuid:company_id>/", include("remittance.urls")),
    path("c/<uuid:company_id>/", include("payments_in.urls")),
    path("c/<uuid:company_id>/", include("erp_gateway.urls")),
    path("c/<uuid:company_id>/", include("agreements.urls")),
    path("confirm-address/<str:token>", confirm_address, name="confirm_address"),
    path("central/agreements/", include("agreements.central_urls")),
    path("central/connections/", include("bank_gateway.connection_urls")),
    path("central/relay/", include("bank_gateway.urls")),
    path("account/", include("allauth.account.urls")),
]
