from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The sandbox's commands, and the checks that the start of any mode runs."""

    name = "autopay_portal.sandbox"
    label = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks of modes and of the database's durability, and refuse an exposed sandbox at once.

        A web server runs no system checks, so the mode's are asked here too.
        """
        from autopay_portal import start_checks
        from autopay_portal.sandbox.description import follow_keys

        follow_keys()
        start_checks.register_checks()
        start_checks.refuse_exposed_sandbox()
