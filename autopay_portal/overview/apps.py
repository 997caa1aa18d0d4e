from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "autopay_portal.overview"
    label = "overview"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import errors, looks

        errors.register()
        looks.register()
