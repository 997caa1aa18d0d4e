"""The bank's side of the house."""

from django.apps import AppConfig


class BankGatewayConfig(AppConfig):
    """Register the texts of the relay's refusals, faults and alarms."""

    name = "bank_gateway"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the relay's texts known."""
        from bank_gateway.relay import errors, faults

        errors.register()
        faults.register()
