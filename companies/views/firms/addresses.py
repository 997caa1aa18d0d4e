"""Addresses of the firms' pages: order, licence and terms, companies, services in use, getting started, mail."""

from django.urls import URLPattern, path

from companies.views.firms import (
    account,
    companies,
    getting_started,
    handovers,
    imports,
    invitations,
    orders,
    sandbox_mail,
    services_in_use,
)

urlpatterns: list[URLPattern] = [
    path("sandbox/mail/", sandbox_mail.sandbox_mails, name="sandbox_mails"),
    path("sandbox/mail/<str:file>/<int:place>/", sandbox_mail.sandbox_mail, name="sandbox_mail"),
    path("order/", orders.order, name="order"),
    path("order/taken/", orders.order_taken, name="order_taken"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("central/orders/", orders.central_orders, name="central_orders"),
    path("central/orders/<uuid:order_id>/answer/", orders.answer_order, name="answer_order"),
    path("central/customers/<uuid:customer_id>/di-elbet/", orders.register_licence, name="register_di_elbet"),
    path("customers/<uuid:customer_id>/account/", account.customer_account, name="customer_account"),
    path("customers/<uuid:customer_id>/account/terms/", account.accept_terms, name="accept_terms"),
    path("customers/<uuid:customer_id>/account/di-elbet/", account.activate_di_elbet, name="activate_di_elbet"),
    path("customers/<uuid:customer_id>/account/di-elbet/ask/", account.ask_for_di_elbet, name="ask_for_di_elbet"),
    path("customers/<uuid:customer_id>/companies/", companies.customer_companies, name="customer_companies"),
    path("customers/<uuid:customer_id>/companies/new/", companies.new_company, name="new_company"),
    path("customers/<uuid:customer_id>/companies/<uuid:edited_id>/", companies.change_company, name="change_company"),
    path("customers/<uuid:customer_id>/companies/<uuid:company_id>/use/", companies.use_company, name="use_company"),
    path(
        "customers/<uuid:customer_id>/companies/<uuid:company_id>/handover/",
        handovers.propose_handover,
        name="propose_handover",
    ),
    path(
        "customers/<uuid:customer_id>/handovers/<uuid:handover_id>/", handovers.answer_handover, name="answer_handover"
    ),
    path("central/handovers/<uuid:handover_id>/", handovers.decide_handover, name="decide_handover"),
    path("customers/<uuid:customer_id>/imports/", imports.company_imports, name="company_imports"),
    path("customers/<uuid:customer_id>/imports/read/", imports.read_companies, name="read_companies"),
    path("customers/<uuid:customer_id>/imports/<uuid:import_id>/", imports.company_import, name="company_import"),
    path(
        "customers/<uuid:customer_id>/imports/<uuid:import_id>/import/",
        imports.import_companies,
        name="import_companies",
    ),
    path("customers/<uuid:customer_id>/services/", services_in_use.services_in_use, name="services_in_use"),
    path(
        "customers/<uuid:customer_id>/services/<uuid:edited_id>/<slug:service>/",
        services_in_use.switch_service,
        name="switch_service",
    ),
    path("customers/<uuid:customer_id>/getting-started/", getting_started.getting_started, name="getting_started"),
    path(
        "c/<uuid:company_id>/getting-started/",
        getting_started.company_getting_started,
        name="company_getting_started",
    ),
    path("go/<slug:what>/", getting_started.go, name="go"),
]
