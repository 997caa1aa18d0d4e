from django.apps import AppConfig


class PaymentsInConfig(AppConfig):
    name = "payments_in"
    default_auto_field = "django.db.models.BigAutoField"
