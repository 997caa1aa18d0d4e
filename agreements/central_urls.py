"""Addresses of AutoPay Central's pages of agreements, below `/central/agreements/`."""

from django.urls import path

from .views import central

urlpatterns = [
    path("", central.central_agreements, name="central_agreements"),
    path("files/", central.import_file, name="import_activation_file"),
    path("files/<uuid:file_id>/", central.activation_file, name="activation_file"),
    path("<uuid:agreement_id>/", central.central_agreement, name="central_agreement"),
    path("<uuid:agreement_id>/sent/", central.sent, name="central_agreement_sent"),
    path("<uuid:agreement_id>/confirm/", central.confirm, name="confirm_agreement"),
    path("<uuid:agreement_id>/refuse/", central.refuse, name="refuse_agreement"),
]
