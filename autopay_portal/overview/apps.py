from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "autopay_portal.overview"
    label = "overview"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import autopay_portal.celery  # noqa: F401 - so that every room's hints go to our broker

        from . import errors, looks

        errors.register()
        looks.register()
