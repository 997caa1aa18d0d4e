"""The addresses of this room's calls, below /api/v1/."""

from django.urls import URLPattern, path

from .payments import CancelPaymentView, PaymentsView, PaymentView, TimelineView
from .remittances import CancelRemittanceView, RemittancePaymentsView, RemittancesView, RemittanceView

urlpatterns: list[URLPattern] = [
    path("remittances", RemittancesView.as_view(), name="remittances"),
    path("remittances/<str:remittance_id>", RemittanceView.as_view(), name="remittance"),
    path("remittances/<str:remittance_id>/payments", RemittancePaymentsView.as_view(), name="remittance-payments"),
    path("remittances/<str:remittance_id>/cancel", CancelRemittanceView.as_view(), name="remittance-cancel"),
    path("payments", PaymentsView.as_view(), name="payments"),
    path("payments/<str:payment_id>", PaymentView.as_view(), name="payment"),
    path("payments/<str:payment_id>/timeline", TimelineView.as_view(), name="payment-timeline"),
    path("payments/<str:payment_id>/cancel", CancelPaymentView.as_view(), name="payment-cancel"),
]
