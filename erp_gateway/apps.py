from django.apps import AppConfig


class ErpGatewayConfig(AppConfig):
    """The ERP's side: signatures, idempotency, the message feed, ledger batches and their export formats."""

    name = "erp_gateway"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the texts of this room's refusals, and its alarms."""
        from autopay_portal.core.errors import register_texts

        from . import company_facts
        from .errors import TEXTS
        from .ledger import alarms

        alarms.register()
        company_facts.register()
        register_texts(TEXTS)
