from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The ground floor: errors, clocks, money, secrets, files; no business rules."""

    name = "autopay_portal.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the texts of the errors that no room owns."""
        from .errors import register_texts
        from .texts import TEXTS

        register_texts(TEXTS)
