"""Addresses of the pages of money in, below `/c/<company_id>/`."""

from django.urls import path

from . import views

urlpatterns = [path("incoming/", views.incoming_payments, name="incoming_payments")]
