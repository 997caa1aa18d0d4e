"""The bank's side of the house."""

from django.apps import AppConfig


class BankGatewayConfig(AppConfig):
    """Register the texts of the relay's refusals, faults and alarms."""

    name = "bank_gateway"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the relay's texts and alarms known."""
        from bank_gateway.relay import alarms, deviation_words, errors, faults

        alarms.register()
        deviation_words.register()
        errors.register()
        faults.register()
