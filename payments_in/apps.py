from django.apps import AppConfig


class PaymentsInConfig(AppConfig):
    """Money in: incoming payments with and without KID."""

    name = "payments_in"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register this room as one that takes credits; it comes after remittance in INSTALLED_APPS and here."""
        from autopay_portal.core.errors import register_texts
        from bank_gateway.takers import CAMT054, OCR_GIRO, register_taker

        from . import company_facts
        from .taker import IncomingTaker
        from .words import TEXTS

        register_texts(TEXTS)
        company_facts.register()
        register_taker([CAMT054, OCR_GIRO], IncomingTaker())
