"""Addresses of the pages of customers, companies and people, from the root."""

from django.urls import URLPattern, path

from .views.firms import sandbox_mail
from .views.people import proposals

urlpatterns: list[URLPattern] = [
    path("customers/<uuid:customer_id>/proposals/", proposals.proposals, name="proposals"),
    path(
        "customers/<uuid:customer_id>/proposals/<uuid:proposal_id>/confirm/",
        proposals.confirm_proposal,
        name="confirm_proposal",
    ),
    path(
        "customers/<uuid:customer_id>/proposals/<uuid:proposal_id>/decline/",
        proposals.decline_proposal,
        name="decline_proposal",
    ),
    path(
        "customers/<uuid:customer_id>/proposals/<uuid:proposal_id>/withdraw/",
        proposals.withdraw_proposal,
        name="withdraw_proposal",
    ),
    path("sandbox/mail/", sandbox_mail.sandbox_mails, name="sandbox_mails"),
    path("sandbox/mail/<str:file>/<int:place>/", sandbox_mail.sandbox_mail, name="sandbox_mail"),
]
