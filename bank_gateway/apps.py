from django.apps import AppConfig


class BankGatewayConfig(AppConfig):
    name = "bank_gateway"
    default_auto_field = "django.db.models.BigAutoField"
