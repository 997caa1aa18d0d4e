from django.apps import AppConfig


class ErpGatewayConfig(AppConfig):
    name = "erp_gateway"
    default_auto_field = "django.db.models.BigAutoField"
