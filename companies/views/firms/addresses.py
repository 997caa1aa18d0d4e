"""Addresses of the firms' pages: order, licence and terms, companies, services in use, getting started, mail."""

from django.urls import URLPattern, path

from companies.views.firms import account, invitations, orders, sandbox_mail

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
]
