"""The addresses of this room's calls, below /api/v1/."""

from django.urls import URLPattern, path

from .converting import AgreementConvertView
from .documents import SchemaView, docs_page
from .ledger_batches import (
    FailedView,
    LeaseView,
    LedgerBatchesView,
    LedgerBatchView,
    LedgerFileView,
    LedgerLinesView,
    PostedView,
    ReleaseView,
    ReopenView,
)
from .messages import AcknowledgeView, MessagesView
from .not_built import CompaniesView, NotBuiltView
from .setup import AgreementActivateView, AgreementsView, AgreementTestView, AgreementView, SetupCheckView

urlpatterns: list[URLPattern] = [
    path("openapi.json", SchemaView.as_view(), name="openapi"),
    path("docs/", docs_page, name="docs"),
    path("setup-check", SetupCheckView.as_view(), name="setup-check"),
    path("companies", CompaniesView.as_view(), name="companies"),
    path("agreements", AgreementsView.as_view(), name="agreements"),
    path("agreements/convert", AgreementConvertView.as_view(), name="agreements-convert"),
    path("agreements/<str:agreement_id>", AgreementView.as_view(), name="agreement"),
    path("agreements/<str:agreement_id>/test", AgreementTestView.as_view(), name="agreement-test"),
    path("agreements/<str:agreement_id>/activate", AgreementActivateView.as_view(), name="agreement-activate"),
    path("statements", NotBuiltView.as_view(), name="statements"),
    path("ledger-batches", LedgerBatchesView.as_view(), name="ledger-batches"),
    path("ledger-batches/<str:batch_id>", LedgerBatchView.as_view(), name="ledger-batch"),
    path("ledger-batches/<str:batch_id>/lines", LedgerLinesView.as_view(), name="ledger-batch-lines"),
    path("ledger-batches/<str:batch_id>/files/<str:file_format>", LedgerFileView.as_view(), name="ledger-batch-file"),
    path("ledger-batches/<str:batch_id>/lease", LeaseView.as_view(), name="ledger-batch-lease"),
    path("ledger-batches/<str:batch_id>/posted", PostedView.as_view(), name="ledger-batch-posted"),
    path("ledger-batches/<str:batch_id>/failed", FailedView.as_view(), name="ledger-batch-failed"),
    path("ledger-batches/<str:batch_id>/release", ReleaseView.as_view(), name="ledger-batch-release"),
    path("ledger-batches/<str:batch_id>/reopen", ReopenView.as_view(), name="ledger-batch-reopen"),
    path("messages", MessagesView.as_view(), name="messages"),
    path("messages/ack", AcknowledgeView.as_view(), name="messages-ack"),
    path("webhook-endpoints", NotBuiltView.as_view(), name="webhook-endpoints"),
    path("webhook-endpoints/<str:endpoint_id>", NotBuiltView.as_view(), name="webhook-endpoint"),
]
