"""Addresses of the pages of money out, below `/c/<company_id>/`."""

from django.urls import path

from .views import approvals, lists, one, proving

urlpatterns = [
    path("remittances/", lists.remittances, name="remittances"),
    path("remittances/<uuid:remittance_id>/", one.remittance, name="remittance"),
    path("remittances/<uuid:remittance_id>/cancel/", one.cancel_remittance, name="cancel_remittance"),
    path("remittances/<uuid:remittance_id>/files/<uuid:message_id>/send-again/", one.send_again, name="send_again"),
    path("payments/<uuid:payment_id>/", one.payment, name="payment"),
    path("payments/<uuid:payment_id>/cancel/", one.cancel_payment, name="cancel_payment"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/<uuid:remittance_id>/challenge/", proving.approval_challenge, name="approval_challenge"),
    path("approvals/<uuid:remittance_id>/approve/", approvals.approve, name="approve_remittance"),
    path("approvals/<uuid:remittance_id>/refuse/", approvals.refuse, name="refuse_remittance"),
    path("approvals/<uuid:remittance_id>/release/", approvals.release, name="release_remittance"),
]
