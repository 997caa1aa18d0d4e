from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "companies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from companies import letter_kinds, people_proposals
        from companies.errors import register
        from companies.mail import alarms, rights
        from companies.second_factor import signed_in_at, telling
        from companies.services import factors, key_letters

        register()
        letter_kinds.register()
        alarms.register()
        people_proposals.register()
        rights.register()
        factors.register()
        key_letters.register()
        telling.register()
        signed_in_at.register()
