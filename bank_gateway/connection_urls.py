"""Addresses of AutoPay Central's pages of the lines to banks, below `/central/connections/`."""

from django.urls import path

from . import connection_views as views

urlpatterns = [
    path("", views.connections, name="central_connections"),
    path("<uuid:connection_id>/", views.connection, name="central_connection"),
    path("<uuid:connection_id>/test/", views.test_connection, name="test_connection"),
    path("<uuid:connection_id>/key/", views.change_key, name="change_connection_key"),
    path("<uuid:connection_id>/host-key/", views.change_host_key, name="change_host_key"),
]
