from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "agreements"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from agreements import alarms, company_facts, letters
        from agreements.alarm_contacts import Contacts
        from agreements.departures import approvals_short
        from agreements.errors import register
        from agreements.relay_names import Names
        from agreements.services import settings
        from bank_gateway.relay.agreement_names import register_agreement_names
        from companies.departure_queries import register_stops
        from companies.mail.contacts import register_contact_source

        register()
        settings.register()
        alarms.register()
        letters.register()
        company_facts.register()
        register_stops(approvals_short)
        register_agreement_names(Names())
        register_contact_source(Contacts())
