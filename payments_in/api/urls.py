"""The address of this room's call, below /api/v1/."""

from django.urls import URLPattern, path

from .views import IncomingPaymentsView

urlpatterns: list[URLPattern] = [path("incoming-payments", IncomingPaymentsView.as_view(), name="incoming-payments")]
