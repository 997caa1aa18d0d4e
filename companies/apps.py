from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "companies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from companies import people_proposals
        from companies.errors import register
        from companies.mail import alarms, rights

        register()
        alarms.register()
        people_proposals.register()
        rights.register()
