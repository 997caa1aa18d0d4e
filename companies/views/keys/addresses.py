"""Addresses of signing keys and of a company's administration."""

from django.urls import URLPattern, path

from . import listing, one

_C = "c/<uuid:company_id>/administration/"

urlpatterns: list[URLPattern] = [
    path("customers/<uuid:customer_id>/autopay/companies/", listing.autopay_companies, name="autopay_companies"),
    path(_C, one.company_administration, name="company_administration"),
    path(_C + "key/", one.regenerate_key, name="regenerate_key"),
    path(_C + "key/revoke/", one.revoke_keys, name="revoke_keys"),
    path(_C + "key/<uuid:key_id>/", one.show_key, name="show_key"),
    path(_C + "employee/", one.save_employee, name="save_employee"),
    path(_C + "two-step/", one.change_two_step, name="change_two_step"),
]
