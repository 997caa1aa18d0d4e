from django.apps import AppConfig


class RemittanceConfig(AppConfig):
    """Money out: remittances, payments, approvals, states."""

    name = "remittance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the texts, and this room as the one that is told of its outgoing files and takes bank answers."""
        from agreements.open_items import register_open_items
        from autopay_portal.core.errors import register_texts
        from bank_gateway.takers import CAMT054, PAIN002, register_outgoing_listener, register_taker
        from erp_gateway.contents import register_filler
        from erp_gateway.models import MessageKind

        from . import alarms, company_facts
        from .answers.taker import RemittanceTaker
        from .answers.words import TEXTS as DEVIATION_TEXTS
        from .errors import TEXTS
        from .feed import fill_payment_messages
        from .open_items import PaymentsUnderWay
        from .reasons import TEXTS as REASON_TEXTS
        from .services.delivery import SUBJECT_KIND, RemittanceListener

        alarms.register()
        company_facts.register()
        register_texts(TEXTS | REASON_TEXTS | DEVIATION_TEXTS)
        register_filler(MessageKind.PAYMENT_STATUS, fill_payment_messages)
        register_outgoing_listener(SUBJECT_KIND, RemittanceListener())
        register_open_items(PaymentsUnderWay())
        register_taker([PAIN002, CAMT054], RemittanceTaker())
