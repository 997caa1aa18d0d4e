"""Addresses of the pages of ledger batches, below `/c/<company_id>/`."""

from django.urls import path

from . import views

urlpatterns = [
    path("ledger-batches/", views.ledger_batches, name="ledger_batches"),
    path("ledger-batches/<uuid:batch_id>/", views.ledger_batch, name="ledger_batch"),
    path("ledger-batches/<uuid:batch_id>/files/<slug:file_format>/", views.ledger_batch_file, name="ledger_batch_file"),
    path("ledger-batches/<uuid:batch_id>/release/", views.release, name="release_ledger_batch"),
    path("ledger-batches/<uuid:batch_id>/reopen/", views.reopen, name="reopen_ledger_batch"),
]
